// Lane rules: what a receiver makes of a box's lane, and what a sender makes of a receipt's.
//
// Pure: numbers, tails and a hash come in, a verdict goes out. A tail is the running SHA-256 of
// all items of a lane, by which both sides know that they mean the same history.

import type { BoxLane } from './wire.ts';

/** Bytes of a tail; a lane begins with zeros. */
const TAIL_BYTES = 32;

export type Hash = (...parts: readonly Uint8Array[]) => Uint8Array;

/** The tail of a lane without items. */
export const makeEmptyTail = (): Uint8Array => new Uint8Array(TAIL_BYTES);

/** The tail after an item: SHA-256(tail before, number as 8 bytes big endian, item bytes). */
export function extendTail(
  hash: Hash,
  input: { readonly tail: Uint8Array; readonly number: number; readonly item: Uint8Array },
): Uint8Array {
  const number = Buffer.allocUnsafe(8);
  number.writeBigUInt64BE(BigInt(input.number));
  return hash(input.tail, number, input.item);
}

/** Whether two tails are the same history. */
function isSameTail(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** What a receiver does with one lane of a box. */
export type ArrivalVerdict =
  /** Take the items from index `skip` on. */
  | { readonly verdict: 'next'; readonly skip: number }
  /** Only items that are here already: receipt them again. */
  | { readonly verdict: 'old' }
  /** The first item is not yet due: say which is. */
  | { readonly verdict: 'gap' }
  /** The sender means another history. */
  | { readonly verdict: 'doubt' };

/** `next` 0 means that no box was accepted yet: the lane begins where the box says. */
export function classifyArrival(
  hash: Hash,
  state: { readonly next: number; readonly tail: Uint8Array },
  lane: BoxLane,
): ArrivalVerdict {
  if (state.next === 0) return { verdict: 'next', skip: 0 };
  if (lane.first > state.next) return { verdict: 'gap' };
  const skip = state.next - lane.first;
  if (skip > lane.items.length) return { verdict: 'old' };
  let tail = lane.tail;
  for (let index = 0; index < skip; index += 1) {
    tail = extendTail(hash, { tail, number: lane.first + index, item: lane.items[index]! });
  }
  if (!isSameTail(tail, state.tail)) return { verdict: 'doubt' };
  return skip === lane.items.length && skip > 0 ? { verdict: 'old' } : { verdict: 'next', skip };
}

/** What a sender does with one lane of a receipt. */
export type ReceiptVerdict =
  /** Everything below `next` is stored by the peer. */
  | { readonly verdict: 'advance'; readonly next: number }
  | { readonly verdict: 'doubt'; readonly reason: string };

/** `tailBefore(n)` is the sender's own tail before item n, undefined when it is not known. */
export function classifyReceipt(
  lane: { readonly next: number; readonly receipted: number },
  receipt: { readonly next: number; readonly tail: Uint8Array },
  tailBefore: (number: number) => Uint8Array | undefined,
): ReceiptVerdict {
  if (receipt.next > lane.next) {
    return doubt(`the peer has items up to ${receipt.next - 1}, ours end at ${lane.next - 1}`);
  }
  if (receipt.next < lane.receipted) {
    return doubt(`the peer lost items ${receipt.next} to ${lane.receipted - 1}`);
  }
  const tail = tailBefore(receipt.next);
  if (!tail || !isSameTail(tail, receipt.tail)) {
    return doubt(`the peer has other items below ${receipt.next}`);
  }
  return { verdict: 'advance', next: receipt.next };
}

const doubt = (reason: string): ReceiptVerdict => ({ verdict: 'doubt', reason });
