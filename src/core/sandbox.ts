// Sandbox: what the second wall around workers is on this machine, in words that people are shown.
//
// SES is the first wall. Which level of the second a machine can give is found by trying it.

/** The levels of the second wall, best first. */
export const SANDBOX_LEVELS = Object.freeze(['full', 'spaces', 'none'] as const);

/**
 * `full`: an empty file system, namespaces of its own and a filter of system calls. `spaces`: the
 * same without the filter. `none`: a process of its own with bounded memory, and nothing hidden.
 */
export type SandboxLevel = (typeof SANDBOX_LEVELS)[number];

/** What was found on this machine. */
export interface SandboxReport {
  readonly level: SandboxLevel;
  /** What a program that broke SES could still do: short phrases for people. */
  readonly open: readonly string[];
  /** Why it is no better level. */
  readonly reason?: string;
  /** How to get a better one. */
  readonly advice?: string;
  /** All of it on the one line for the log. */
  readonly line: string;
}

/** Levels that an operator can require: `none` can be had everywhere. */
export const REQUIRED_SANDBOXES = Object.freeze(['full', 'spaces'] as const);

/** A level that is required, or better. */
export type RequiredSandbox = (typeof REQUIRED_SANDBOXES)[number];
