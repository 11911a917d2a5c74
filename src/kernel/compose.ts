// Compose: takes capdata apart and puts it together again, as answers become args of continuations.
//
// It goes through live data, never through texts: what a stranger wrote could close a bracket.

import { encode } from '../core/capdata.ts';
import { decode } from '../core/capdata-decode.ts';
import type { LocalId } from '../core/ids.ts';
import { ARGS_BYTES_MAX } from '../core/limits.ts';
import type { Capdata } from '../core/power.ts';

/** A reference while its data is taken apart. */
export class Slot {
  readonly id: LocalId;

  constructor(id: LocalId) {
    this.id = id;
  }
}

const ONE_REFERENCE = /^\s*\{\s*"\$"\s*:\s*(\d{1,4})\s*\}\s*$/;
const ONE_REFERENCE_BYTES = 100;

/** Data with a Slot for each reference. Throws QRT_DATA_MALFORMED. */
export function unpack(data: Capdata<LocalId>): unknown {
  return decode(data, { makeReference: (id) => new Slot(id) });
}

/** The reverse of unpack, at most as large as args may be. Throws QRT_DATA_*. */
export function pack(value: unknown, what: string): Capdata<LocalId> {
  return encode(value, {
    what,
    bytesMax: ARGS_BYTES_MAX,
    isProxy: () => false,
    slotOf: (one) => (one instanceof Slot ? one.id : undefined),
  });
}

/** The reference that is all of some data; undefined for any other data. */
export function singleReference({ body, slots }: Capdata<LocalId>): LocalId | undefined {
  if (slots.length === 0 || body.length > ONE_REFERENCE_BYTES) return undefined;
  const index = ONE_REFERENCE.exec(body)?.[1];
  return index === undefined ? undefined : slots[Number(index)];
}
