// Dropped peers and promises: in whatever state the promises between two vats are when one of them
// drops the other, whoever waits is told once, and nothing is left at either end.

import { afterEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { drop } from '../sim/keeper.ts';
import { honestWire } from '../sim/network.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';
import { someOf } from '../thorough.ts';

let world: World;
afterEach(() => world.close());

const NOTHING = { pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } };
const DROPPED = { error: { code: 'QRT_LINK_DROPPED' } };
const TOLD = { fulfilled: 0, rejected: 0 };

interface Kind {
  readonly name: string;
  /** Objects of vats one, two, three at places 0 to 2, and at 3 a name of vat two for that of three. */
  readonly steps: readonly Step[];
  /** Who waits; vat one unless it is said. */
  readonly waiter?: 'two';
  /** What is told if the peer was dropped before it could say anything. */
  readonly end?: unknown;
}

const asked = (program: readonly Step[], slots: readonly number[] = []): Step => [
  ...(['ask', 1, program, slots] as const),
];

const KINDS: readonly Kind[] = [
  { name: 'an answer', steps: [asked([['return', '1']]), ['when', 4, TOLD]] },
  {
    name: 'an answer that is kept in memory',
    steps: [
      asked(
        [
          ['return', '{"$":0}', [0]],
          ['keep', 0],
        ],
        [1],
      ),
      ['keep', 4],
      ['when', 4, TOLD],
    ],
  },
  {
    name: 'an answer that nobody settles',
    steps: [
      asked([['promise'], ['keep', 0], ['keep', 1], ['return', '{"$":0}', [0]]]),
      ['when', 4, TOLD],
    ],
  },
  {
    name: 'an answer with a promise in it',
    steps: [asked([['promise'], ['keep', 1], ['return', '[{"$":0}]', [0]]]), ['when', 4, TOLD]],
  },
  {
    name: 'a pipelined answer',
    steps: [
      asked([['return', '{"$":0}', [0]]], [1]),
      ['ask', 4, [['return', '1']]],
      ['when', 5, TOLD],
    ],
  },
  {
    name: 'an answer of a third vat',
    steps: [
      asked(
        [
          ['ask', 0, [['return', '1']]],
          ['return', '{"$":0}', [1]],
        ],
        [2],
      ),
      ['when', 4, TOLD],
    ],
  },
  {
    name: 'the answer to what is forwarded',
    steps: [
      ['ask', 3, [['return', '1']]],
      ['when', 4, TOLD],
    ],
  },
  {
    name: 'an answer with a deadline',
    steps: [
      ['ask', 1, [['return', '1']], [], { deadlineMs: 3_600_000 }],
      ['when', 4, TOLD],
    ],
  },
  ...(['all', 'first', 'settled'] as const).map(
    (kind): Kind => ({
      name: `one of several answers, by Q.${kind}`,
      steps: [
        asked([['return', '1']]),
        ['ask', 0, [['return', '2']]],
        [kind, [4, 5]],
        ['when', 6, TOLD],
      ],
      ...(kind === 'all' ? {} : { end: { value: expect.anything() } }),
    }),
  ),
  {
    name: 'a promise of the asker',
    waiter: 'two',
    steps: [
      ['promise'],
      ['keep', 5],
      [
        'send',
        1,
        [
          ['keep', 0],
          ['when', 0, { fulfilled: 1, rejected: 1 }],
        ],
        [4, 1],
      ],
    ],
  },
  {
    name: 'a promise of the asker that comes home',
    steps: [['promise'], asked([['return', '{"$":0}', [0]]], [4]), ['when', 6, TOLD]],
  },
];

interface Case extends Kind {
  readonly first: 'one' | 'two';
  /** How many boxes and receipts the two exchange before the way between them is cut. */
  readonly passed: number;
}

const CASES: readonly Case[] = KINDS.flatMap((kind) =>
  (['one', 'two'] as const).flatMap((first) =>
    [0, 1, 2, 3, 4, 6, 9, 14].map((passed) => ({ ...kind, first, passed })),
  ),
);

interface Scene {
  readonly one: TestVat;
  readonly two: TestVat;
  readonly vats: readonly TestVat[];
  readonly objects: readonly Qrid[];
}

/** Three vats of which the first two have sent to each other, and the first has a thing by way of the second. */
function set(): Scene {
  world = makeWorld();
  const vats = ['one', 'two', 'three'].map((name) => world.vat(name));
  const [one, two] = vats as [TestVat, TestVat];
  const objects = vats.map((vat) => vat.install());
  two.send(objects[0]!, [['keep', 0]], { slots: [objects[2]!] });
  world.run();
  one.send(objects[1]!, []);
  world.run();
  return { one, two, vats, objects };
}

/** From now on so much passes between the two vats, and then nothing. */
function cutAfter(passed: number, { one, two }: Scene): void {
  const pair = new Set([one.id, two.id]);
  let count = 0;
  world.setWire((bytes, passage) => {
    if (!pair.has(passage.from) || !pair.has(passage.to)) return honestWire(bytes, passage);
    count += 1;
    return count > passed ? [] : honestWire(bytes, passage);
  });
}

describe('a drop of the peer with which there is', () => {
  it.each(someOf(CASES, 13))('$name, after $passed boxes, by vat $first first', (of) => {
    const scene = set();
    const { one, two, vats, objects } = scene;
    cutAfter(of.passed, scene);
    const steps: Step[] = [['take', 0], ...of.steps];
    one.send(objects[0]!, steps, { slots: objects });
    world.run(20_000);
    const [first, second] = of.first === 'one' ? [one, two] : [two, one];
    drop(first, second.id);
    world.setWire(honestWire);
    world.run(20_000);
    drop(second, first.id);
    for (const [at, vat] of vats.entries()) vat.send(objects[at]!, [['forget']]);
    world.run(20_000);
    const [waiter, place] = of.waiter === 'two' ? [two, 1] : [one, 0];
    const heard = notesOf(waiter, objects[place]!);
    // Vat two may never have heard of what was to wait there.
    expect(heard.length).toBeLessThanOrEqual(1);
    if (of.waiter !== 'two') expect(heard).toHaveLength(1);
    for (const note of heard) {
      if (!('value' in (note as object))) expect(note).toMatchObject(DROPPED);
    }
    if (of.passed === 0 && of.waiter !== 'two') expect(heard).toMatchObject([of.end ?? DROPPED]);
    for (const vat of vats) {
      expect([vat.name, vat.status().promises]).toEqual([vat.name, NOTHING]);
      expect(damagesOf(vat, vat.path)).toEqual([]);
    }
  });
});
