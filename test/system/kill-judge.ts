// Judge: compares what stopped nodes have on disk with what was sent.

import { ASKER_COMMANDS, type AskerMemory } from './kill-askers.ts';
import type { Operators } from './kill-operators.ts';
import type { World } from './kit.ts';

/** What a pump keeps. */
export interface PumpMemory {
  readonly sent: number;
  readonly sum: number;
}

/** What a meter keeps. */
export interface MeterMemory {
  readonly last: number;
  readonly sum: number;
  readonly breaks: readonly unknown[];
  readonly marks: readonly unknown[];
}

/** What was found. */
export interface Judgement {
  readonly sent: number;
  /** Answers that came. */
  readonly answers: number;
  /** What is not as it must be. */
  readonly problems: readonly string[];
}

/** Notes what was found if it is not what was wanted. */
export type Compare = (what: string, found: unknown, wanted: unknown) => void;

/** Adds to `problems`. */
export function makeCompare(problems: string[]): Compare {
  return (what, found, wanted) => {
    const texts = [found, wanted].map((value) => JSON.stringify(value));
    if (texts[0] !== texts[1]) problems.push(`${what}: ${texts[0]} instead of ${texts[1]}`);
  };
}

/** Reads both nodes, which must be stopped. */
export async function judge(world: World, operators: Operators): Promise<Judgement> {
  const pump = await memoryOf<PumpMemory>(world, 'A');
  const meter = await memoryOf<MeterMemory>(world, 'B');
  const { sent } = pump;
  const problems: string[] = [];
  const compare = makeCompare(problems);
  judgeStream(compare, { pump, meter });
  const askers = { A: await askerOf(world, 'A'), B: await askerOf(world, 'B') };
  // With the tenths: each message took one turn, and no message but these came.
  const asked = askers.A.turns + askers.B.told + ASKER_COMMANDS + operators.count('A');
  compare('turns of B', (await world.counters('B'))['turns_done'], sent + asked);
  const tenths = await thrownAt(world);
  compare(
    'numbers that threw',
    tenths,
    tenths.map((_, index) => sent - 10 * (tenths.length - 1 - index)),
  );
  for (const [name, asker] of Object.entries(askers)) {
    judgeAsker(compare, name, asker);
    await judgeNode(world, name, compare);
    // Of those that are settled only the operators' are still there for somebody to see: at the
    // node that asked, and at the other one, where an answer may have followed another promise.
    const { settled } = (await world.status(name)).promises;
    const kept = operators.count();
    if (settled > 2 * kept) problems.push(`${settled} promises at ${name}, of ${kept} questions`);
  }
  return { sent, answers: askers.A.told + askers.B.told, problems };
}

/** What a pump sent must be what its meter got, once and in order. */
export function judgeStream(
  compare: Compare,
  { pump, meter }: { readonly pump: PumpMemory; readonly meter: MeterMemory },
): void {
  compare('breaks', meter.breaks, []);
  compare('marks of turns that threw', meter.marks, []);
  // Every tenth is forgotten by the meter, and the pump sends fifty at a time.
  compare('last number', meter.last, pump.sent - 1);
  compare('sum', meter.sum, pump.sum);
}

/** Each question of an asker must have had its answer, once. */
export function judgeAsker(compare: Compare, name: string, asker: AskerMemory): void {
  const { asked, told, open, breaks } = asker;
  compare(`answers at ${name} that are wrong or came twice`, breaks, []);
  compare(`answers at ${name} that never came`, open, {});
  compare(`answers at ${name}`, told, asked);
}

/** Nothing may have been taken out, refused or left open, and the database must be whole. */
export async function judgeNode(world: World, name: string, compare: Compare): Promise<void> {
  compare(`quarantined at ${name}`, (await world.counters(name))['quarantine'], 0);
  for (const { refusals } of await world.dump(name, 'peers')) {
    compare(`refusals at ${name}`, refusals, 0);
  }
  compare(`promises pending at ${name}`, (await world.status(name)).promises.pending, 0);
  const { code, stdout, stderr } = await world.run(['verify', name]);
  compare(`verify of ${name}`, code === 0 ? '' : `${stdout}${stderr}`, '');
}

/** All that the objects of a node keep. */
export async function memoriesOf(world: World, name: string): Promise<readonly unknown[]> {
  const rows = await world.dump(name, 'memory');
  return rows.map(({ value }) => JSON.parse(String(value)) as unknown);
}

async function memoryOf<T>(world: World, name: string): Promise<T> {
  return (await memoriesOf(world, name))[0] as T;
}

async function askerOf(world: World, name: string): Promise<AskerMemory> {
  const found = (await memoriesOf(world, name)).find(isAsker);
  if (found === undefined) throw new Error(`there is no asker at ${name}`);
  return found;
}

/** Whether a memory is that of an asker. */
export const isAsker = (memory: unknown): memory is AskerMemory =>
  (memory as { role?: unknown }).role === 'asker';

/** The failures that the log of B still holds, which are the last ones. */
async function thrownAt(world: World): Promise<readonly number[]> {
  const rows = await world.log('B');
  return rows
    .filter(({ level, text }) => level === 'failure' && String(text).includes('tenth'))
    .map(({ text }) => Number(/tenth (\d+)/.exec(String(text))?.[1] ?? Number.NaN));
}
