// Promises, many: two thousand answered sends, in a thorough run twenty and by hand a hundred thousand
// (QRT_TEST_MANY=all), leave the tables of a vat as they were.

import Database from 'better-sqlite3';
import { afterEach, expect, it } from 'vitest';
import { type LocalId, makePromiseId } from '../../src/core/ids.ts';
import { done, type Script } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { localIdOf, makeWorld, type World } from '../sim/world.ts';
import { isMany, isThorough } from '../thorough.ts';

const SENDS = isMany ? 100_000 : isThorough ? 20_000 : 2_000;
const SENDS_OF_A_TURN = 50;
const TURNS_OF_A_ROUND = 20;

let world: World;
afterEach(() => world.close());

/** How many rows each table has. */
function countRows({ path }: TestVat): Readonly<Record<string, unknown>> {
  const db = new Database(path, { readonly: true });
  const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  const tables = ['promise', 'pending', 'holding', 'inbox', 'memory', 'object', 'log', 'outbox'];
  const rows = Object.fromEntries(tables.map((table) => [table, count(table)]));
  db.close();
  return rows;
}

it('Q8 answered sends leave no row, whether their promises were kept for a while or not', {
  timeout: 600_000,
}, () => {
  world = makeWorld();
  const one = world.vat('one');
  const [sender, answerer] = [one.install(), one.install()];
  const [from, to] = [localIdOf(one, sender), localIdOf(one, answerer)];
  const memory = one.store().object(from)!.power.memory!;
  let answered = 0;
  let stored = 0;
  one.setWatch({
    after: ({ name }) => {
      if (name === 'putPromise') stored += 1;
    },
  });
  one.setScript(({ turn, target, args }) => {
    const said = JSON.parse(args.body) as { readonly left?: number; readonly value?: string };
    if (target === to) return done(turn, { answer: args });
    if (said.left !== undefined) return sendMany({ turn, from, to, memory, left: said.left });
    expect(said).toEqual({ value: 'again' });
    answered += 1;
    return done(turn);
  });
  const before = countRows(one);
  for (let sends = 0; sends < SENDS; sends += SENDS_OF_A_TURN * TURNS_OF_A_ROUND) {
    one.send(sender, [], { body: `{"left":${TURNS_OF_A_ROUND - 1}}` });
    world.run();
    if (sends === 0) one.crash();
  }
  expect(answered).toBe(SENDS);
  expect(stored).toBeGreaterThan(SENDS / 20);
  expect(countRows(one)).toEqual(before);
  expect(one.status().promises).toEqual({ pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } });
  expect(damagesOf(one, one.path)).toEqual([]);
});

interface Many {
  readonly turn: number;
  readonly from: LocalId;
  readonly to: LocalId;
  readonly memory: LocalId;
  readonly left: number;
}

/** Sends with answers and continuations; every other turn keeps its promises until the next one. */
function sendMany({ turn, from, to, memory, left }: Many): ReturnType<Script> {
  const ids = Array.from({ length: 2 * SENDS_OF_A_TURN }, (_, k) => makePromiseId(turn, k));
  const answers = ids.filter((_, k) => k % 2 === 0);
  const none = { body: '{}', slots: [] };
  const kept = { body: '{}', slots: left % 2 === 1 ? answers : [] };
  const next = { target: from, args: { ...none, body: `{"left":${left - 1}}` }, sender: from };
  const args = { ...none, body: '"again"' };
  return done(turn, {
    memory: [{ id: memory, value: kept }],
    sends: [
      ...answers.map((answer) => ({ target: to, args, sender: from, answer })),
      ...(left > 0 ? [next] : []),
    ],
    whens: answers.map((promise, n) => ({
      ...{ promise, fulfilled: from, sender: from },
      answer: ids[2 * n + 1]!,
    })),
  });
}
