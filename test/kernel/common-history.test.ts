// The search for what two histories have in common, against all checkpoints compared at once.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeVatId } from '../../src/core/ids.ts';
import { CHECKPOINTS_ASKED_MAX, STATED_NUMBER_MAX } from '../../src/core/limits.ts';
import { encodeStatement } from '../../src/core/statement.ts';
import { blockOf, CHECKPOINTS_DENSE } from '../../src/core/thinning.ts';
import { type CommonHistory, makeCommonHistory } from '../../src/kernel/common-history.ts';
import type { Link } from '../../src/kernel/links.ts';
import type { CheckpointRow } from '../../src/kernel/settle-store-port.ts';
import type { VatStore } from '../../src/kernel/store-port.ts';

/** How many questions one search takes at most: each leaves 1/64 of the numbers, 2^48 at first. */
const ROUNDS_MAX = 9;

const VAT = makeVatId(new Uint8Array(32));

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

/** A link in doubt that knows what the peer has taken of lane 1. */
function makeLink(receipted: number, taken: number): Link {
  const mark = new Uint8Array(16);
  const lane = { kept: 1, next: 1, receivedNext: taken, receivedTail: new Uint8Array(32) };
  const facts = { lanes: [lane, lane], exports: { kept: 1, next: 1, seen: 0 }, common: 1 } as const;
  const text = encodeStatement({
    ...{ kind: 'settle', from: VAT, to: VAT, mark, yours: mark, stage: 'doubt', facts },
    ...{ checkpoints: [], match: undefined, contacts: [], request: undefined },
  });
  const peer = Buffer.from(text).toString();
  const sending = [{ receipted }, { receipted: 1 }];
  const settling = { search: undefined, row: { peer, peerMark: mark } };
  return { row: { id: 1, sending }, settling } as unknown as Link;
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
  fc.integer({ min: 2, max: 20 * CHECKPOINTS_DENSE }),
  fc.integer({ min: 2, max: STATED_NUMBER_MAX }),
);
const numbers = fc.uniqueArray(number, { maxLength: 400, size: 'max' });

/** What is left of these at an end at which the lane has come so far. */
const thinned = (all: readonly number[], reached: number): readonly number[] =>
  all.filter((each) => {
    const [, last] = blockOf(each, reached);
    return !all.some((later) => later > each && later <= last);
  });

describe('what two histories have in common', () => {
  it('is found with few questions, exactly, or but for the block in which they parted', () => {
    const numbersOf = [numbers, numbers, number, number, number] as const;
    const property = fc.property(...numbersOf, (ours, theirs, parted, receipted, taken) => {
      const shared = ours.filter((each) => each <= Math.min(parted, taken));
      const of = (own: readonly number[], history: number, reached: number) => {
        const rest = own.filter((each) => each > parted);
        const kept = thinned([...shared, ...rest], reached);
        return new Map(kept.map((each) => [each, each > parted ? history : 1]));
      };
      const stored = theirs.filter((each) => each <= taken);
      const [sent, received] = [of(ours, 2, receipted), of(stored, 3, taken)];
      const link = makeLink(receipted, taken);
      const asker = makeEnd('sent', sent);
      search(asker, link, makeEnd('received', received));
      const below = asker.below(link);
      const top = Math.min(receipted, taken);
      const both = [...sent].filter(([each, of]) => each <= top && received.get(each) === of);
      expect([1, ...both.map(([each]) => each)]).toContain(below);
      const [first] = blockOf(Math.min(parted, top), Math.max(receipted, taken));
      const before = shared.filter((each) => each <= top && each < first);
      expect(below).toBeGreaterThanOrEqual(Math.max(1, ...before));
      // Where nothing was thinned, nothing is lost.
      if (Math.max(receipted, taken) < 2 * CHECKPOINTS_DENSE) {
        expect(below).toBe(Math.max(1, ...shared.filter((each) => each <= top)));
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('is nothing of what only the peer says', () => {
    const asker = makeEnd('sent', new Map([[7, 1]]));
    const link = makeLink(9, 9);
    asker.learn(link, { number: 7, tail: new Uint8Array(32).fill(2), above: 0 });
    asker.learn(link, { number: 8, tail: new Uint8Array(32).fill(1), above: 0 });
    expect(asker.below(link)).toBe(1);
    asker.learn(link, { number: 7, tail: new Uint8Array(32).fill(1), above: 0 });
    expect(asker.below(link)).toBe(7);
  });
});
