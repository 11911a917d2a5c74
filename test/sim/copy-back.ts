// Copy back: an older state of a vat's files in place of its own, and what a vat then says of a link.

import type { LinkStatus } from '../../src/kernel/ports.ts';
import type { TestVat } from './test-vat.ts';

/** Stops a vat, puts an older state of its files in place, and starts it again. */
export function copyBack(vat: TestVat, restore: () => void): void {
  vat.halt();
  restore();
  vat.revive();
}

/** What a vat says of its link with a peer. */
export function stateBetween(vat: TestVat, peer: TestVat): LinkStatus | undefined {
  return vat.status().links.find((each) => each.vat === peer.id);
}
