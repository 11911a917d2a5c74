// Doctor, program: whether this machine has what qrt runs on: Node, SQLite, the worker's walls.

import type { RequiredSandbox, SandboxLevel, SandboxReport } from '../core/sandbox.ts';
import { systemClock } from './clock.ts';
import { type Finding, fail, ok, warn } from './doctor-check.ts';
import { guestProgram, readOldestNode } from './program.ts';

/** Node's version against the oldest that qrt runs on, such as `20.19`. */
export function checkNodeVersion(
  found: string = process.versions.node,
  oldest: string = readOldestNode(),
): Finding {
  const [major = 0, minor = 0] = found.split('.').map(Number);
  const [majorMin = 0, minorMin = 0] = oldest.split('.').map(Number);
  const text = `Node ${found}`;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return ok(text);
  return fail(`${text}, older than ${oldest}`, `Install Node ${oldest} or newer.`);
}

/** Whether SQLite's native part was built for this Node. */
export async function checkSqlite(
  load: () => Promise<{ readSqliteVersion(): string }> = () => import('../store/examine.ts'),
): Promise<Finding> {
  try {
    return ok(`SQLite ${(await load()).readSqliteVersion()}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return fail(
      `SQLite cannot be loaded: ${reason}`,
      'Run `npm rebuild better-sqlite3` where qrt is installed, with the Node that runs it.',
    );
  }
}

/** What stands around the workers of this machine, and of a node that runs. */
export interface Walls {
  readonly report: SandboxReport;
  /** The level with which the node began; undefined when it is stopped. */
  readonly running?: SandboxLevel | undefined;
  /** Whether there is a program that limits the memory and files of a worker. */
  readonly hasLimits: boolean;
}

/** What a program was stopped from that tried to get out of a worker's place just now. */
export function checkSandbox({ report, running, hasLimits }: Walls): Finding {
  const { level, reason, open, advice } = report;
  if (running !== undefined && running !== level) {
    const found = `this machine has the sandbox ${level}, the running node began with ${running}`;
    return warn(found, 'Stop the node and start it again.');
  }
  if (level !== 'full') {
    const why = reason === undefined ? '' : ` (${reason})`;
    const found = `sandbox ${level}${why}; not stopped: ${open.join(', ')}`;
    return warn(found, advice === undefined ? NO_ADVICE : asSentence(advice));
  }
  if (!hasLimits) return warn(NO_LIMITS, ON_LINUX);
  return ok('sandbox full: a program that tried to get out of it was stopped');
}

const asSentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
const NO_ADVICE = 'No better one was looked for.';
const NO_LIMITS = 'no prlimit that works: the memory and files of workers have no limit';
const ON_LINUX = 'Install util-linux (Debian: `apt-get install util-linux`).';

/** Tries it now. Rejects with QRT_SANDBOX_UNAVAILABLE when the node requires a better one. */
export async function findWalls(input: {
  readonly required: RequiredSandbox | undefined;
  readonly running: SandboxLevel | undefined;
}): Promise<Walls> {
  const { findRequired } = await import('./required-sandbox.ts');
  const { findTools } = await import('../worker/tools.ts');
  const { report } = await findRequired(input.required);
  return { report, running: input.running, hasLimits: findTools().limit !== undefined };
}

/** Whether a worker starts, locks itself down and answers. */
export async function checkWorker(program: string = guestProgram()): Promise<Finding> {
  const { checkCode } = await import('../worker/check.ts');
  const { findSandbox } = await import('../worker/sandbox-finder.ts');
  const sandbox = await findSandbox({ program });
  const beganMs = systemClock.monotonicMs();
  const checked = await checkCode({ sandbox, text: PROBE, bytesMax: PROBE.length });
  const ms = Math.round(systemClock.monotonicMs() - beganMs);
  if ('text' in checked) return ok(`a fresh worker started and answered in ${ms} ms`);
  return fail(
    `a worker refuses code that is right: ${checked.reason}`,
    'Install qrt anew; if that does not help, report it.',
  );
}

const PROBE = '() => 1';
