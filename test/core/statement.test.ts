// Statements: what the two ends of a link in doubt tell each other, and what both make of it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeVatId } from '../../src/core/ids.ts';
import { CHECKPOINTS_ASKED_MAX, STATED_NUMBER_MAX } from '../../src/core/limits.ts';
import {
  encodeStatement,
  type Facts,
  parseStatement,
  type Statement,
  startExports,
  startLane,
} from '../../src/core/statement.ts';
import { sha256 } from '../../src/crypto/hash.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const count = (min: number) => fc.integer({ min, max: STATED_NUMBER_MAX });
const pair = fc.tuple(count(1), count(1)).map(([one, two]) => ({
  kept: Math.min(one, two),
  next: Math.max(one, two),
}));
const lane = fc
  .tuple(pair, count(0), bytes(32))
  .map(([own, receivedNext, receivedTail]) => ({ ...own, receivedNext, receivedTail }));
const facts: fc.Arbitrary<Facts> = fc
  .record({
    lanes: fc.tuple(lane, lane),
    exports: fc.tuple(pair, count(0)).map(([own, seen]) => ({ ...own, seen })),
    number: count(1),
  })
  .map(({ number, ...told }) => ({ ...told, common: Math.min(number, told.lanes[0].kept) }));
const checkpoint = fc.record({ number: count(1), tail: bytes(32) });
const match = fc.record({ number: count(0), tail: bytes(32), above: count(0) });
const asked = fc.record({
  checkpoints: fc.array(checkpoint, { maxLength: CHECKPOINTS_ASKED_MAX, size: 'max' }),
  match: fc.option(match, { nil: undefined }),
});
const vat = bytes(32).map(makeVatId);
const statement: fc.Arbitrary<Statement> = fc
  .tuple(
    fc.record({ from: vat, to: vat, mark: bytes(16), yours: bytes(16) }),
    fc.constantFrom('unknown' as const, 'asked' as const, 'doubt' as const, 'ready' as const),
    facts,
    asked,
    fc.option(bytes(24), { nil: undefined }),
  )
  .map(([who, stage, told, what, request]) => ({
    ...who,
    ...what,
    kind: request ? ('settled' as const) : ('settle' as const),
    stage,
    facts: stage === 'unknown' || stage === 'asked' ? undefined : told,
    contacts: [],
    request,
  }));

describe('statement', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(statement, (each) => {
        const read = parseStatement(encodeStatement(each))!;
        expect(Buffer.from(encodeStatement(read))).toEqual(Buffer.from(encodeStatement(each)));
        expect(read).toMatchObject({ stage: each.stage, kind: each.kind, from: each.from });
      }),
    );
  });

  it('is none when anything in it is missing or out of its bounds', () => {
    const [right] = fc.sample(
      statement.filter(({ stage }) => stage === 'ready'),
      { numRuns: 1, seed: 1 },
    );
    const json = JSON.parse(
      Buffer.from(encodeStatement({ ...right!, kind: 'settle', request: undefined })).toString(),
    );
    const read = (change: object): unknown =>
      parseStatement(Buffer.from(JSON.stringify({ ...json, ...change })));
    expect(read({})).toBeDefined();
    const [one, two] = json.lanes;
    const most = [1, STATED_NUMBER_MAX, STATED_NUMBER_MAX, one[3]];
    expect(read({ lanes: [most, most], exports: most.slice(0, 3), common: 1 })).toBeDefined();
    const wrong = [
      ...Object.keys(json).map((key) => ({ [key]: undefined })),
      { kind: 'box' },
      { kind: 'settled' },
      { stage: 'over' },
      { mark: '' },
      { mark: 'AAAA' },
      { mark: `${json.mark}=` },
      { yours: '' },
      { lanes: [one] },
      { lanes: [one, two, two] },
      { lanes: [one, [two[1], two[0] - 1, two[2], two[3]]] },
      { lanes: [[0, one[1], one[2], one[3]], two] },
      { lanes: [[1, STATED_NUMBER_MAX + 1, one[2], one[3]], two] },
      { lanes: [one, [1, 1, STATED_NUMBER_MAX + 1, one[3]]] },
      { exports: [1, STATED_NUMBER_MAX + 1, 0] },
      { exports: [1, 1, STATED_NUMBER_MAX + 1] },
      { lanes: [[1, 1, -1, one[3]], two] },
      { lanes: [[1, 1, 0.5, one[3]], two] },
      { lanes: [[1, 1, 0, 'AA'], two] },
      { exports: [2, 1, 0] },
      { exports: [1, 1, -1] },
      { exports: [1, 1] },
      { common: 0 },
      { common: one[0] + 1 },
      { checkpoints: [[0, one[3]]] },
      { checkpoints: [[1, 'AA']] },
      { checkpoints: [1] },
      { checkpoints: Array(CHECKPOINTS_ASKED_MAX + 1).fill([1, one[3]]) },
      { match: [0, one[3]] },
      { match: [-1, one[3], 0] },
      { match: [0, one[3], 0.5] },
      { match: 0 },
      { contacts: [1] },
      { contacts: Array(9).fill('') },
    ];
    for (const change of wrong) expect(read(change), JSON.stringify(change)).toBeUndefined();
    for (const text of ['', '[]', '{}', 'null', '"settle"']) {
      expect(parseStatement(Buffer.from(text))).toBeUndefined();
    }
  });

  it('both ends go on above all numbers of both, with tails that hang on every word', () => {
    fc.assert(
      fc.property(statement, statement, facts, facts, (one, two, ofOne, ofTwo) => {
        const sender = { ...one, stage: 'ready' as const, facts: ofOne };
        const receiver = { ...two, stage: 'ready' as const, facts: ofTwo };
        const [first, second] = ([0, 1] as const).map((at) =>
          startLane(sha256, { sender, receiver, lane: at }),
        );
        expect(first!.next).toBeGreaterThan(ofOne.lanes[0].next);
        expect(first!.next).toBeGreaterThan(ofTwo.lanes[0].receivedNext);
        expect(startExports(ofOne, ofTwo)).toBeGreaterThan(ofTwo.exports.seen);
        expect(startExports(ofOne, ofTwo)).toBeGreaterThanOrEqual(ofOne.exports.next);
        expect(first!.tail).not.toEqual(second!.tail);
        const other = { ...receiver, mark: new Uint8Array(16) };
        const changed = startLane(sha256, { sender, receiver: other, lane: 0 });
        if (Buffer.compare(other.mark, two.mark!) !== 0)
          expect(changed.tail).not.toEqual(first!.tail);
        // How far the exchange has come, and what answers what, is no part of it.
        const later = { ...receiver, stage: 'done' as const, contacts: ['x'], request: undefined };
        expect(startLane(sha256, { sender, receiver: later, lane: 0 })).toEqual(first);
      }),
    );
  });
});
