// Restored: what of a database must not be believed any more once it came out of a backup.

import { type DatabasePlace, guarded, openDatabase } from './open.ts';

/** Brings a restored database up to date and marks it. */
export function markRestored(place: DatabasePlace): void {
  const db = openDatabase(place);
  guarded(place.path, () => {
    try {
      // The vat may have signed newer ones since: without its text it signs one above all of them.
      db.prepare("UPDATE contact SET record = '' WHERE vat = ?").run(place.vat);
    } finally {
      db.close();
    }
  });
}
