// Verify of promises: no state of a real history is called broken, and each damage is named.

import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitEach, PROMISE_SCENARIOS, play } from '../kernel/promise-scenarios.ts';
import { keepStage, type Stage, setStage } from '../kernel/scenarios.ts';
import { copyDatabase, damagesAfter, damagesOf } from '../sim/verified.ts';

let stage: Stage;
const damages: string[] = [];
let commits = 0;

const pathOf = (state: string): string => `${stage.one.path}.${state}`;

beforeAll(() => {
  stage = setStage();
  const again = keepStage(stage);
  const { one, objects, world } = stage;
  commitEach(stage);
  let isLast = false;
  one.setWatch({
    after: ({ name }) => {
      if (name !== 'commit') return;
      commits += 1;
      damages.push(...damagesOf(one, one.path));
      if (isLast && !existsSync(pathOf('asked'))) copyDatabase(one.path, pathOf('asked'));
    },
  });
  for (const { act } of PROMISE_SCENARIOS) {
    act(stage);
    world.run();
    again();
  }
  isLast = true;
  play(stage, [
    ['promise'],
    ['keep', 1],
    ['keep', 2],
    ['send', 1, [['note', 'pipelined']]],
    ['when', 1, { fulfilled: 0, context: '"context"' }],
    // Of a message that waits first, then of a promise that follows the first one.
    ['ask', 0, [['return', '{"$":0}', [0]]], [1]],
    ['keep', 4],
    ['all', [1, 4]],
    ['keep', 5],
    ['ask', 0, [['return', '"data"']]],
    ['ask', 0, [['return', '{"$":0}', [0]]], [6]],
    ['keep', 7],
  ]);
  one.send(objects.one, [['return', '7']], { answer: true });
  world.run();
  copyDatabase(one.path, pathOf('waits'));
});
afterAll(() => stage.world.close());

/** Whether the answers are still to come, SQL, the row that is named, and a word of what is said. */
const DAMAGES: readonly (readonly [state: string, sql: string, row: string, what: string])[] = [
  ['asked', "UPDATE inbox SET answer = 'o1.0'", 'inbox', 'no promise'],
  ['asked', "UPDATE inbox SET answer = 'p99.0'", 'inbox', 'turn 99'],
  ['asked', `UPDATE inbox SET slots = '["p99.0"]'`, 'inbox', 'p99.0'],
  ['asked', `UPDATE inbox SET slots = '["s99.0"]'`, 'inbox', 's99.0'],
  ['waits', `UPDATE memory SET slots = '["x2.0"]'`, 'memory m1.1', 'no list'],
  ['waits', 'DELETE FROM holding', 'holding m1.1 p', 'does not say so'],
  ['waits', "INSERT INTO holding VALUES ('m1.1', 'p1.0')", 'holding m1.1 p1.0', 'no such'],
  ['waits', "UPDATE holding SET holder = 'o1.0'", 'holding o1.0 p', 'no such'],
  ['waits', `UPDATE memory SET slots = '[]'`, 'holding m1.1 p', 'no such promise'],
  [
    'waits',
    `DELETE FROM holding; UPDATE memory SET slots = '[]'; DELETE FROM pending WHERE kind = 'part'`,
    'promise p',
    'should have been forgotten',
  ],
  ['waits', "UPDATE promise SET id = 'p99.0' WHERE kind = 'all'", 'promise p99.0', 'turn 99'],
  ['waits', "UPDATE promise SET id = 'q1' WHERE kind = 'all'", 'promise q1', 'its id is none'],
  ['waits', "UPDATE promise SET left = 7 WHERE kind = 'all'", 'promise p', 'counts 7'],
  ['waits', "UPDATE promise SET left = 1 WHERE kind = 'answer'", 'promise p', 'counts 1'],
  ['waits', "DELETE FROM pending WHERE kind = 'part'", 'promise p', 'it waits for 0 parts'],
  ['waits', "DELETE FROM pending WHERE kind = 'follow'", 'promise p', 'what it follows'],
  ['waits', "UPDATE promise SET follows = 'p1.0' WHERE follows <> ''", 'promise p', 'it follows'],
  ['waits', "UPDATE promise SET body = '{' WHERE kind = 'all'", 'promise p', 'not JSON'],
  ['waits', `UPDATE promise SET slots = '["o7.7"]' WHERE kind = 'all'`, 'promise p', 'o7.7'],
  [
    'waits',
    "UPDATE promise SET state = 'rejected' WHERE state = 'fulfilled' AND slots <> '[]'",
    'promise p',
    'which is not rejected',
  ],
  ['waits', 'UPDATE promise SET owner = 9', 'promise', 'owner'],
  ['waits', "DELETE FROM promise WHERE kind = 'all'", 'pending p', 'nobody is left'],
  ['waits', "DELETE FROM promise WHERE kind = 'resolver'", 'pending p', 'no promise that exists'],
  ['waits', "UPDATE pending SET bytes = 1 WHERE kind = 'message'", 'pending p', 'counts 1'],
  ['waits', "UPDATE pending SET trace = 'x' WHERE kind = 'when'", 'pending p', 'its trace'],
  ['waits', 'UPDATE pending SET owner = 9', 'pending p', 'its owner'],
  ['waits', "UPDATE pending SET fulfilled = NULL WHERE kind = 'when'", 'pending p', 'no when'],
  ['waits', "UPDATE pending SET fulfilled = 'o7.7' WHERE kind = 'when'", 'pending p', 'o7.7'],
  ['waits', "UPDATE pending SET fulfilled = 'o1.0' WHERE kind = 'part'", 'pending p', 'no part'],
  ['waits', "UPDATE pending SET answer = NULL WHERE kind = 'follow'", 'pending p', 'no follow'],
  ['waits', "UPDATE pending SET answer = 'p99.0'", 'pending p', 'turn 99'],
  ['waits', "UPDATE pending SET answer = 'm1.1'", 'pending p', 'no promise'],
  ['waits', `UPDATE pending SET slots = '["o7.7"]'`, 'pending p', 'o7.7'],
  ['waits', 'UPDATE request SET answer = NULL', 'promise p', 'should have been forgotten'],
  [
    'waits',
    "UPDATE request SET answer = 'p99.0' WHERE answer <> ''",
    'request',
    'no promise of the operator',
  ],
  [
    'waits',
    'UPDATE promise SET owner = 1 WHERE owner = 0',
    'request',
    'no promise of the operator',
  ],
  [
    'waits',
    "UPDATE request SET answer = 'p1.0' WHERE json_extract(reply, '$.to') IS NULL",
    'request',
    'is no send',
  ],
  ['waits', 'UPDATE pending SET seq = seq + 1000', 'counters', 'seq of pending'],
];

describe('verify of promises', () => {
  it('finds nothing wrong with any commit of a history', () => {
    expect(damages).toEqual([]);
    expect(commits).toBeGreaterThan(20);
  });

  it.each(DAMAGES)('while it %s, tells of `%s`', (state, sql, row, what) => {
    const { one } = stage;
    const found = damagesAfter(one, { path: pathOf(state), sql });
    expect(found.filter((damage) => damage.startsWith(row)).join('\n')).toContain(what);
  });
});
