// Probe: a hostile program with all that Node can do, run in the worker's place to see what holds.
//
// It stands where a worker would if SES had fallen. What it reaches of this machine it tells, or
// its victims do.

import { codeRangeBytes } from './code-range.ts';
import { launch } from './launch.ts';
import { ATTEMPTS, type Attempt, type AttemptName, type ProbeTargets } from './probe-attempts.ts';
import type { Victims } from './probe-victims.ts';
import type { LaunchCommand, LaunchParts } from './sandbox.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

/** Where to run it, and at what. */
export interface ProbeInput {
  readonly makeCommand: (parts: Omit<LaunchParts, 'program'>) => LaunchCommand;
  /** The worker's program as it is called inside. */
  readonly program: string;
  readonly victims: Victims;
  /** Only tests give it more than a worker has. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The attempts that got through, or why the probe did not come to its end. */
export type ProbeResult = { readonly open: readonly AttemptName[] } | { readonly failure: string };

const PROBE_MS_MAX = 10_000;
const SAID_CHARS_MAX = 10_000;
const FAILURE_CHARS_MAX = 200;

const NAMES = Object.keys(ATTEMPTS) as readonly AttemptName[];

/** Runs it once. */
export async function probe({
  makeCommand,
  program,
  victims,
  env,
}: ProbeInput): Promise<ProbeResult> {
  const settings = DEFAULT_SETTINGS;
  const targets = { ...victims.targets, program, dataBytes: settings.dataBytes + codeRangeBytes() };
  const { said, complaint, end } = await run(
    makeCommand({ settings, instead: ['-e', makeText(targets)] }),
    env,
  );
  const told = parseOpen(said);
  if (told === undefined) return { failure: complaint || `the probe ended by ${end}` };
  const felt = await victims.felt();
  return { open: NAMES.filter((name) => told.includes(name) || felt.includes(name)) };
}

/** The program: the texts of all attempts, and what runs them one after another. */
function makeText(targets: ProbeTargets): string {
  const attempts = Object.entries<Attempt>(ATTEMPTS).map(
    ([name, { run }]) => `[${JSON.stringify(name)}, ${run}]`,
  );
  return `(${runAttempts})([${attempts.join(',\n')}], ${JSON.stringify(targets)}, require);`;
}

/** Runs inside, from its text. */
async function runAttempts(
  attempts: readonly (readonly [string, Attempt['run']])[],
  targets: ProbeTargets,
  need: Parameters<Attempt['run']>[1],
): Promise<void> {
  const open: string[] = [];
  const runs = attempts.map(async ([name, run]) => {
    if (await run(targets, need)) open.push(name);
  });
  await Promise.allSettled(runs);
  need('node:fs').writeSync(1, JSON.stringify({ open }));
  process.exit();
}

function parseOpen(text: string): readonly string[] | undefined {
  if (!/^\{"open":\[[a-zA-Z",]*\]\}$/.test(text)) return undefined;
  return (JSON.parse(text) as { open: string[] }).open;
}

interface Run {
  readonly said: string;
  readonly complaint: string;
  readonly end: string;
}

function run(command: LaunchCommand, env: ProbeInput['env']): Promise<Run> {
  return new Promise((resolve) => {
    const child = launch(command, env);
    const timer = setTimeout(() => child.kill('SIGKILL'), PROBE_MS_MAX);
    let said = '';
    let complaint = '';
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString('latin1')}`.slice(0, SAID_CHARS_MAX);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = `${complaint}${chunk.toString('latin1')}`.slice(0, FAILURE_CHARS_MAX);
    });
    const finish = (end: string): void => {
      clearTimeout(timer);
      resolve({ said, complaint: complaint.replace(/[^ -~]+/g, ' ').trim(), end });
    };
    child.on('error', (error) => finish(error.message));
    child.on('close', (code, signal) => finish(String(signal ?? code)));
  });
}
