// Outbox as rows: items that await their receipt, unboxed, per peer and lane in order.

import type { Database } from 'better-sqlite3';
import type { OutboxRow, OutboxStore, Usage } from '../kernel/outbox-store-port.ts';

interface OutboxColumns {
  readonly link: number;
  readonly lane: 1 | 2;
  readonly number: number;
  readonly item: Uint8Array;
  readonly tail: Uint8Array;
  readonly share: string;
  readonly queued_ms: number;
}

/**
 * Runs a deletion of items so that nothing of them stays in a free part of a page: a swissnum that
 * was redeemed shall be gone with its receipt. For every deletion it would cost a quarter of all
 * turns (`npm run bench -- --only drain`); items are deleted once a receipt.
 */
export function deleteZeroing(db: Database, run: () => void): void {
  db.pragma('secure_delete = FAST');
  try {
    run();
  } finally {
    db.pragma('secure_delete = OFF');
  }
}

/** The outbox part of a vat's store. */
export function makeOutboxStore(db: Database): OutboxStore {
  const insert = db.prepare('INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?)');
  const rows = db.prepare(`
    SELECT * FROM outbox WHERE link = ? AND lane = ? AND number >= ? AND number < ?
    ORDER BY number LIMIT ?`);
  const tail = db
    .prepare('SELECT tail FROM outbox WHERE link = ? AND lane = ? AND number = ?')
    .pluck();
  const freed = db.prepare(`
    SELECT share, count(*) AS rows, sum(length(item)) AS bytes FROM outbox
    WHERE link = ? AND lane = ? AND number < ? GROUP BY share`);
  const remove = db.prepare('DELETE FROM outbox WHERE link = ? AND lane = ? AND number < ?');
  const usage = db.prepare(
    'SELECT share, count(*) AS rows, sum(length(item)) AS bytes FROM outbox GROUP BY share',
  );
  const ofLink = db.prepare(`
    SELECT count(*) AS rows, coalesce(sum(length(item)), 0) AS bytes, min(queued_ms) AS oldest
    FROM outbox WHERE link = ?`);
  return {
    insertOutbox: ({ link, lane, number, item, tail: after, share, queuedMs }) =>
      void insert.run(link, lane, number, item, after, share, queuedMs),
    outboxRows: (input) => {
      const { link, lane, from, below, rowsMax, bytesMax } = input;
      const found: OutboxRow[] = [];
      let bytes = 0;
      for (const row of rows.iterate(link, lane, from, below, rowsMax)) {
        const { item, queued_ms: queuedMs, ...rest } = row as OutboxColumns;
        bytes += item.length;
        if (bytes > bytesMax) break;
        found.push({ ...rest, item, queuedMs });
      }
      return found;
    },
    outboxTailAfter: ({ link, lane, number }) =>
      tail.get(link, lane, number) as Uint8Array | undefined,
    deleteOutbox: ({ link, lane, below }) => {
      const counts = freed.all(link, lane, below) as Usage[];
      if (counts.length > 0) deleteZeroing(db, () => remove.run(link, lane, below));
      return counts;
    },
    outboxUsage: () => usage.all() as Usage[],
    outboxOfLink: (link) => {
      const row = ofLink.get(link) as { rows: number; bytes: number; oldest: number | null };
      return { rows: row.rows, bytes: row.bytes, oldestMs: row.oldest ?? undefined };
    },
  };
}
