// Address guard: lets a connection go only to an address that was looked at.
//
// A name is resolved once for a connection, and what was looked at is what is connected to: a name
// server that gives another answer the second time is never asked a second time.

import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { QrtError } from '../core/errors.ts';
import { hostOf, rangeOf } from './address-range.ts';

/** All addresses of a name. `dns.lookup` is one. */
export type Resolve = (
  name: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface AddressGuardOptions {
  /** Whether peers may be at addresses that are not public. */
  readonly allowPrivate: boolean;
  /** Only tests choose another one than the system's. */
  readonly resolve?: Resolve;
}

export interface AddressGuard {
  /**
   * What can be said before a connection is made. An address that stands in a URL passes by
   * `lookup`, so it MUST be looked at here. Throws QRT_ADDRESS_REFUSED.
   */
  assertUrl(url: URL): void;
  /** For `net.connect`: fails with QRT_ADDRESS_REFUSED when a name has no address that is allowed. */
  readonly lookup: LookupFunction;
}

export function makeAddressGuard(options: AddressGuardOptions): AddressGuard {
  const { allowPrivate, resolve = lookup } = options;
  const isAllowed = (address: string): boolean => allowPrivate || rangeOf(address) === undefined;

  return Object.freeze<AddressGuard>({
    assertUrl(url) {
      const host = hostOf(url);
      if (isIP(host) !== 0 && !isAllowed(host)) throw refuse(host);
    },
    lookup(name, given, callback) {
      resolve(name, { ...given, all: true }, (error, addresses) => {
        if (error) return callback(error, '');
        // Of a name with several addresses those are left out that are not allowed.
        const allowed = addresses.filter(({ address }) => isAllowed(address));
        const [first] = allowed;
        if (!first) return callback(noneOf(addresses), '');
        if (given.all) callback(null, allowed);
        else callback(null, first.address, first.family);
      });
    },
  });
}

function noneOf([first]: readonly LookupAddress[]): Error {
  if (first) return refuse(first.address);
  return Object.assign(new Error('a name without an address'), { code: 'ENOTFOUND' });
}

const refuse = (address: string): QrtError =>
  new QrtError('QRT_ADDRESS_REFUSED', { address, range: rangeOf(address) ?? 'public' });
