// Flood peer: a vat that is nothing but a key and its place in one lane, and seals boxes.

import { randomBytes } from 'node:crypto';
import type { Qrid } from '../../src/core/ids.ts';
import { encodeItem, type SendableItem } from '../../src/core/item.ts';
import { extendTail, makeEmptyTail } from '../../src/core/lanes.ts';
import { encodeBox, encodeEnvelope } from '../../src/core/wire.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { makeSealer } from '../../src/crypto/sealer.ts';

export interface FloodPeer {
  /** The next box: at first what begins the link, then one message each. */
  next(): Uint8Array;
  /** The last one again. */
  last(): Uint8Array;
}

const TRACE = '0'.repeat(32);

export function makeFloodPeer({ vat, swissnum }: Qrid): FloodPeer {
  const sealer = makeSealer({ seed: randomBytes(32), entropy: randomBytes });
  let number = 1;
  let tail = makeEmptyTail();
  let last = new Uint8Array(0);
  return {
    next() {
      const item: SendableItem =
        number === 1
          ? { kind: 'redeem', swissnum, trace: TRACE }
          : {
              ...{ kind: 'message', target: { side: 'q', number: 1 }, slots: [], hops: 0 },
              ...{ isAnswerWanted: false, trace: TRACE, body: `{"n":${number}}` },
            };
      const bytes = encodeItem(item);
      const lanes = [
        { first: number, tail, items: [bytes] },
        { first: 1, tail: makeEmptyTail(), items: [] },
      ] as const;
      const box = { from: sealer.vat, to: vat, isLinked: number > 1, lanes, contacts: [] };
      const sealed = sealer.seal({ to: vat, counter: number, plaintext: encodeBox(box) });
      last = new Uint8Array(encodeEnvelope({ from: sealer.vat, to: vat, ...sealed }));
      tail = extendTail(sha256, { tail, number, item: bytes });
      number += 1;
      return last;
    },
    last: () => last,
  };
}
