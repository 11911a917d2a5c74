// Restored: what of a database must not be believed any more once it came out of a backup.

import { type DatabasePlace, guarded, openKept } from './open.ts';

/** Brings a restored database up to date and marks it. Returns how many links are unchecked now. */
export function markRestored(place: DatabasePlace): number {
  const db = openKept(place);
  return guarded(place.path, () => {
    try {
      return db.transaction(() => {
        // The vat may have signed newer ones since: without its text it signs one above all of them.
        db.prepare("UPDATE contact SET record = '' WHERE vat = ?").run(place.vat);
        // What was settled since, and with which words, nobody here knows: a doubt begins anew.
        db.exec('DELETE FROM settle_choice; DELETE FROM settling;');
        return db.prepare(UNCHECK).run().changes;
      })();
    } finally {
      db.close();
    }
  });
}

const UNCHECK = `
  UPDATE link SET state = 'unchecked', reason = 'restored from a backup'
  WHERE state IN ('ok', 'unchecked', 'doubt')`;
