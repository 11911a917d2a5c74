// Level trial: runs a program in the worker's place and says whether a level of the wall holds.

import type { SandboxLevel } from '../core/sandbox.ts';
import { launch } from './launch.ts';
import type { LaunchCommand, LaunchParts } from './sandbox.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

export interface TrialInput {
  readonly level: SandboxLevel;
  readonly makeCommand: (parts: Omit<LaunchParts, 'program'>) => LaunchCommand;
}

/** What is open at the level, or why it does not hold. */
export type Trial = { readonly open: readonly string[] } | { readonly reason: string };

const TRIAL_MS_MAX = 5_000;
const REASON_CHARS_MAX = 200;

/** Runs it once. */
export function tryLevel({ makeCommand }: TrialInput): Promise<Trial> {
  const command = makeCommand({
    settings: DEFAULT_SETTINGS,
    instead: ['-e', 'require("node:fs").writeSync(1, "ran")'],
  });
  return new Promise((resolve) => {
    const child = launch(command);
    let said = '';
    let complaint = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), TRIAL_MS_MAX);
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = `${complaint}${chunk.toString('utf8')}`.slice(0, REASON_CHARS_MAX);
    });
    child.on('error', (error) => resolve({ reason: error.message }));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (said === 'ran') resolve({ open: [] });
      else resolve({ reason: complaint.trim() || `it ended by ${signal ?? code}` });
    });
  });
}
