// Verify of what a settling leaves: no state of a real one is called broken, and each damage is named.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepStage, type Stage, setStage } from '../kernel/scenarios.ts';
import { doubt } from '../kernel/settle-histories.ts';
import { doubtOf, settle } from '../sim/keeper.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { copyDatabase, damagesAfter, damagesOf } from '../sim/verified.ts';

let stage: Stage;
/** A copy of a vat's database for each state of its link and stage of its settling. */
const copies = new Map<string, { readonly vat: TestVat; readonly path: string }>();
let commits = 0;
const damages: string[] = [];

/** Looks at the database of a vat after each commit, and keeps a copy of it. */
function watch(vat: TestVat): void {
  vat.setWatch({
    after: ({ name }) => {
      if (name !== 'commit') return;
      commits += 1;
      damages.push(...damagesOf(vat, vat.path));
      const [link] = vat.store().links();
      const [row] = vat.store().settlings();
      if (!link || !row) return;
      const count = vat.store().countHeld({ link: link.id, from: 1, below: link.sending[0].next });
      const isChosen = count.undecided < count.held;
      const state = `${link.state} ${row.stage}${isChosen ? ' chosen' : ''}`;
      copies.set(state, { vat, path: copyDatabase(vat.path, `${vat.path}.${commits}`) });
    },
  });
}

beforeAll(() => {
  stage = setStage();
  const { world, one, two } = stage;
  for (const vat of [one, two]) watch(vat);
  const again = keepStage(stage);
  // Once as its operators decide, once as a vat that has lost the link.
  doubt(stage);
  world.run(60_000);
  const [first] = doubtOf(one, two).items!;
  settle(one, two, { choices: [{ from: first!.number, to: first!.number, choice: 'discard' }] });
  settle(one, two, { rest: 'resend' });
  world.run(60_000);
  settle(two, one, { rest: 'resend' });
  world.run();
  again();
  const early = two.backup();
  one.send(stage.objects.two, [['note', 'lost']]);
  world.run();
  two.halt();
  early();
  two.revive();
  one.send(stage.objects.two, [['note', 'held']]);
  world.run(60_000);
  settle(one, two, { rest: 'discard', reset: true });
  world.run();
});
afterAll(() => stage.world.close());

/** State of the link and stage of its settling, SQL, the table that is named, and a word of it. */
const DAMAGES: readonly (readonly [state: string, sql: string, table: string, what: string])[] = [
  ['doubt doubt', "UPDATE settling SET stage = 'done'", 'settling link 1', 'it is done'],
  ['doubt doubt', "UPDATE settling SET stage = 'ready'", 'settling link 1', 'last word is missing'],
  ['doubt doubt', "UPDATE link SET state = 'ok'", 'settling link 1', 'its link is ok'],
  ['doubt doubt', "UPDATE link SET state = 'ok'", 'link 1', 'its reason'],
  ['doubt doubt', "UPDATE link SET state = 'dropped'", 'settling link 1', 'its link is dropped'],
  ['doubt doubt', "UPDATE link SET reason = ''", 'link 1', 'its reason'],
  ['doubt doubt', "UPDATE settling SET mark = x'01'", 'settling link 1', 'its mark'],
  ['doubt doubt', 'UPDATE settling SET peer_mark = zeroblob(17)', 'settling link 1', 'of its peer'],
  ['doubt doubt', 'UPDATE settling SET decided = 2', 'settling link 1', 'neither yes nor no'],
  ['doubt doubt', "UPDATE settling SET rest = 'discard'", 'settling link 1', 'all the rest'],
  ['doubt doubt', 'UPDATE settling SET fresh = 99', 'settling link 1', 'number 99'],
  ['doubt doubt', 'UPDATE settling SET fresh = 0', 'settling link 1', 'number 0'],
  ['doubt doubt', "UPDATE settling SET peer = 'x'", 'settling link 1', 'the word of its peer'],
  ['doubt doubt', 'UPDATE settling SET final = peer', 'settling link 1', 'before its time'],
  ['doubt doubt', 'UPDATE settling SET link = 7', 'settling', 'not there'],
  [
    'doubt doubt',
    `UPDATE settling SET peer = json_set(peer, '$.to', json_extract(peer, '$.from'))`,
    'settling link 1',
    'the word of its peer',
  ],
  ['doubt doubt', 'UPDATE outbox SET number = -number', 'outbox 1 number -', 'set aside'],
  ['ok done', 'UPDATE export SET number = -number', 'export 1 number -', 'set aside'],
  ['doubt doubt', 'INSERT INTO forward VALUES (1, -3, 1, 1)', 'forward 1 number -3', 'set aside'],
  ['doubt doubt', 'UPDATE import SET number = -number', 'import i1', 'set aside'],
  ['doubt doubt', "UPDATE import SET kind = 'gone', number = 77", 'import i1', 'given up'],
  ['doubt doubt chosen', 'UPDATE settle_choice SET number = 99', 'settle_choice', 'no item'],
  ['doubt doubt chosen', 'UPDATE settling SET fresh = 1', 'settle_choice', 'no item'],
  ['doubt doubt chosen', 'DELETE FROM settling', 'settle_choice', 'no item'],
  ['doubt ready chosen', 'UPDATE settling SET final = NULL', 'settling link 1', 'word is missing'],
  [
    'doubt ready chosen',
    'UPDATE settling SET peer = NULL',
    'settling link 1',
    'word of its peer is',
  ],
  ['doubt ready chosen', 'UPDATE settling SET mark = zeroblob(16)', 'settling link 1', 'last word'],
  ['doubt ready chosen', 'UPDATE settling SET peer_mark = zeroblob(16)', 'settling link 1', 'word'],
  ['doubt ready chosen', 'UPDATE link SET in1_next = in1_next + 1', 'settling link 1', 'received'],
  ['doubt ready chosen', 'UPDATE link SET in2_tail = randomblob(32)', 'settling link 1', 'lane 2'],
  ['doubt ready chosen', 'UPDATE link SET out2_next = 0', 'settling link 1', 'sent less in lane 2'],
  ['doubt ready chosen', 'UPDATE link SET next_export = 1', 'settling link 1', 'fewer names'],
  ['unchecked done', 'UPDATE settling SET peer = final', 'settling link 1', 'word of its peer'],
  ['unchecked done', "UPDATE settling SET stage = 'reset'", 'settling link 1', 'had lost'],
  ['unchecked done', 'UPDATE link SET in1_tail = zeroblob(32)', 'settling link 1', 'lane 1'],
  ['unchecked done', 'UPDATE link SET in2_next = 1', 'settling link 1', 'lane 2'],
  ['unchecked done', 'UPDATE link SET out1_receipted = 1', 'settling link 1', 'lane 1'],
  ['unchecked done', 'UPDATE link SET next_export = 0', 'settling link 1', 'the names'],
  ['ok done', "UPDATE settling SET stage = 'ready'", 'settling link 1', 'it is ready'],
  ['ok done', "UPDATE link SET reason = 'x'", 'link 1', 'its reason'],
  ['ok reset', "UPDATE settling SET stage = 'done'", 'settling link 1', 'word is missing'],
  ['ok reset', "UPDATE settling SET peer = 'x'", 'settling link 1', 'had lost the link'],
  [
    'ok reset',
    "UPDATE request SET reply = json_set(reply, '$.number', 9999) WHERE reply LIKE '%outbox%'",
    'request',
    'never sent',
  ],
];

describe('verify of a settling', () => {
  it('finds nothing wrong with any state of it', () => {
    expect(damages).toEqual([]);
    expect(commits).toBeGreaterThan(20);
    expect([...copies.keys()].toSorted()).toEqual([
      'doubt doubt',
      'doubt doubt chosen',
      'doubt ready chosen',
      'ok done',
      'ok reset',
      'unchecked done',
    ]);
  });

  it.each(DAMAGES)('of a link that is %s tells of `%s`', (state, sql, table, what) => {
    const { vat, path } = copies.get(state)!;
    const found = damagesAfter(vat, { path, sql }).join('\n');
    expect(found).toContain(table);
    expect(found).toContain(what);
  });
});
