// Hand: writes to a vat's database with another program's hands, as no operator should.

import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';

/** Opens the database of a vat that is down; without its sums it is believed. */
export function openByHand(path: string): Database.Database {
  rmSync(`${path}-sum`, { force: true });
  return new Database(path);
}
