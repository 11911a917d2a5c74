// Verify of answers between vats: no state of a real history is called broken, and each damage of a
// column that speaks of them is named.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACROSS_SCENARIOS } from '../kernel/across-scenarios.ts';
import { keepStage, type Stage, setStage } from '../kernel/scenarios.ts';
import { drop } from '../sim/keeper.ts';
import { cutWire, honestWire } from '../sim/network.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { copyDatabase, damagesAfter, damagesOf } from '../sim/verified.ts';

let stage: Stage;
const damages: string[] = [];
let commits = 0;

/** Of vat one unless another is said, as it was at that moment. */
const pathOf = (state: string): string => `${stage.one.path}.${state}`;

/** Runs a program in the object of vat one, with that of vat two at place 1. */
function play({ one, objects }: Stage, steps: readonly Step[]): void {
  one.send(objects.one, steps, { slots: [objects.one, objects.two] });
}

beforeAll(() => {
  stage = setStage();
  const again = keepStage(stage);
  const { world, one, two } = stage;
  const watch = (vat: TestVat): void =>
    vat.setWatch({
      after: ({ name }) => {
        if (name !== 'commit') return;
        commits += 1;
        damages.push(...damagesOf(vat, vat.path));
      },
    });
  for (const vat of world.vats()) watch(vat);
  for (const { act } of ACROSS_SCENARIOS) {
    act(stage);
    world.run();
    again();
  }
  // A promise of one that two knows, open; one that was settled and told; and one of each kind here.
  play(stage, [
    ['promise'],
    ['keep', 2],
    ['send', 1, [['keep', 0]], [2]],
    ['ask', 0, [['return', '"told"']]],
    ['keep', 4],
    ['send', 1, [['keep', 0]], [4]],
    ['all', [2]],
    ['keep', 5],
    ['when', 2, { fulfilled: 0, context: '"context"' }],
    ['send', 2, [['note', 'waits']]],
  ]);
  world.run();
  world.setWire(cutWire);
  play(stage, [
    ['ask', 1, [['return', '1']], [], { deadlineMs: 3_600_000 }],
    ['keep', 2],
    ['ask', 1, [['throw', 'no']]],
    ['keep', 3],
    ['ask', 0, [['throw', 'known']]],
    ['keep', 4],
  ]);
  one.send(stage.objects.one, [['return', '7']], { answer: true });
  world.run(10_000);
  copyDatabase(one.path, pathOf('waits'));
  copyDatabase(two.path, pathOf('far'));
  one.setWatch({
    after: ({ name }) => {
      if (name === 'commit') copyDatabase(one.path, pathOf('asked'));
    },
  });
  one.setScript(() => undefined);
  for (let n = 0; n < 2; n += 1) one.send(stage.objects.one, [], { answer: true });
  one.setWatch(undefined);
  world.setWire(honestWire);
  drop(two, one.id);
  copyDatabase(two.path, pathOf('dropped'));
}, 120_000);
afterAll(() => stage.world.close());

const OF_PEER = 'WHERE link IS NOT NULL';

/** The state, SQL, the row that is named, and a word of what is said. */
const DAMAGES: readonly (readonly [state: string, sql: string, row: string, what: string])[] = [
  ['waits', `UPDATE promise SET link = NULL ${OF_PEER}`, 'promise p', 'no whole name'],
  ['waits', `UPDATE promise SET name = NULL ${OF_PEER}`, 'promise p', 'no whole name'],
  ['waits', `UPDATE promise SET number = NULL ${OF_PEER}`, 'promise p', 'no whole name'],
  ['waits', 'UPDATE promise SET received = 1 WHERE link IS NULL', 'promise p', 'no whole name'],
  ['waits', 'UPDATE promise SET last = 1 WHERE link IS NULL', 'promise p', 'no whole name'],
  ['waits', `UPDATE promise SET link = 99 ${OF_PEER}`, 'promise', 'link'],
  ['waits', `UPDATE promise SET number = number + 99 ${OF_PEER}`, 'promise p', 'never named'],
  ['waits', `UPDATE promise SET number = -number ${OF_PEER}`, 'promise p', 'never named'],
  [
    'waits',
    `UPDATE promise SET name = 'export', number = 1 << 40 WHERE id =
    (SELECT max(id) FROM promise ${OF_PEER})`,
    'promise p',
    'never named',
  ],
  ['waits', `UPDATE promise SET last = last + 99 ${OF_PEER}`, 'promise p', 'never named'],
  ['waits', `UPDATE promise SET last = -1 ${OF_PEER}`, 'promise p', 'never named'],
  ['waits', `UPDATE promise SET received = -1 ${OF_PEER}`, 'promise p', 'never named'],
  ['waits', "UPDATE link SET state = 'dropped'", 'promise p', 'a peer that was dropped'],
  [
    'waits',
    `UPDATE promise SET link = NULL, name = NULL, number = NULL, received = 0, last = 0 ${OF_PEER}`,
    'promise p',
    'nothing will ever settle it',
  ],
  ['asked', 'DELETE FROM inbox', 'promise p', 'nothing will ever settle it'],
  ['asked', 'UPDATE inbox SET answer = NULL', 'promise p', 'nothing will ever settle it'],
  ['asked', 'UPDATE inbox SET answer = (SELECT max(answer) FROM inbox)', 'inbox', 'same answer'],
  [
    'waits',
    "DELETE FROM pending WHERE kind = 'part'; UPDATE promise SET left = 0",
    'promise p',
    'nothing will ever settle it',
  ],
  ['waits', "UPDATE promise SET kind = 'first' WHERE kind = 'answer'", 'promise p', 'no first'],
  ['waits', "UPDATE promise SET kind = 'answer' WHERE kind = 'all'", 'promise p', 'no answer'],
  [
    'waits',
    "UPDATE promise SET state = 'rejected' WHERE body = '\"told\"'",
    'promise p',
    'no answer',
  ],
  ['waits', "UPDATE promise SET state = 'rejected' WHERE kind = 'all'", 'promise p', 'no all'],
  [
    'waits',
    "UPDATE promise SET state = 'pending' WHERE state = 'rejected'",
    'promise p',
    'no answer',
  ],
  ['waits', "UPDATE promise SET body = '{}' WHERE state = 'rejected'", 'promise p', 'no answer'],
  ['waits', 'UPDATE promise SET made_ms = -1', 'promise p', 'its times'],
  ['waits', 'UPDATE promise SET deadline_ms = 1', 'promise p', 'its times'],
  [
    'waits',
    "UPDATE promise SET deadline_ms = made_ms + 1 WHERE kind = 'resolver'",
    'promise p',
    'its times',
  ],
  ['waits', 'UPDATE pending SET hops = -1', 'pending p', 'more vats'],
  ['waits', "UPDATE pending SET hops = 18 WHERE kind = 'message'", 'pending p', 'more vats'],
  ['waits', "UPDATE pending SET hops = 1 WHERE kind = 'part'", 'pending p', 'more vats'],
  ['waits', "UPDATE pending SET share = ''", 'pending p', 'share of nobody'],
  ['waits', "UPDATE pending SET body = '{}' WHERE kind = 'when'", 'pending p', 'no when'],
  ['waits', "UPDATE pending SET body = '1' WHERE kind = 'part'", 'pending p', 'no part'],
  ['waits', "UPDATE pending SET kind = 'message' WHERE kind = 'when'", 'pending p', 'no message'],
  ['waits', "UPDATE pending SET kind = 'when' WHERE kind = 'part'", 'pending p', 'no when'],
  ['waits', "UPDATE request SET digest = x'00'", 'request', 'no hash'],
  ['waits', 'UPDATE request SET time_ms = -1', 'request', 'its time'],
  ['waits', 'UPDATE export SET told = 2', 'export', 'what it cannot'],
  ['waits', 'UPDATE export SET given = 2', 'export', 'what it cannot'],
  ['waits', 'UPDATE export SET sent = -1', 'export', 'what it cannot'],
  ['waits', "UPDATE export SET swiss_hash = x'00'", 'export', 'what it cannot'],
  ['waits', 'UPDATE export SET told = 1', 'export', 'no settled promise'],
  ['waits', 'UPDATE export SET sent = 0', 'export', 'never said'],
  ['waits', "UPDATE link SET state = 'dropped'", 'export', 'was dropped'],
  ['waits', 'DELETE FROM promise', 'export', 'nothing that exists'],
  ['far', 'UPDATE link SET given_export = seen_export + 1', 'link', 'never met'],
  ['far', 'UPDATE link SET given_export = -1', 'link', 'never met'],
  ['far', 'UPDATE link SET seen_export = 0, given_export = 0', 'promise p', 'never named'],
  ['waits', 'UPDATE import SET received = -1', 'import', 'what it cannot'],
];

describe('verify of answers between vats', () => {
  it('finds nothing wrong with any commit of a history', () => {
    expect(damages).toEqual([]);
    expect(commits).toBeGreaterThan(40);
    for (const state of ['waits', 'asked']) {
      expect(damagesOf(stage.one, pathOf(state))).toEqual([]);
    }
    for (const state of ['far', 'dropped']) {
      expect(damagesOf(stage.two, pathOf(state))).toEqual([]);
    }
  });

  it.each(DAMAGES)('while it %s, tells of `%s`', (state, sql, row, what) => {
    const vat = state === 'far' ? stage.two : stage.one;
    const found = damagesAfter(vat, { path: pathOf(state), sql });
    expect(found.filter((damage) => damage.startsWith(row)).join('\n')).toContain(what);
  });
});
