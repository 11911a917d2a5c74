// The search for what two histories have in common, against all checkpoints compared at once.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHECKPOINTS_ASKED_MAX, WIRE_NUMBER_MAX } from '../../src/core/limits.ts';
import { type CommonHistory, makeCommonHistory } from '../../src/kernel/common-history.ts';
import type { Link } from '../../src/kernel/links.ts';
import type { CheckpointRow } from '../../src/kernel/settle-store-port.ts';
import type { VatStore } from '../../src/kernel/store-port.ts';

/** How many questions one search takes at most: each leaves 1/64 of the numbers, 2^48 at first. */
const ROUNDS_MAX = 9;

/** One end: its checkpoints by their numbers, with the history that each is of. */
function makeEnd(half: CheckpointRow['half'], histories: ReadonlyMap<number, number>) {
  const numbers = [...histories.keys()].toSorted((one, other) => one - other);
  const checkpointUpTo: VatStore['checkpointUpTo'] = ({ number }) => {
    const found = numbers.findLast((each) => each <= number);
    if (found === undefined) return undefined;
    const tail = new Uint8Array(32).fill(histories.get(found)!);
    return { link: 1, half, number: found, tail, exports: 0 };
  };
  return makeCommonHistory({ store: { checkpointUpTo } as VatStore });
}

function makeLink(receipted: number): Link {
  const sending = [{ receipted }, { receipted: 1 }];
  return { row: { id: 1, sending }, settling: { search: undefined } } as unknown as Link;
}

/** Asks until there is nothing left to ask; returns how often that was. */
function search(asker: CommonHistory, link: Link, answerer: CommonHistory): number {
  for (let round = 0; ; round += 1) {
    const asked = asker.ask(link);
    expect(asked.length).toBeLessThanOrEqual(CHECKPOINTS_ASKED_MAX);
    if (asked.length === 0) return round;
    expect(round).toBeLessThan(ROUNDS_MAX);
    asker.learn(link, answerer.matchOf(link, { checkpoints: asked })!);
  }
}

const number = fc.oneof(
  fc.integer({ min: 2, max: 500 }),
  fc.integer({ min: 2, max: WIRE_NUMBER_MAX }),
);
const numbers = fc.uniqueArray(number, { maxLength: 400, size: 'max' });

describe('what two histories have in common', () => {
  it('is found exactly, with few questions', () => {
    fc.assert(
      fc.property(numbers, numbers, number, number, (ours, theirs, parted, receipted) => {
        const shared = ours.filter((each) => each <= parted);
        const of = (own: readonly number[], history: number) =>
          new Map([
            ...own.filter((each) => each > parted).map((each) => [each, history] as const),
            ...shared.map((each) => [each, 1] as const),
          ]);
        const link = makeLink(receipted);
        const asker = makeEnd('sent', of(ours, 2));
        search(asker, link, makeEnd('received', of(theirs, 3)));
        const last = Math.max(1, ...shared.filter((each) => each <= receipted));
        expect(asker.below(link)).toBe(last);
      }),
    );
  });

  it('is nothing of what only the peer says', () => {
    const asker = makeEnd('sent', new Map([[7, 1]]));
    const link = makeLink(9);
    asker.learn(link, { number: 7, tail: new Uint8Array(32).fill(2), above: 0 });
    asker.learn(link, { number: 8, tail: new Uint8Array(32).fill(1), above: 0 });
    expect(asker.below(link)).toBe(1);
    asker.learn(link, { number: 7, tail: new Uint8Array(32).fill(1), above: 0 });
    expect(asker.below(link)).toBe(7);
  });
});
