// Verified: what `qrt verify` finds in the database of a test's vat, as it is at this moment.

import { makeProofs } from '../../src/node/verify.ts';
import { verifyStore } from '../../src/store/verify.ts';
import type { TestVat } from './test-vat.ts';

/** What is damaged, as texts. What is not committed does not count. */
export function damagesOf({ sealer }: Pick<TestVat, 'sealer'>, path: string): readonly string[] {
  // A signature takes as long to verify as all the rest.
  const proofs = { ...makeProofs(sealer), isContact: () => true };
  const found = verifyStore({ path, vat: sealer.vat, proofs });
  return [...found].map(({ table, row, what }) => `${table} ${row}: ${what}`);
}
