// Admission: whether a box may be opened at all, decided before any work on keys.
//
// The clear part of a box names its sender, and anybody can write a name there. So strangers have
// little in all, and less for each address. Who claims to be a peer pays with the allowance of its
// address until a box brought something of that peer from there; from then on that peer at that
// address depends on nobody else: neither on strangers, nor on who shares the address with it and
// forges its name. What opens and brings nothing new can have been recorded by anyone, proves
// nothing, and has an allowance of its own. Nothing of this is on disk.

import { makeBuckets } from '../core/buckets.ts';
import {
  ADDRESSES_MAX,
  CLAIMS_BURST,
  CLAIMS_PER_SECOND,
  PROVEN_ADDRESSES_MAX,
  REPEATS_BURST,
  REPEATS_PER_SECOND,
  STRANGERS_PER_ADDRESS_BURST,
  STRANGERS_PER_ADDRESS_SECOND,
  STRANGERS_PER_SECOND,
} from '../core/flood-limits.ts';
import type { Island } from './island.ts';
import type { Link } from './links.ts';

export interface Admission {
  /** Whether what came from `address` and names the vat of `link` as its sender may be opened. */
  admits(address: string, link: Link | undefined): boolean;
  /** It opened as a box of that vat; `isNew` if it brought something that no box had before. */
  opened(address: string, link: Link, isNew: boolean): void;
}

export function makeAdmission({ clock }: Pick<Island, 'clock'>): Admission {
  const nowMs = clock.monotonicMs;
  const vat = makeBuckets({
    ...{ nowMs, keysMax: 1 },
    ...{ burst: STRANGERS_PER_SECOND, perSecond: STRANGERS_PER_SECOND },
  });
  const strangers = makeBuckets({
    ...{ nowMs, keysMax: ADDRESSES_MAX },
    ...{ burst: STRANGERS_PER_ADDRESS_BURST, perSecond: STRANGERS_PER_ADDRESS_SECOND },
  });
  const claims = makeBuckets({
    ...{ nowMs, keysMax: ADDRESSES_MAX },
    ...{ burst: CLAIMS_BURST, perSecond: CLAIMS_PER_SECOND },
  });
  /** By link, the addresses at which it is proven. */
  const proven = new WeakMap<Link, ReturnType<typeof makeBuckets>>();
  const makeProven = () =>
    makeBuckets({
      ...{ nowMs, keysMax: PROVEN_ADDRESSES_MAX },
      ...{ burst: REPEATS_BURST, perSecond: REPEATS_PER_SECOND },
    });

  return Object.freeze<Admission>({
    admits(address, link) {
      // The address first: one alone MUST not use up what all have together.
      if (link === undefined) return strangers.take(address) && vat.take('');
      const places = proven.get(link);
      return places?.holds(address) ? places.has(address) : claims.take(address);
    },
    opened(address, link, isNew) {
      const places = proven.get(link) ?? makeProven();
      if (places.holds(address)) {
        if (isNew) places.give(address);
        else places.take(address);
      } else if (isNew) {
        proven.set(link, places);
        places.give(address);
        claims.give(address);
      }
    },
  });
}
