// Rings of promises over two and three vats: none of them can see one, so it stays pending, is shown as
// such, holds up nobody else, and ends by a deadline or by the end of a link.

import { afterEach, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { drop } from '../sim/keeper.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

const NOTHING = { pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } };
const TOLD = { fulfilled: 0, rejected: 0 };
const coded = (code: string) => ({ error: expect.objectContaining({ code }) });

let world: World;
afterEach(() => world.close());

/** A program that hands a promise at place 0 through the objects at places 1 and up, and answers it. */
const passOn = (further: number): readonly Step[] =>
  further === 0
    ? [['return', '{"$":0}', [0]]]
    : [
        [
          'ask',
          1,
          passOn(further - 1),
          [0, ...Array.from({ length: further - 1 }, (_, at) => at + 2)],
        ],
        ['return', '{"$":0}', [1 + further]],
      ];

it.each([2, 3])('Q58 of %i vats: it stays pending, and each way out has its name', (size) => {
  world = makeWorld();
  const vats: TestVat[] = Array.from({ length: size }, (_, at) => world.vat(`vat${at}`));
  const objects: Qrid[] = vats.map((vat) => vat.install());
  const [one, two] = vats as [TestVat, TestVat];
  const [own, next, ...rest] = objects as [Qrid, Qrid];
  const made = objects.length;
  const others = rest.map((_, at) => at + 2);
  one.send(
    own,
    [
      ['promise'],
      // It becomes what the next vat makes of it: that promise itself.
      ['ask', 1, passOn(size - 2), [made, ...others]],
      ['give', made + 1, '{"value":{"$":0}}', [made + 2]],
      ['keep', made],
      ['when', made, TOLD],
      ['first', [made], { deadlineMs: 60_000 }],
      ['when', made + 4, { ...TOLD, context: '"deadline"' }],
      ['ask', made, [['note', 'never']], [], { deadlineMs: 60_000 }],
      ['when', made + 6, { ...TOLD, context: '"sent"' }],
    ],
    { slots: [own, next, ...rest] },
  );
  world.run(30_000);
  expect(notesOf(one, own)).toEqual([]);
  one.crash();
  world.run(600_000);
  const notes = notesOf(one, own) as { readonly context: string }[];
  expect(notes.find(({ context }) => context === 'deadline')).toMatchObject(
    coded('QRT_DEADLINE_PASSED'),
  );
  // What is sent to it goes round until it was forwarded too often, or waits.
  const sent = notes.find(({ context }) => context === 'sent') as { error?: { code: string } };
  expect(['QRT_DEADLINE_PASSED', 'QRT_TOO_FAR']).toContain(sent.error?.code);
  expect(notes).toHaveLength(2);
  expect(one.status().promises.pending).toBeGreaterThan(0);
  // Nobody else is held up by it.
  one.send(
    own,
    [
      ['ask', 1, [['return', '"works"']]],
      ['when', 2, TOLD],
    ],
    { slots: [own, next] },
  );
  world.run(60_000);
  expect(notesOf(one, own).slice(2)).toEqual([{ value: 'works' }]);

  drop(one, two.id);
  world.run(60_000);
  expect(notesOf(one, own).slice(3)).toMatchObject([coded('QRT_LINK_DROPPED')]);
  drop(two, one.id);
  one.send(own, [['forget']]);
  world.run(600_000);
  for (const vat of vats) {
    expect([vat.name, vat.status().promises]).toEqual([vat.name, NOTHING]);
    expect(damagesOf(vat, vat.path)).toEqual([]);
  }
});
