// Verified: what `qrt verify` finds in the database of a test's vat, as it is at this moment.

import { copyFileSync, existsSync } from 'node:fs';
import { makeProofs } from '../../src/node/verify.ts';
import { verifyStore } from '../../src/store/verify.ts';
import { openByHand } from './hand.ts';
import type { TestVat } from './test-vat.ts';

type Known = Pick<TestVat, 'sealer'>;

/** What is damaged, as texts. What is not committed does not count. */
export function damagesOf({ sealer }: Known, path: string): readonly string[] {
  // A signature takes as long to verify as all the rest.
  const proofs = { ...makeProofs(sealer), isContact: () => true };
  const found = verifyStore({ path, vat: sealer.vat, proofs });
  return [...found].map(({ table, row, what }) => `${table} ${row}: ${what}`);
}

/** Copies the files of a database, without the index of its log; returns where the copy is. */
export function copyDatabase(from: string, to: string): string {
  for (const end of ['', '-wal', '-sum'].filter((each) => existsSync(from + each))) {
    copyFileSync(from + end, to + end);
  }
  return to;
}

/** What is damaged in a copy of such a database once that SQL, which changes some of it, has run on it. */
export function damagesAfter(
  vat: Known,
  { path, sql }: { readonly path: string; readonly sql: string },
): readonly string[] {
  const damaged = copyDatabase(path, `${path}.damaged`);
  const db = openByHand(damaged);
  db.pragma('foreign_keys = OFF');
  const changes = db.prepare('SELECT total_changes()').pluck();
  const before = changes.get() as number;
  db.exec(sql);
  const isChanged = (changes.get() as number) > before;
  db.close();
  if (!isChanged) throw new Error(`changes nothing: ${sql}`);
  return damagesOf(vat, damaged);
}
