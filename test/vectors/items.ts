// Items of the vectors: one of each kind and form.

import { makeSwissnum } from '../../src/core/ids.ts';
import type { Item } from '../../src/core/item.ts';

export const TRACE = '000102030405060708090a0b0c0d0e0f';
export const swissnum = makeSwissnum(new Uint8Array(32).fill(7));
export const ITEMS: Record<string, Exclude<Item, { kind: 'malformed' }>> = {
  redeem: { kind: 'redeem', swissnum, trace: TRACE },
  message: {
    kind: 'message',
    target: { side: 'q', number: 1 },
    slots: [
      { side: 'x', number: 1 },
      { side: 'y', number: 2 },
      { side: 'p', number: 3 },
    ],
    isAnswerWanted: false,
    hops: 0,
    trace: TRACE,
    body: '{"text":"grüße","to":{"$":0},"$$x":[{"$":1},{"$":2}]}',
  },
  'message with an answer': {
    kind: 'message',
    target: { side: 'y', number: 4 },
    slots: [{ side: 'x', number: 5, isPromise: true }],
    isAnswerWanted: true,
    hops: 0,
    trace: TRACE,
    body: '{"price":{"$":0}}',
  },
  resolve: {
    kind: 'resolve',
    of: { side: 'p', number: 2 },
    code: 'QRT_NO_OBJECT',
    trace: TRACE,
    slots: [],
    body: '',
  },
  'resolve with a value': {
    kind: 'resolve',
    of: { side: 'p', number: 3 },
    code: '',
    trace: TRACE,
    slots: [
      { side: 'x', number: 6 },
      { side: 'p', number: 3, isPromise: true },
    ],
    body: '{"purse":{"$":0},"also":{"$":1}}',
  },
  'resolve with an error': {
    kind: 'resolve',
    of: { side: 'x', number: 5, isPromise: true },
    code: 'THREW',
    trace: TRACE,
    slots: [],
    body: '{"name":"Error","message":"too little","code":"POOR"}',
  },
  give: { kind: 'give', slots: [{ side: 'x', number: 6 }], trace: TRACE },
  want: {
    kind: 'want',
    names: [
      { side: 'q', number: 3 },
      { side: 'y', number: 5 },
    ],
    trace: TRACE,
  },
  drop: {
    kind: 'drop',
    names: [
      { name: { side: 'q', number: 3 }, received: 1 },
      { name: { side: 'y', number: 5 }, received: 2 },
    ],
    trace: '0'.repeat(32),
  },
};
