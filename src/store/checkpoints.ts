// Checkpoints as rows: the tails of lane 1 of each link at the items that made names.

import type { Database } from 'better-sqlite3';
import type { CheckpointRow, CheckpointStore } from '../kernel/settle-store-port.ts';

/** The checkpoint part of a vat's store. */
export function makeCheckpointStore(db: Database): CheckpointStore {
  const insert = db.prepare('INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?)');
  const upTo = db.prepare(`
    SELECT * FROM checkpoint WHERE link = ? AND half = ? AND number <= ?
    ORDER BY number DESC LIMIT 1`);
  const remove = db.prepare('DELETE FROM checkpoint WHERE link = ? AND half = ? AND number > ?');
  return {
    insertCheckpoint: ({ link, half, number, tail, exports }) =>
      void insert.run(link, half, number, tail, exports),
    checkpointUpTo: ({ link, half, number }) =>
      upTo.get(link, half, number) as CheckpointRow | undefined,
    deleteCheckpoints: ({ link, sent, received }) => {
      remove.run(link, 'sent', sent);
      remove.run(link, 'received', received);
    },
  };
}
