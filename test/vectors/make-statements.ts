// Makes the test vectors of statements: how they are written, and what follows from two of them.

import type { VatId } from '../../src/core/ids.ts';
import {
  encodeStatement,
  type Statement,
  startExports,
  startLane,
} from '../../src/core/statement.ts';
import { sha256 } from '../../src/crypto/hash.ts';

const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const fill = (length: number, digit: number): Uint8Array => new Uint8Array(length).fill(digit);
const empty = fill(32, 0);

/** The statements of the page, between these two vats, and how both go on. */
export function makeStatements(alice: VatId, bob: VatId): object {
  const request = Uint8Array.from({ length: 24 }, (_, n) => (n < 16 ? n + 1 : 0));
  const asking = {
    kind: 'settle',
    from: alice,
    to: bob,
    contacts: [],
    request: undefined,
  } as const;
  const answering = { kind: 'settled', from: bob, to: alice, contacts: [], request } as const;
  const ofAlice: Statement = {
    ...asking,
    mark: fill(16, 1),
    yours: fill(16, 2),
    stage: 'ready',
    facts: {
      lanes: [
        { kept: 3, next: 5, receivedNext: 4, receivedTail: fill(32, 0xf5) },
        { kept: 1, next: 1, receivedNext: 1, receivedTail: empty },
      ],
      exports: { kept: 2, next: 4, seen: 1 },
      common: 3,
    },
    checkpoints: [],
    match: { number: 2, tail: fill(32, 0x11), above: 5 },
  };
  const ofBob: Statement = {
    ...answering,
    mark: fill(16, 2),
    yours: fill(16, 1),
    stage: 'ready',
    facts: {
      lanes: [
        { kept: 4, next: 4, receivedNext: 8, receivedTail: fill(32, 0x2b) },
        { kept: 1, next: 1, receivedNext: 1, receivedTail: empty },
      ],
      exports: { kept: 2, next: 2, seen: 6 },
      common: 2,
    },
    checkpoints: [],
    match: undefined,
  };
  const none = { facts: undefined, checkpoints: [], match: undefined } as const;
  const bare = { mark: undefined, yours: fill(16, 1), ...none } as const;
  const valid = {
    'a first question': {
      ...ofAlice,
      yours: undefined,
      stage: 'doubt',
      checkpoints: [
        { number: 2, tail: fill(32, 0x11) },
        { number: 3, tail: fill(32, 0x12) },
      ],
      match: undefined,
    },
    'from a link that is not in doubt': {
      ...answering,
      ...bare,
      mark: fill(16, 2),
      stage: 'asked',
    },
    'of a vat that knows no such link': { ...answering, ...bare, stage: 'unknown' },
    'a last word': ofAlice,
    'a last word in an answer': ofBob,
    'of a vat that has begun anew': { ...ofBob, stage: 'done' },
  } satisfies Record<string, Statement>;
  const text = utf8(encodeStatement(ofAlice));
  const invalid = {
    'a last word without the other mark': text.replace(/"yours":"[^"]+"/, '"yours":""'),
    'no mark': text.replace(/"mark":"[^"]+"/, '"mark":""'),
    'a mark of 15 bytes': text.replace(/"mark":"[^"]+"/, `"mark":"${'A'.repeat(20)}"`),
    'kept above next': text.replace('[3,5,4,', '[6,5,4,'),
    'common above kept': text.replace('"common":3', '"common":4'),
    'a checkpoint that is none': text.replace('"checkpoints":[]', '"checkpoints":[[2]]'),
    'a match without its third number': text.replace(/("match":\[[^\]]+),5\]/, '$1]'),
    'a number 0': text.replace('[3,5,4,', '[0,5,4,'),
    'a stage that does not exist': text.replace('ready', 'over'),
    'one lane': text.replace(/,\[1,1,1,"[^"]+"\]/, ''),
    'an answer without a request': text.replace('"settle"', '"settled"'),
  };
  const goOn = (sender: Statement, receiver: Statement) => ({
    lanes: ([0, 1] as const).map((lane) => {
      const { next, tail } = startLane(sha256, { sender, receiver, lane });
      return { next, tail: Buffer.from(tail).toString('base64url') };
    }),
    nextExport: startExports(sender.facts!, receiver.facts!),
  });
  const cases = (entries: object) =>
    Object.entries(entries).map(([name, plaintext]) => ({ name, plaintext }));
  return {
    valid: cases(
      Object.fromEntries(
        Object.entries(valid).map(([name, each]) => [name, utf8(encodeStatement(each))]),
      ),
    ),
    invalid: cases(invalid),
    lastWords: { alice: utf8(encodeStatement(ofAlice)), bob: utf8(encodeStatement(ofBob)) },
    after: { fromAlice: goOn(ofAlice, ofBob), fromBob: goOn(ofBob, ofAlice) },
  };
}
