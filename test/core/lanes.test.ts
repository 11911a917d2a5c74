// Lane rules against a naive model that keeps and compares whole histories instead of tails.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  classifyArrival,
  classifyReceipt,
  extendTail,
  makeEmptyTail,
} from '../../src/core/lanes.ts';
import { sha256 } from '../../src/crypto/hash.ts';

/** A history: what each number stands for, from 1. */
type History = readonly string[];

const bytesOf = (text: string): Uint8Array => Buffer.from(text);

/** The tail before item `number` of a history. */
function tailBefore(history: History, number: number): Uint8Array {
  let tail = makeEmptyTail();
  for (let n = 1; n < number; n += 1) {
    tail = extendTail(sha256, { tail, number: n, item: bytesOf(history[n - 1]!) });
  }
  return tail;
}

const isSame = (one: History, other: History, below: number): boolean =>
  JSON.stringify(one.slice(0, below - 1)) === JSON.stringify(other.slice(0, below - 1));

/** Two histories that part at some point, or never. */
const histories = fc
  .record({
    common: fc.array(fc.string({ maxLength: 3 }), { maxLength: 8 }),
    one: fc.array(fc.string({ maxLength: 3 }), { maxLength: 4 }),
    other: fc.array(fc.string({ maxLength: 3 }), { maxLength: 4 }),
  })
  .map(({ common, one, other }) => ({ sender: [...common, ...one], peer: [...common, ...other] }));

describe('classifyArrival', () => {
  it('decides as one would who compares whole histories', () => {
    const input = fc.tuple(histories, fc.nat(12), fc.nat(12), fc.nat(12));
    fc.assert(
      fc.property(input, ([{ sender, peer }, seenAt, firstAt, countAt]) => {
        const next = 1 + (seenAt % (peer.length + 1));
        const first = 1 + (firstAt % (sender.length + 1));
        const items = sender.slice(first - 1, first - 1 + countAt);
        const lane = { first, tail: tailBefore(sender, first), items: items.map(bytesOf) };
        const verdict = classifyArrival(sha256, { next, tail: tailBefore(peer, next) }, lane);

        const skip = next - first;
        const expected =
          skip < 0
            ? { verdict: 'gap' }
            : skip > items.length
              ? { verdict: 'old' }
              : !isSame(sender, peer, next)
                ? { verdict: 'doubt' }
                : skip === items.length && skip > 0
                  ? { verdict: 'old' }
                  : { verdict: 'next', skip };
        expect(verdict).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a lane that never began begins with any box', () => {
    fc.assert(
      fc.property(histories, fc.nat(12), ({ sender }, at) => {
        const first = 1 + (at % (sender.length + 1));
        const items = sender.slice(first - 1).map(bytesOf);
        const lane = { first, tail: tailBefore(sender, first), items };
        const verdict = classifyArrival(sha256, { next: 0, tail: makeEmptyTail() }, lane);
        expect(verdict).toEqual({ verdict: 'next', skip: 0 });
      }),
    );
  });
});

describe('classifyReceipt', () => {
  it('decides as one would who compares whole histories', () => {
    const input = fc.tuple(histories, fc.nat(12), fc.nat(12));
    fc.assert(
      fc.property(input, ([{ sender, peer }, receiptedAt, nextAt]) => {
        const next = sender.length + 1;
        const receipted = 1 + (receiptedAt % next);
        const stated = 1 + (nextAt % (peer.length + 1));
        const receipt = { next: stated, tail: tailBefore(peer, stated) };
        const verdict = classifyReceipt({ next, receipted }, receipt, (number) =>
          number < receipted || number > next ? undefined : tailBefore(sender, number),
        );

        const isKnown = stated >= receipted && stated <= next;
        if (isKnown && isSame(sender, peer, stated)) {
          expect(verdict).toEqual({ verdict: 'advance', next: stated });
        } else expect(verdict.verdict).toBe('doubt');
      }),
      { numRuns: 1_000 },
    );
  });

  it('a lane that the peer never began is doubted', () => {
    const receipt = { next: 0, tail: makeEmptyTail() };
    const tail = (): Uint8Array => makeEmptyTail();
    expect(classifyReceipt({ next: 1, receipted: 1 }, receipt, tail).verdict).toBe('doubt');
  });
});

/** Both ends of one lane, as far as they are on disk. */
interface Lane {
  readonly sent: string[];
  receipted: number;
  readonly received: string[];
  isDoubted: boolean;
}

type Step =
  | { readonly do: 'queue'; readonly item: string }
  /** A box of up to `count` items; its receipt is lost or comes back. */
  | { readonly do: 'post'; readonly count: number; readonly isReceiptLost: boolean }
  /** A box from before arrives once more; nobody waits for its receipt. */
  | { readonly do: 'repeat'; readonly box: number }
  | { readonly do: 'keep'; readonly side: 'sender' | 'receiver' }
  | { readonly do: 'roll back'; readonly side: 'sender' | 'receiver' };

/** A box, with the history that its sender meant, which only the model may look at. */
interface SentBox {
  readonly first: number;
  readonly history: History;
  readonly count: number;
}

/** Takes a box as a receiver does; returns the receipt, undefined in doubt. */
function arrive(lane: Lane, { first, history, count }: SentBox): number | undefined {
  const next = lane.received.length + 1;
  const items = history.slice(first - 1, first - 1 + count);
  const box = { first, tail: tailBefore(history, first), items: items.map(bytesOf) };
  const state = { next, tail: tailBefore(lane.received, next) };
  const verdict = classifyArrival(sha256, state, box);
  if (verdict.verdict === 'doubt') return undefined;
  if (verdict.verdict === 'next') lane.received.push(...items.slice(verdict.skip));
  return lane.received.length + 1;
}

function post(lane: Lane, step: Extract<Step, { do: 'post' }>, boxes: SentBox[]): void {
  const box = { first: lane.receipted, history: [...lane.sent], count: step.count };
  boxes.push(box);
  const before = lane.received.length;
  const next = arrive(lane, box);
  // What was accepted continues the very history that the sender has.
  if (next !== undefined && lane.received.length > before) {
    expect(lane.received).toEqual(lane.sent.slice(0, lane.received.length));
  }
  if (step.isReceiptLost && next !== undefined) return;
  const verdict =
    next === undefined
      ? { verdict: 'doubt' as const }
      : classifyReceipt(
          { next: lane.sent.length + 1, receipted: lane.receipted },
          { next, tail: tailBefore(lane.received, next) },
          (number) => (number < lane.receipted ? undefined : tailBefore(lane.sent, number)),
        );
  if (verdict.verdict === 'doubt') lane.isDoubted = true;
  else {
    // What is deleted is stored by the peer.
    expect(lane.received.slice(0, verdict.next - 1)).toEqual(lane.sent.slice(0, verdict.next - 1));
    lane.receipted = verdict.next;
  }
}

function play(steps: readonly Step[]): Lane {
  const lane: Lane = { sent: [], receipted: 1, received: [], isDoubted: false };
  const boxes: SentBox[] = [];
  const kept = { sender: { sent: [] as string[], receipted: 1 }, receiver: [] as string[] };
  for (const step of steps) {
    if (lane.isDoubted) break;
    switch (step.do) {
      case 'queue':
        lane.sent.push(`${lane.sent.length} ${step.item}`);
        break;
      case 'post':
        post(lane, step, boxes);
        break;
      case 'repeat':
        if (boxes.length > 0) arrive(lane, boxes[step.box % boxes.length]!);
        break;
      case 'keep':
        if (step.side === 'receiver') kept.receiver = [...lane.received];
        else kept.sender = { sent: [...lane.sent], receipted: lane.receipted };
        break;
      case 'roll back':
        if (step.side === 'receiver') lane.received.splice(0, Infinity, ...kept.receiver);
        else {
          lane.sent.splice(0, Infinity, ...kept.sender.sent);
          lane.receipted = kept.sender.receipted;
        }
        break;
    }
  }
  return lane;
}

const honest: fc.Arbitrary<Step>[] = [
  fc.record({ do: fc.constant('queue' as const), item: fc.string({ maxLength: 2 }) }),
  fc.record({
    do: fc.constant('post' as const),
    count: fc.nat(6),
    isReceiptLost: fc.boolean(),
  }),
  fc.record({ do: fc.constant('repeat' as const), box: fc.nat(20) }),
];
const side = fc.constantFrom('sender' as const, 'receiver' as const);
const dishonest: fc.Arbitrary<Step>[] = [
  fc.record({ do: fc.constant('keep' as const), side }),
  fc.record({ do: fc.constant('roll back' as const), side }),
];

describe('lane', () => {
  it('Q46 over any losses and repetitions each item is taken once, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(...honest), { maxLength: 60 }), (steps) => {
        const lane = play([...steps, { do: 'post', count: 1_000, isReceiptLost: false }]);
        expect(lane).toMatchObject({ isDoubted: false, receipted: lane.sent.length + 1 });
        expect(lane.received).toEqual(lane.sent);
      }),
      { numRuns: 300 },
    );
  });

  it('over any rollback of either side nothing is taken or deleted that is not agreed', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(...honest, ...dishonest), { maxLength: 60 }), (steps) => {
        const lane = play([...steps, { do: 'post', count: 1_000, isReceiptLost: false }]);
        if (!lane.isDoubted) expect(lane.received).toEqual(lane.sent);
      }),
      { numRuns: 1_000 },
    );
  });
});
