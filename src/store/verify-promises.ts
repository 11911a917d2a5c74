// Verify, promises: each promise and what waits for it, and whether exactly those are there that
// somebody can observe.

import { isPromiseId, type LocalId } from '../core/ids.ts';
import { capdataBytes } from '../core/power.ts';
import {
  eachRow,
  judgeAnswer,
  judgeMade,
  makeIdJudge,
  makeSlotJudge,
  parse,
  parseIds,
  type Row,
  readTurn,
  TRACE,
} from './verify-judge.ts';
import type { Part } from './verify-part.ts';
import { rule } from './verify-rules.ts';

/** As the index is made of both kinds, it serves only who names both. */
const PARTS_OF = `SELECT count(*) FROM pending
  WHERE answer = ? AND kind IN ('follow', 'part') AND kind = 'part'`;

const promise = eachRow(
  'promise',
  (db) => {
    const judgeSlots = makeSlotJudge(db);
    const turn = readTurn(db);
    const stateOf = db.prepare('SELECT state FROM promise WHERE id = ?').pluck();
    const parts = db.prepare(PARTS_OF).pluck();
    return (row) => {
      const id = String(row['id']);
      const waits = isCombination(row) ? parts.get(id) : 0;
      return [
        ...(isPromiseId(id) ? judgeMade(id, turn) : ['its id is none']),
        ...judgeSlots(row['slots']),
        ...(parse(row['body']) === undefined ? ['what it holds is not JSON'] : []),
        ...(row['left'] === waits ? [] : [`it waits for ${waits} parts and counts ${row['left']}`]),
        ...judgeAlias(row, (other) => stateOf.get(other)),
      ];
    };
  },
  { key: 'id' },
);

/** One that waits for the promises among its parts. */
const isCombination = ({ kind, state }: Row): boolean =>
  state === 'pending' && ['all', 'first', 'settled'].includes(String(kind));

/** Where a promise followed another one, the other has the value. */
function judgeAlias(
  { state, body, slots }: Row,
  stateOf: (id: LocalId) => unknown,
): readonly string[] {
  const [followed] = parseIds(slots) ?? [];
  if (state === 'pending') return [];
  if (followed === undefined || body !== '{"$":0}' || !isPromiseId(followed)) return [];
  const found = stateOf(followed);
  return found === state ? [] : [`it became what ${followed} is, which is not ${state}`];
}

const pending = eachRow(
  'pending',
  (db) => {
    const judgeSlots = makeSlotJudge(db);
    const judgeId = makeIdJudge(db);
    const turn = readTurn(db);
    return (row) => {
      const counted = capdataBytes({
        body: String(row['body']),
        slots: parseIds(row['slots']) ?? [],
      });
      const targets = [row['fulfilled'], row['rejected']].filter((id) => id !== null);
      return [
        ...(counted === row['bytes'] ? [] : [`it has ${counted} bytes and counts ${row['bytes']}`]),
        ...(TRACE.test(String(row['trace'])) ? [] : ['its trace is none']),
        ...(hasItsParts(row) ? [] : [`it is no ${row['kind']}`]),
        ...judgeAnswer(row['answer'], turn),
        ...judgeSlots(row['slots']),
        ...targets.flatMap((id) => judgeId(id as LocalId)),
      ];
    };
  },
  { sql: "SELECT *, promise || ' ' || seq AS name FROM pending", key: 'name' },
);

function hasItsParts({ kind, fulfilled, rejected, answer }: Row): boolean {
  if (kind === 'when') return fulfilled !== null || rejected !== null;
  return fulfilled === null && rejected === null && (kind === 'message' || answer !== null);
}

/** What a list of references holds, where it can be read. */
const held = (table: string, where = 'true'): string =>
  `${table}, json_each(iif(json_valid(${table}.slots), ${table}.slots, '[]')) AS slot
    WHERE ${table}.slots LIKE '%"p%' AND slot.value GLOB 'p*' AND ${where}`;

const KEPT = `
  SELECT memory.id AS holder, slot.value AS promise FROM ${held('memory')}
  UNION SELECT object.id, slot.value FROM ${held('object', "state = 'live'")}`;

const PASSING = `
  SELECT slot.value FROM ${held('inbox')}
  UNION SELECT slot.value FROM ${held('pending')}
  UNION SELECT slot.value FROM ${held('promise')}
  UNION SELECT fulfilled FROM pending WHERE fulfilled IS NOT NULL
  UNION SELECT rejected FROM pending WHERE rejected IS NOT NULL
  UNION SELECT answer FROM request WHERE answer IS NOT NULL`;

/** The checks of promises. */
export const PROMISE_CHECKS: readonly Part[] = [
  promise,
  pending,
  rule(
    'pending',
    'it waits for no promise that exists',
    "promise || ' ' || seq",
    'pending WHERE promise NOT IN (SELECT id FROM promise)',
  ),
  rule(
    'pending',
    'its owner does not exist',
    "promise || ' ' || seq",
    'pending WHERE owner NOT IN (SELECT id FROM owner)',
  ),
  rule(
    'pending',
    'nobody is left who waits',
    "promise || ' ' || seq",
    `pending WHERE kind IN ('follow', 'part')
      AND answer NOT IN (SELECT id FROM promise WHERE state = 'pending')`,
  ),
  rule(
    'promise',
    'it does not wait for what it follows',
    'id',
    `promise WHERE follows IS NOT NULL AND (state <> 'pending' OR NOT EXISTS (
      SELECT 1 FROM pending
      WHERE pending.promise = follows AND pending.kind = 'follow' AND answer = id))`,
  ),
  rule(
    'holding',
    'it holds no such promise',
    "holder || ' ' || promise",
    `holding WHERE (holder, promise) NOT IN (${KEPT})`,
  ),
  rule(
    'holding',
    'it holds the promise, which does not say so',
    "holder || ' ' || promise",
    `(${KEPT}) WHERE (holder, promise) NOT IN (SELECT holder, promise FROM holding)`,
  ),
  rule(
    'request',
    'its answer is no promise of the operator',
    'id',
    `request WHERE answer IS NOT NULL
      AND answer NOT IN (SELECT id FROM promise WHERE owner = 0 AND kind = 'answer')`,
  ),
  rule(
    'request',
    'it has an answer and is no send',
    'id',
    `request WHERE answer IS NOT NULL AND json_valid(reply)
      AND json_extract(reply, '$.to') IS NULL`,
  ),
  rule(
    'promise',
    'nothing holds it and nothing waits for it, so it should have been forgotten',
    'id',
    `promise WHERE id NOT IN (SELECT promise FROM holding)
      AND id NOT IN (SELECT promise FROM pending) AND id NOT IN (${PASSING})
      AND id NOT IN (SELECT local FROM export)
      AND NOT EXISTS (SELECT 1 FROM link WHERE link.id = promise.link
        AND (last >= out1_receipted OR (name = 'export' AND number > given_export)))`,
  ),
];
