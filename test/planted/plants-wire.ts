// Bugs about the wire: numbers, tails, nonces, receipts, lanes.

import type { Plant } from './plant.ts';

export const WIRE_PLANTS: readonly Plant[] = [
  {
    name: 'repeat-without-receipt',
    breaks: 'Once',
    what: 'A box that holds only old items is dropped without a receipt.',
    edits: [
      {
        file: 'src/kernel/arrivals.ts',
        find: 'const one = intake(admitted, 0, box.lanes[0]);',
        replace:
          'const [{ first, items: sent }] = box.lanes;\n' +
          '      const isOld = first + sent.length <= admitted.row.receiving[0].next;\n' +
          '      if (sent.length > 0 && isOld) return;\n' +
          '      const one = intake(admitted, 0, box.lanes[0]);',
      },
    ],
    test: { file: 'test/kernel/boxes.test.ts', name: 'Q46 an old box is receipted again' },
  },
  {
    name: 'nonce-of-the-counter',
    breaks: 'Once',
    what: 'The nonce of a box follows from its receiver and its counter.',
    edits: [
      {
        file: 'src/crypto/sealer.ts',
        find: '  nonce.set(entropy(RANDOM_BYTES));\n',
        replace: '  nonce.set(entropy(RANDOM_BYTES).map(() => counter % 251));\n',
      },
    ],
    test: { file: 'test/crypto/sealer.test.ts', name: 'Q45: 100,000 boxes with one counter' },
  },
  {
    name: 'nonce-again-after-restart',
    breaks: 'Once',
    what: 'Nonces are a count that begins anew at each start.',
    edits: [
      {
        file: 'src/crypto/sealer.ts',
        find: '  const sharedKeys = makeSharedKeys({ boxSecret, keysMax: PEER_KEYS_MAX });\n',
        replace:
          '  const sharedKeys = makeSharedKeys({ boxSecret, keysMax: PEER_KEYS_MAX });\n' +
          '  let count = entropy(0).length;\n',
      },
      {
        file: 'src/crypto/sealer.ts',
        find: '      const nonce = makeNonce({ entropy, counter });\n',
        replace:
          '      count += 1;\n' +
          '      const countBytes = (length: number) => new Uint8Array(length).fill(count % 256).fill(count / 256, 1);\n' +
          '      const nonce = makeNonce({ entropy: countBytes, counter });\n',
      },
    ],
    test: { file: 'test/spec/communication.test.ts', name: 'Q45' },
  },
  {
    name: 'gap-at-the-next-number',
    breaks: 'Once',
    what: 'A lane that begins just at the number expected is taken for a gap: `>=` in place of `>`.',
    edits: [
      {
        file: 'src/core/lanes.ts',
        find: "if (lane.first > state.next) return { verdict: 'gap' };",
        replace: "if (lane.first >= state.next) return { verdict: 'gap' };",
      },
    ],
    test: { file: 'test/core/lanes.test.ts', name: 'decides as one would who compares whole' },
  },
  {
    name: 'one-item-too-many-is-old',
    breaks: 'Once',
    what: 'A box whose last item is the one before the number expected is not compared by its tail.',
    edits: [
      {
        file: 'src/core/lanes.ts',
        find: "if (skip > lane.items.length) return { verdict: 'old' };",
        replace: "if (skip >= lane.items.length && skip > 0) return { verdict: 'old' };",
      },
    ],
    test: { file: 'test/core/lanes.test.ts', name: 'decides as one would who compares whole' },
  },
  {
    name: 'first-number-taken-again',
    breaks: 'Once',
    what: 'The items of a box are taken from one too early on, so that the last known one runs again.',
    edits: [
      {
        file: 'src/core/lanes.ts',
        find: "return skip === lane.items.length && skip > 0 ? { verdict: 'old' } : { verdict: 'next', skip };",
        replace:
          "return skip === lane.items.length && skip > 0\n    ? { verdict: 'old' }\n    : { verdict: 'next', skip: Math.max(0, skip - 1) };",
      },
    ],
    test: { file: 'test/core/lanes.test.ts', name: 'Q46 over any losses and repetitions' },
  },
  {
    name: 'items-swapped',
    breaks: 'Once',
    what: 'The last two items of a box change places when they are taken.',
    edits: [
      {
        file: 'src/kernel/intake.ts',
        find: 'for (const bytes of lane.items.slice(skip)) {',
        replace:
          'const due = lane.items.slice(skip);\n    if (due.length > 2) due.push(...due.splice(-2, 1));\n    for (const bytes of due) {',
      },
    ],
    test: { file: 'test/kernel/vat.test.ts', name: 'Q22 messages to an object of another vat' },
  },
  {
    name: 'outbox-in-reverse',
    breaks: 'Once',
    what: 'A box holds the newest items first, under the numbers of the oldest.',
    edits: [
      {
        file: 'src/store/outbox.ts',
        find: '    ORDER BY number LIMIT ?',
        replace: '    ORDER BY number DESC LIMIT ?',
      },
    ],
    test: { file: 'test/kernel/vat.test.ts', name: 'Q22 messages to an object of another vat' },
  },
  {
    name: 'arrival-ignores-the-tail',
    breaks: 'Once',
    what: 'What arrives is taken by its number alone, whatever history it belongs to.',
    edits: [
      {
        file: 'src/core/lanes.ts',
        find: "if (!isSameTail(tail, state.tail)) return { verdict: 'doubt' };",
        replace: "if (tail.length !== state.tail.length) return { verdict: 'doubt' };",
      },
    ],
    test: { file: 'test/kernel/doubt.test.ts', name: 'after as many other items were sent' },
  },
  {
    name: 'receipt-ignores-the-tail',
    breaks: 'Once',
    what: 'A receipt deletes rows by its numbers alone.',
    edits: [
      {
        file: 'src/core/lanes.ts',
        find: 'if (!tail || !isSameTail(tail, receipt.tail)) {',
        replace: 'if (!tail) {',
      },
    ],
    test: { file: 'test/core/lanes.test.ts', name: 'classifyReceipt decides as one would' },
  },
  {
    name: 'receipt-for-any-box',
    breaks: 'Once',
    what: "The request's nonce in a receipt is not compared: an old receipt counts for a new box.",
    edits: [
      {
        file: 'src/kernel/receipts.ts',
        find: 'return Buffer.compare(receipt.request, attempt.nonce) === 0 ? receipt : undefined;',
        replace: 'return receipt.request.length === attempt.nonce.length ? receipt : undefined;',
      },
    ],
    test: { file: 'test/kernel/boxes.test.ts', name: 'Q43 Q49 a 200 without a valid receipt' },
  },
  {
    name: 'reply-clears-the-outbox',
    breaks: 'Once',
    what: 'A reply that is no valid receipt counts as one for all that was sent.',
    edits: [
      {
        file: 'src/kernel/receipts.ts',
        find: "    if (!receipt) return 'the reply is no valid receipt';\n",
        replace:
          "    if (!receipt && link.row.state === 'ok') outbox.discard(link, 1, link.committed[0]);\n" +
          "    if (!receipt) return 'the reply is no valid receipt';\n",
      },
    ],
    test: { file: 'test/kernel/boxes.test.ts', name: 'Q43 Q49 a 200 without a valid receipt' },
  },
  {
    name: 'reflection-opens',
    breaks: 'Confined',
    what: 'Sender and receiver inside of a box are not compared with those outside.',
    edits: [
      {
        file: 'src/kernel/arrivals.ts',
        find: 'return said?.from === envelope.from && said.to === envelope.to ? said : undefined;',
        replace: 'return said;',
      },
    ],
    test: {
      file: 'test/kernel/boxes.test.ts',
      name: 'Q48 a box for another vat, and a box of our own',
    },
  },
  {
    name: 'lane-1-blocks-lane-2',
    breaks: 'Once',
    what: 'When lane 1 is busy, the answers of the same box are not taken.',
    edits: [
      {
        file: 'src/kernel/arrivals.ts',
        find: 'const two = intake(admitted, 1, box.lanes[1]);',
        replace: "const two = one.stop === 'busy' ? one : intake(admitted, 1, box.lanes[1]);",
      },
    ],
    test: { file: 'test/kernel/busy.test.ts', name: 'lane 1 waits and lane 2 does not' },
  },
  {
    name: 'busy-item-dropped',
    breaks: 'Once',
    what: 'An item for which there is no room is counted as taken.',
    edits: [
      {
        file: 'src/kernel/intake.ts',
        find: 'const consumption = items.consumeMessage(link, number, item);',
        replace:
          'const said = items.consumeMessage(link, number, item);\n' +
          "      const consumption = (said === 'busy' ? 'consumed' : said) as typeof said;",
      },
    ],
    test: { file: 'test/kernel/busy.test.ts', name: 'R5 the peer is told busy' },
  },
  {
    name: 'link-begins-anew',
    breaks: 'Once',
    what: 'A peer that holds our receipt gets a new link when our disk knows of none.',
    edits: [
      {
        file: 'src/kernel/newcomers.ts',
        find: "    if (box.isLinked) return 'unknown';\n",
        replace: '',
      },
    ],
    test: { file: 'test/kernel/doubt.test.ts', name: 'is noticed also when a redeem is next' },
  },
  {
    name: 'doubt-ignored',
    breaks: 'Once',
    what: 'Items go on being taken on a link that is in doubt.',
    edits: [
      {
        file: 'src/kernel/intake.ts',
        find: "    if (link.row.state === 'doubt') return { stop: 'doubt' };\n",
        replace: '',
      },
    ],
    test: {
      file: 'test/kernel/doubt.test.ts',
      name: 'from before the link, at the receiver, is noticed although',
    },
  },
  {
    name: 'retries-give-up',
    breaks: 'Once',
    what: 'After a hundred failures in a row a link is not tried any more.',
    edits: [
      {
        file: 'src/kernel/retry.ts',
        find: 'if (delivery.attempt || !hasWork(link)) return undefined;',
        replace:
          'if (delivery.attempt || !hasWork(link) || delivery.failures > 100) return undefined;',
      },
    ],
    test: { file: 'test/kernel/first-contact.test.ts', name: 'Q44 a peer that is down for days' },
  },
  {
    name: 'a-lie-about-what-was-sent',
    breaks: 'Once',
    what: 'A refusal of an item that was never sent is believed.',
    edits: [
      {
        file: 'src/kernel/promise-items.ts',
        find: "    if (of.side === 'p' && of.number >= link.row.sending[0].next) return;\n",
        replace: '',
      },
    ],
    test: {
      file: 'test/kernel/boxes.test.ts',
      name: 'a refusal of an item that was never sent',
    },
  },
];
