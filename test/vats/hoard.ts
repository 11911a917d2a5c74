// Hoard: fills the inbox of a test vat for a while, so that nobody finds room who holds none.

import type { TestObject } from '../../src/testing/make-test-vat.ts';
import type { GuestVat } from './kit.ts';

/** The fewest rows that can be chosen for a queue. */
export const ROWS = 100;
/** Each takes half of what is left. */
const HOARDERS = 8;
const HOARD_MS = 1_000;

/** Woken by its own alarm clock, it waits so often for nothing as there is room. */
const HOARDER = `({ self, fillMs, context }) => {
  const alarm = Q.promise({ deadlineMs: fillMs ?? ${HOARD_MS} }).promise;
  if (context === undefined) return void Q.when(alarm, { rejected: self, context: { self } });
  try {
    for (;;) Q.when(alarm, { fulfilled: alarm });
  } catch { /* There is no room left. */ }
}`;

/** When that time is over, on the vat's clock, the inbox is full; after a second it is free again. */
export async function hoardAfter(vat: GuestVat, fillMs: number): Promise<void> {
  const hoarders: TestObject[] = [];
  for (let n = 0; n < HOARDERS; n += 1) hoarders.push(await vat.object(HOARDER));
  for (const hoarder of hoarders) await vat.done(hoarder, { self: hoarder, fillMs });
}
