// Verify, answers: what decides each promise, and by which names peers know those that cross vats.

import { HOPS_MAX } from '../core/limits.ts';
import { eachRow, parse, parseIds, type Row } from './verify-judge.ts';
import type { Part } from './verify-part.ts';
import { rule } from './verify-rules.ts';

/** What a promise of that kind and state holds. */
const held = eachRow(
  'promise',
  () => (row) =>
    hasItsData(row) ? [] : [`it holds what no ${row['kind']} does that is ${row['state']}`],
  { sql: 'SELECT id, kind, state, body, slots FROM promise', key: 'id' },
);

function hasItsData({ kind, state, body, slots }: Row): boolean {
  const references = parseIds(slots)?.length ?? 0;
  if (state === 'fulfilled') return true;
  if (state === 'rejected') return references > 0 ? body === '{"$":0}' : isFailure(parse(body));
  if (kind === 'answer' || kind === 'peer') return references === 0 && body === 'null';
  return Array.isArray(parse(body));
}

function isFailure(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { name, message } = value as Row;
  return typeof name === 'string' && typeof message === 'string';
}

/** What waits carries what its kind does. */
const waiting = eachRow(
  'pending',
  () => (row) => (isWaiting(row) ? [] : [`it carries what no ${row['kind']} does`]),
  {
    sql: "SELECT promise || ' ' || seq AS name, kind, iif(kind = 'message', '', body) AS body FROM pending",
    key: 'name',
  },
);

function isWaiting({ kind, body }: Row): boolean {
  if (kind === 'message' || (kind === 'when' && body === '')) return true;
  const value = parse(body);
  if (kind !== 'when') return value === null;
  return typeof value === 'object' && value !== null && Object.keys(value).join() === 'context';
}

const WAITS = "promise || ' ' || seq";
const NAME = "export.link || ' ' || export.kind || ' ' || export.number";
const KNOWN = "export.local GLOB 'p*'";

const EXPORTS: readonly Part[] = [
  rule(
    'export',
    'it counts or says what it cannot',
    NAME,
    `export WHERE told NOT IN (0, 1) OR given NOT IN (0, 1) OR sent < 0
      OR length(swiss_hash) <> 32`,
  ),
  rule(
    'export',
    'the peer was told what became of what is no settled promise',
    NAME,
    `export WHERE told = 1 AND local NOT IN (SELECT id FROM promise WHERE state <> 'pending')`,
  ),
  rule('export', 'it is a promise that was never said', NAME, `export WHERE ${KNOWN} AND sent < 1`),
  rule(
    'export',
    'it is a promise, and the link was dropped',
    NAME,
    `export JOIN link ON link.id = export.link WHERE ${KNOWN} AND state = 'dropped'`,
  ),
  rule(
    'link',
    'lane 1 has named what was never met',
    'id',
    `link WHERE given_export < 0 OR given_export > seen_export`,
  ),
  rule(
    'link',
    'it has things of the peer that were never met',
    'id',
    `link WHERE seen_export < (SELECT coalesce(max(number), 0) FROM import
      WHERE import.link = link.id AND kind = 'export')`,
  ),
  rule('import', 'it counts what it cannot', 'id', 'import WHERE received < 0'),
];

/** The checks of answers. */
export const ANSWER_CHECKS: readonly Part[] = [
  held,
  waiting,
  rule(
    'promise',
    'it has no whole name of who decides it',
    'id',
    `promise WHERE (link IS NULL) <> (name IS NULL) OR (link IS NULL) <> (number IS NULL)
      OR (link IS NULL AND (received <> 0 OR last <> 0))`,
  ),
  rule(
    'promise',
    'its peer decides what was never named between the two',
    'promise.id',
    `promise JOIN link ON link.id = promise.link
      WHERE number < 1 OR received < 0 OR last < 0 OR last >= out1_next
        OR (name = 'item' AND number >= out1_next) OR (name = 'export' AND number > seen_export)`,
  ),
  rule(
    'promise',
    'it is decided by a peer that was dropped',
    'promise.id',
    "promise JOIN link ON link.id = promise.link WHERE link.state = 'dropped'",
  ),
  rule(
    'promise',
    'nothing will ever settle it',
    'id',
    `promise WHERE state = 'pending' AND link IS NULL AND follows IS NULL AND (
      (kind IN ('all', 'first', 'settled') AND left = 0)
      OR (kind IN ('answer', 'peer')
        AND id NOT IN (SELECT answer FROM inbox WHERE answer IS NOT NULL)
        AND id NOT IN (SELECT answer FROM pending WHERE answer IS NOT NULL)))`,
  ),
  rule(
    'inbox',
    'another message has the same answer',
    'seq',
    `inbox WHERE answer IN (SELECT answer FROM inbox WHERE answer IS NOT NULL
      GROUP BY answer HAVING count(*) > 1)`,
  ),
  rule(
    'promise',
    'its times are none',
    'id',
    `promise WHERE made_ms < 0 OR (deadline_ms IS NOT NULL
      AND (kind NOT IN ('answer', 'first') OR (state = 'pending' AND deadline_ms <= made_ms)))`,
  ),
  rule(
    'pending',
    'it came over more vats than may be',
    WAITS,
    `pending WHERE hops < 0 OR hops > iif(kind = 'message', ${HOPS_MAX + 1}, 0)`,
  ),
  rule(
    'pending',
    'it counts in the share of nobody',
    WAITS,
    "pending WHERE share NOT IN ('operator', 'strangers') AND share NOT GLOB '[ol][1-9]*'",
  ),
  rule(
    'request',
    'what it was made of is no hash, or its time is none',
    'id',
    'request WHERE length(digest) <> 32 OR time_ms < 0',
  ),
  ...EXPORTS,
];
