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
  // Again and again the owner that holds most loses its oldest: one that holds less than its part
  // loses nothing. In one statement, as there may be many at once after the limit was lowered.
  const trim = db.prepare(`
    DELETE FROM quarantine WHERE id IN (
      SELECT id FROM quarantine
      ORDER BY row_number() OVER (PARTITION BY owner ORDER BY id DESC) DESC, id LIMIT ?)`);
  return {
    insertQuarantine: ({ id, owner, target, cause, attempts, args, trace, timeMs }) => {
      const slots = formatSlots(args.slots);
      insert.run(id, owner, target, cause, attempts, args.body, slots, trace, timeMs);
    },
    trimQuarantine: (rowsMax) => {
      const rows = count.get() as number;
      if (rows > rowsMax) trim.run(rows - rowsMax);
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
