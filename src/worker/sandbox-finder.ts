// Sandbox finder: the best level of the second wall that holds on this machine.
//
// Each level is tried by running the hostile probe in the worker's place, so nothing is believed of
// a machine that was not seen. A process looks once.

import { QrtError } from '../core/errors.ts';
import { SANDBOX_LEVELS, type SandboxLevel } from '../core/sandbox.ts';
import { bubblewrapPath, findBubblewrap } from './bubblewrap-finder.ts';
import { makeBubblewrapCommand, PROGRAM } from './level-bubblewrap.ts';
import { makeBareCommand } from './level-none.ts';
import { probe } from './probe.ts';
import { ATTEMPTS, type AttemptName } from './probe-attempts.ts';
import { openVictims, type Victims } from './probe-victims.ts';
import type { LaunchCommand, LaunchParts, Sandbox } from './sandbox.ts';
import { type Refusal, readFacts, writeReport } from './sandbox-report.ts';

/** What to look for. */
export interface FindInput {
  /** The worker's program, one file. */
  readonly program: string;
  /** All, unless a test or an operator wants less. */
  readonly levels?: readonly SandboxLevel[];
}

const found = new Map<string, Promise<Sandbox>>();
/** One search at a time: all victims of a process feel the same signal. */
let last: Promise<unknown> = Promise.resolve();

/** The best of the levels that holds. Rejects with QRT_SANDBOX_UNAVAILABLE when none does. */
export function findSandbox({ program, levels = SANDBOX_LEVELS }: FindInput): Promise<Sandbox> {
  const key = JSON.stringify([program, levels, process.env['QRT_BWRAP']]);
  const before = found.get(key);
  if (before !== undefined) return before;
  const now = last.then(() => find({ program, levels }));
  last = now.catch(() => undefined);
  found.set(key, now);
  return now;
}

async function find({ program, levels }: Required<FindInput>): Promise<Sandbox> {
  const refusals: Refusal[] = [];
  const victims = await openVictims();
  try {
    for (const level of SANDBOX_LEVELS) {
      if (!levels.includes(level)) continue;
      const tried = await tryLevel({ level, program, victims });
      if ('reason' in tried) refusals.push({ level, reason: tried.reason });
      else return makeSandbox({ ...tried, level, program, refusals });
    }
  } finally {
    victims.close();
  }
  const reason = refusals.map((each) => `${each.level}: ${each.reason}`).join('; ');
  throw new QrtError('QRT_SANDBOX_UNAVAILABLE', { levels: levels.join(', '), reason });
}

interface Tried extends Level {
  readonly open: readonly string[];
}

type TryInput = { level: SandboxLevel; program: string; victims: Victims };

async function tryLevel({ level, program, victims }: TryInput): Promise<Tried | Refused> {
  const prepared = await LEVELS[level](program);
  if ('reason' in prepared) return prepared;
  const { makeCommand, inside } = prepared;
  const result = await probe({
    makeCommand: (parts) => makeCommand({ ...parts, program }),
    program: inside,
    victims,
  });
  // Below everything there is nothing to fall back to: that it cannot even run is told as it is.
  if ('failure' in result) {
    if (level === 'none') return { ...prepared, open: [`unknown (${result.failure})`] };
    return { reason: result.failure };
  }
  const holes = result.open.filter((name) => isClaimed(level, name));
  if (holes.length > 0) return { reason: `it did not stop ${phrasesOf(holes).join(', ')}` };
  return { ...prepared, open: phrasesOf(result.open) };
}

/** Whether a level is said to stop an attempt. */
function isClaimed(level: SandboxLevel, name: AttemptName): boolean {
  return level === 'full' || (level === 'spaces' && ATTEMPTS[name].stoppedAt === 'spaces');
}

function phrasesOf(names: readonly AttemptName[]): readonly string[] {
  return [...new Set(names.map((name) => ATTEMPTS[name].phrase))];
}

type MakeInput = Tried & { level: SandboxLevel; program: string; refusals: readonly Refusal[] };

function makeSandbox({ level, program, open, refusals, makeCommand }: MakeInput): Sandbox {
  return Object.freeze<Sandbox>({
    report: writeReport({
      level,
      open,
      refusals,
      facts: readFacts(bubblewrapPath() !== undefined),
    }),
    makeCommand: (settings) => makeCommand({ settings, program }),
  });
}

interface Refused {
  readonly reason: string;
}

interface Level {
  readonly makeCommand: (parts: LaunchParts) => LaunchCommand;
  /** The worker's program as it is called inside. */
  readonly inside: string;
}

/** How to make the command of a level, or why it cannot be made. */
const LEVELS: Readonly<Record<SandboxLevel, (program: string) => Promise<Level | Refused>>> = {
  async full() {
    const tools = await findBubblewrap();
    if ('reason' in tools) return tools;
    if (tools.filter === undefined) {
      return { reason: `there is no filter for processors of the kind ${process.arch}` };
    }
    return { inside: PROGRAM, makeCommand: (parts) => makeBubblewrapCommand(parts, tools) };
  },
  async spaces() {
    const tools = await findBubblewrap();
    if ('reason' in tools) return tools;
    const without = new Set(['filter'] as const);
    return {
      inside: PROGRAM,
      makeCommand: (parts) => makeBubblewrapCommand(parts, tools, without),
    };
  },
  none: async (program) => ({ inside: program, makeCommand: (parts) => makeBareCommand(parts) }),
};
