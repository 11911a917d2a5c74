// Sandbox finder: the best level of the second wall that holds on this machine.
//
// Each level is tried by running a program in the worker's place, so nothing is believed of a
// machine that was not seen. A process looks once.

import { QrtError } from '../core/errors.ts';
import { SANDBOX_LEVELS, type SandboxLevel } from '../core/sandbox.ts';
import { findBubblewrap } from './bubblewrap-finder.ts';
import { makeBubblewrapCommand } from './level-bubblewrap.ts';
import { makeBareCommand } from './level-none.ts';
import { tryLevel } from './level-trial.ts';
import type { LaunchCommand, LaunchParts, Sandbox } from './sandbox.ts';
import { type Refusal, writeReport } from './sandbox-report.ts';

/** What to look for. */
export interface FindInput {
  /** The worker's program, one file. */
  readonly program: string;
  /** All, unless a test or an operator wants less. */
  readonly levels?: readonly SandboxLevel[];
}

const found = new Map<string, Promise<Sandbox>>();

/** The best of the levels that holds. Rejects with QRT_SANDBOX_UNAVAILABLE when none does. */
export function findSandbox({ program, levels = SANDBOX_LEVELS }: FindInput): Promise<Sandbox> {
  const key = JSON.stringify([program, levels, process.env['QRT_BWRAP']]);
  const before = found.get(key);
  if (before !== undefined) return before;
  const now = find({ program, levels });
  found.set(key, now);
  return now;
}

async function find({ program, levels }: Required<FindInput>): Promise<Sandbox> {
  const refusals: Refusal[] = [];
  for (const level of SANDBOX_LEVELS) {
    if (!levels.includes(level)) continue;
    const prepared = await LEVELS[level]();
    if (typeof prepared === 'string') {
      refusals.push({ level, reason: prepared });
      continue;
    }
    const makeCommand = (parts: Omit<LaunchParts, 'program'>) => prepared({ ...parts, program });
    const trial = await tryLevel({ level, makeCommand });
    if ('reason' in trial) {
      refusals.push({ level, reason: trial.reason });
      continue;
    }
    return Object.freeze<Sandbox>({
      report: writeReport({ level, open: trial.open, refusals }),
      makeCommand: (settings) => makeCommand({ settings }),
    });
  }
  const reason = refusals.map((each) => `${each.level}: ${each.reason}`).join('; ');
  throw new QrtError('QRT_SANDBOX_UNAVAILABLE', { levels: levels.join(', '), reason });
}

type MakeCommand = (parts: LaunchParts) => LaunchCommand;

/** How to make the command of a level, or why it cannot be made. */
const LEVELS: Readonly<Record<SandboxLevel, () => Promise<MakeCommand | string>>> = {
  async full() {
    const tools = await findBubblewrap();
    if (typeof tools === 'string') return tools;
    if (tools.filter === undefined)
      return `there is no filter for processors such as ${process.arch}`;
    return (parts) => makeBubblewrapCommand(parts, tools);
  },
  async spaces() {
    const tools = await findBubblewrap();
    if (typeof tools === 'string') return tools;
    return (parts) => makeBubblewrapCommand(parts, tools, new Set(['filter']));
  },
  none: async () => (parts) => makeBareCommand(parts),
};
