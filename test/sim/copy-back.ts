// Copy back: an older state of a vat's files in place of its own, and what a vat then says of a link.

import type { LinkStatus } from '../../src/kernel/ports.ts';
import type { TestVat } from './test-vat.ts';

/** Stops a vat, puts an older state of its files in place, and starts it again. */
export function copyBack(vat: TestVat, restore: () => void): void {
  vat.halt();
  restore();
  vat.revive();
}

/** The same for several at once: none of them runs while any is as it was. */
export function copyAllBack(vats: readonly TestVat[], restores: readonly (() => void)[]): void {
  for (const vat of vats) vat.halt();
  for (const restore of restores) restore();
  for (const vat of vats) vat.revive();
}

/** What a vat says of its link with a peer. */
export function stateBetween(vat: TestVat, peer: TestVat): LinkStatus | undefined {
  return vat.status().links.find((each) => each.vat === peer.id);
}
