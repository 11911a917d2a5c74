// Level none: a process of its own with bounded memory, no new files and no core dump.
//
// Nothing is hidden from it: this is what is left where bubblewrap cannot work.

import { type LaunchCommand, type LaunchParts, makeLimits, makeNodeFlags } from './sandbox.ts';
import { findTools, type Tools } from './tools.ts';
import { makeWatchdogText } from './watchdog.ts';

/** The command of a bare worker. */
export function makeBareCommand(
  { program, settings, instead }: LaunchParts,
  tools: Tools = findTools(),
): LaunchCommand {
  const { endWithParent, limit } = tools;
  const isWatched = settings.orphanGuard === 'watchdog' || endWithParent === undefined;
  const run = isWatched ? ['-e', makeWatchdogText(process.pid), program] : [program];
  return {
    argv: [
      ...(isWatched ? [] : endWithParent),
      ...(limit === undefined ? [] : makeLimits(settings, limit)),
      process.execPath,
      ...makeNodeFlags(settings),
      ...(instead ?? run),
    ],
    hasChild: false,
  };
}
