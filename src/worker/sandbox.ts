// Sandbox: the command line of a worker for each level of the second wall.
//
// SES is the first wall; what is here holds also when it has fallen. Every level is one function
// that returns the whole command; more levels are more functions. Each program in the command
// MUST replace itself by the next one (exec), so that the child's pid is the worker's.

import type { SandboxLevel, WorkerSettings } from './settings.ts';
import type { Tools } from './tools.ts';
import { makeWatchdogText } from './watchdog.ts';

/** What a level builds its command from. */
export interface LaunchParts {
  /** The worker's program, one file. */
  readonly program: string;
  readonly settings: WorkerSettings;
  readonly tools: Tools;
}

/** The command that starts a worker. */
export function makeCommand(parts: LaunchParts): readonly string[] {
  return LEVELS[parts.settings.level](parts);
}

const LEVELS: Readonly<Record<SandboxLevel, (parts: LaunchParts) => readonly string[]>> = {
  none: makeBareCommand,
};

/** A process of its own with bounded memory, no new files and no core dump; nothing is hidden. */
function makeBareCommand({ program, settings, tools }: LaunchParts): readonly string[] {
  const { endWithParent } = tools;
  const isWatched = settings.orphanGuard === 'watchdog' || endWithParent === undefined;
  return [
    ...(isWatched ? [] : endWithParent),
    ...makeLimits({ settings, tools }),
    process.execPath,
    `--max-old-space-size=${settings.heapMib}`,
    '--no-addons',
    ...(isWatched ? ['-e', makeWatchdogText(process.pid)] : []),
    program,
  ];
}

function makeLimits({ settings, tools }: Omit<LaunchParts, 'program'>): readonly string[] {
  if (tools.limit === undefined) return [];
  const { dataBytes } = settings;
  return [tools.limit, `--data=${dataBytes}`, '--core=0', '--fsize=0', '--nofile=64', '--'];
}
