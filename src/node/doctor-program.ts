// Doctor, program: whether this machine has what qrt runs on: Node, SQLite, the worker's fences.

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

/** Which of the programs that fence in a worker this machine has. */
export interface Fences {
  readonly hasDeathSignal: boolean;
  readonly hasLimits: boolean;
  readonly isLinux: boolean;
}

/** Whether workers get limits from the operating system and end with their node. */
export async function checkSandbox(fences?: Fences): Promise<Finding> {
  const { hasDeathSignal, hasLimits, isLinux } = fences ?? (await findFences());
  if (hasDeathSignal && hasLimits) return ok('setpriv and prlimit work: workers have limits');
  const missing = [...(hasDeathSignal ? [] : [NO_SIGNAL]), ...(hasLimits ? [] : [NO_LIMITS])];
  return warn(missing.join('; '), isLinux ? ON_LINUX : ELSEWHERE);
}

const NO_SIGNAL = 'no setpriv that works: a thread of the worker ends it with its node instead';
const NO_LIMITS = 'no prlimit that works: the memory and files of workers have no limit';
const ON_LINUX =
  'Install util-linux (Debian: `apt-get install util-linux`), and run Node without `setcap`.';
const ELSEWHERE = 'Run nodes that shall hold code of strangers on Linux.';

async function findFences(): Promise<Fences> {
  const { findTools } = await import('../worker/tools.ts');
  const { endWithParent, limit } = findTools();
  return {
    hasDeathSignal: endWithParent !== undefined,
    hasLimits: limit !== undefined,
    isLinux: process.platform === 'linux',
  };
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
