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
  const thin = db.prepare(`
    DELETE FROM checkpoint WHERE link = :link AND half = :half
      AND number >= :from AND number < :below AND EXISTS (
        SELECT 1 FROM checkpoint AS later
        WHERE later.link = checkpoint.link AND later.half = checkpoint.half
          AND later.number > checkpoint.number
          AND later.number < (checkpoint.number / :size + 1) * :size)`);
  return {
    insertCheckpoint: ({ link, half, number, tail, exports }) =>
      void insert.run(link, half, number, tail, exports),
    checkpointUpTo: ({ link, half, number }) =>
      upTo.get(link, half, number) as CheckpointRow | undefined,
    deleteCheckpoints: ({ link, sent, received }) => {
      remove.run(link, 'sent', sent);
      remove.run(link, 'received', received);
    },
    trimCheckpoints: ({ link, half, from, below, size }) =>
      void thin.run({ link, half, from, below, size: BigInt(size) }),
  };
}
