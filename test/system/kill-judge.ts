// Judge: compares what two stopped nodes have on disk with what was sent.

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
  /** What is not as it must be. */
  readonly problems: readonly string[];
}

/** Reads both nodes, which must be stopped. */
export async function judge(world: World): Promise<Judgement> {
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
  // With the tenths: each message took one turn, and no message but these came.
  compare('turns of B', (await world.counters('B'))['turns_done'], sent);
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
  return { sent, problems };
}

async function memoryOf<T>(world: World, name: string): Promise<T> {
  const [row] = await world.dump(name, 'memory');
  return JSON.parse(String(row?.['value'])) as T;
}

/** The failures that the log of B still holds, which are the last ones. */
async function thrownAt(world: World): Promise<readonly number[]> {
  const rows = await world.log('B');
  return rows
    .filter(({ level }) => level === 'failure')
    .map(({ text }) => Number(/tenth (\d+)/.exec(String(text))?.[1] ?? Number.NaN));
}
