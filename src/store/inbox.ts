// The inbox as rows: messages that wait for their turn.

import type { Database } from 'better-sqlite3';
import type { LocalId } from '../core/ids.ts';
import { capdataBytes } from '../core/power.ts';
import type { Usage } from '../kernel/outbox-store-port.ts';
import type { InboxRow, InboxStore } from '../kernel/store-port.ts';
import { formatSlots, parseSlots } from './objects.ts';

/** Columns in their order in the table: read as a list, which costs half of reading a record. */
type InboxColumns = readonly [
  owner: number,
  seq: number,
  share: string,
  target: LocalId,
  body: string,
  slots: string,
  trace: string,
  originLink: number | null,
  originNumber: number | null,
  attemptsLimit: number,
  attemptsUnknown: number,
  answer: LocalId | null,
];

/** The inbox part of a vat's store. */
export function makeInboxStore(db: Database): InboxStore {
  const owners = db.prepare('SELECT DISTINCT owner FROM inbox ORDER BY owner').pluck();
  const after = db
    .prepare(`
      SELECT owner, seq, share, target, body, slots, trace, origin_link, origin_number,
        attempts_limit, attempts_unknown, answer
      FROM inbox WHERE owner = ? AND seq > ? ORDER BY seq LIMIT ?`)
    .raw();
  const insert = db.prepare('INSERT INTO inbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const remove = db.prepare('DELETE FROM inbox WHERE owner = ? AND seq = ?');
  const attempts = db.prepare(
    'UPDATE inbox SET attempts_limit = ?, attempts_unknown = ? WHERE owner = ? AND seq = ?',
  );
  const usage = db.prepare(
    `SELECT share, count(*) AS rows, sum(bytes) AS bytes
     FROM (SELECT share, bytes FROM inbox UNION ALL SELECT share, bytes FROM pending)
     GROUP BY share`,
  );
  const count = db.prepare('SELECT count(*) FROM inbox').pluck();
  return {
    waitingOwners: () => owners.all() as number[],
    inboxAfter: ({ owner, seq, limit }) =>
      (after.all(owner, seq, limit) as InboxColumns[]).map(parseRow),
    insertInbox: (row) =>
      void insert.run(
        row.owner,
        row.seq,
        row.share,
        row.target,
        row.args.body,
        formatSlots(row.args.slots),
        row.trace,
        row.origin?.link ?? null,
        row.origin?.number ?? null,
        row.attemptsLimit,
        row.attemptsUnknown,
        capdataBytes(row.args),
        row.answer ?? null,
      ),
    deleteInbox: (owner, seq) => void remove.run(owner, seq),
    updateAttempts: (row) =>
      void attempts.run(row.attemptsLimit, row.attemptsUnknown, row.owner, row.seq),
    inboxUsage: () => usage.all() as Usage[],
    countInbox: () => count.get() as number,
  };
}

function parseRow(row: InboxColumns): InboxRow {
  const [owner, seq, share, target, body, slots, trace, link, number] = row;
  const [attemptsLimit, attemptsUnknown] = [row[9], row[10]];
  const args = { body, slots: parseSlots(slots) };
  const answer = row[11];
  return {
    ...{ owner, seq, share, target, args, trace, attemptsLimit, attemptsUnknown },
    ...(link === null || number === null ? {} : { origin: { link, number } }),
    ...(answer === null ? {} : { answer }),
  };
}
