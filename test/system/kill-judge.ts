// Judge: compares what two stopped nodes have on disk with what was sent.

import { ASKER_COMMANDS, type AskerMemory } from './kill-askers.ts';
import type { Operators } from './kill-operators.ts';
import type { World } from './kit.ts';

interface PumpMemory {
  readonly sent: number;
  readonly sum: number;
}

interface MeterMemory {
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

/** Reads both nodes, which must be stopped. */
export async function judge(world: World, operators: Operators): Promise<Judgement> {
  const pump = await memoryOf<PumpMemory>(world, 'A');
  const meter = await memoryOf<MeterMemory>(world, 'B');
  const { sent } = pump;
  const problems: string[] = [];
  const compare = (what: string, found: unknown, wanted: unknown): void => {
    const texts = [found, wanted].map((value) => JSON.stringify(value));
    if (texts[0] !== texts[1]) problems.push(`${what}: ${texts[0]} instead of ${texts[1]}`);
  };
  compare('breaks', meter.breaks, []);
  compare('marks of turns that threw', meter.marks, []);
  // Every tenth is forgotten by the meter, and the pump sends fifty at a time.
  compare('last number', meter.last, sent - 1);
  compare('sum', meter.sum, pump.sum);
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
  for (const name of ['A', 'B']) {
    compare(`quarantined at ${name}`, (await world.counters(name))['quarantine'], 0);
    for (const { refusals } of await world.dump(name, 'peers')) {
      compare(`refusals at ${name}`, refusals, 0);
    }
  }
  for (const [name, { asked, told, open, breaks }] of Object.entries(askers)) {
    compare(`answers at ${name} that are wrong or came twice`, breaks, []);
    compare(`answers at ${name} that never came`, open, {});
    compare(`answers at ${name}`, told, asked);
    // Of those that are settled only the operators' are still there for somebody to see: at the
    // node that asked, and at the other one, where an answer may have followed another promise.
    const { pending, settled } = (await world.status(name)).promises;
    compare(`promises pending at ${name}`, pending, 0);
    const kept = operators.count();
    if (settled > 2 * kept) problems.push(`${settled} promises at ${name}, of ${kept} questions`);
    const { code, stdout, stderr } = await world.run(['verify', name]);
    if (code !== 0) problems.push(`verify of ${name}: ${stdout}${stderr}`);
  }
  return { sent, answers: askers.A.told + askers.B.told, problems };
}

async function memoryOf<T>(world: World, name: string): Promise<T> {
  const [row] = await world.dump(name, 'memory');
  return JSON.parse(String(row?.['value'])) as T;
}

async function askerOf(world: World, name: string): Promise<AskerMemory> {
  const rows = await world.dump(name, 'memory');
  const row = rows.find(({ value }) => String(value).includes('"role":"asker"'));
  return JSON.parse(String(row?.['value'])) as AskerMemory;
}

/** The failures that the log of B still holds, which are the last ones. */
async function thrownAt(world: World): Promise<readonly number[]> {
  const rows = await world.log('B');
  return rows
    .filter(({ level, text }) => level === 'failure' && String(text).includes('tenth'))
    .map(({ text }) => Number(/tenth (\d+)/.exec(String(text))?.[1] ?? Number.NaN));
}
