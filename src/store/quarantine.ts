// Quarantine as rows: copies of messages that were taken out, bounded, owners sharing the bounds.

import type { Database } from 'better-sqlite3';
import type { LocalId } from '../core/ids.ts';
import type { QuarantineStore } from '../kernel/keeping-store-port.ts';
import { formatSlots, parseSlots } from './objects.ts';

interface QuarantineColumns {
  readonly id: number;
  readonly owner: number;
  readonly target: LocalId;
  readonly cause: string;
  readonly attempts: number;
  readonly body: string;
  readonly slots: string;
  readonly trace: string;
  readonly timeMs: number;
}

/** The quarantine of a vat. */
export function makeQuarantineStore(db: Database): QuarantineStore {
  const insert = db.prepare('INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const byId = db.prepare(`
    SELECT id, owner, target, cause, attempts, body, slots, trace, time_ms AS timeMs
    FROM quarantine WHERE id = ?`);
  const remove = db.prepare('DELETE FROM quarantine WHERE id = ?');
  const count = db.prepare('SELECT count(*) FROM quarantine').pluck();
  // The owner that holds most loses its oldest: one that holds less than its part loses nothing.
  const first = db.prepare(`
    DELETE FROM quarantine WHERE id = (SELECT min(id) FROM quarantine WHERE owner = (
      SELECT owner FROM quarantine GROUP BY owner ORDER BY count(*) DESC, min(id) LIMIT 1))`);
  return {
    insertQuarantine: ({ id, owner, target, cause, attempts, args, trace, timeMs }) => {
      const slots = formatSlots(args.slots);
      insert.run(id, owner, target, cause, attempts, args.body, slots, trace, timeMs);
    },
    trimQuarantine: (rowsMax) => {
      for (let rows = count.get() as number; rows > rowsMax; rows -= 1) first.run();
    },
    countQuarantine: () => count.get() as number,
    quarantined: (id) => {
      const row = byId.get(id) as QuarantineColumns | undefined;
      if (!row) return undefined;
      const { body, slots, ...rest } = row;
      return { ...rest, args: { body, slots: parseSlots(slots) } };
    },
    deleteQuarantined: (id) => void remove.run(id),
  };
}
