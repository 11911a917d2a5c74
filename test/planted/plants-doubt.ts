// Bugs about doubt: disks that were put back or cloned, and the settling after it.

import type { Plant } from './plant.ts';

export const DOUBT_PLANTS: readonly Plant[] = [
  {
    name: 'settled-below-the-peer',
    breaks: 'Once',
    what: 'After a settling a lane goes on above what its sender remembers, not above what the peer saw.',
    edits: [
      {
        file: 'src/core/statement.ts',
        find: 'Math.max(sender.facts!.lanes[lane].next, receiver.facts!.lanes[lane].receivedNext)',
        replace: 'sender.facts!.lanes[lane].next + 0 * receiver.facts!.lanes[lane].receivedNext',
      },
    ],
    test: {
      file: 'test/core/statement.test.ts',
      name: 'both ends go on above all numbers of both',
    },
  },
  {
    name: 'exports-below-the-peer',
    breaks: 'Once',
    what: 'After a settling a name that the peer holds is given a second time, for another thing.',
    edits: [
      {
        file: 'src/core/statement.ts',
        find: 'return Math.max(sender.exports.next, receiver.exports.seen + 1);',
        replace: 'return sender.exports.next + 0 * receiver.exports.seen;',
      },
    ],
    test: {
      file: 'test/core/statement.test.ts',
      name: 'both ends go on above all numbers of both',
    },
  },
  {
    name: 'common-by-number',
    breaks: 'Confined',
    what: 'Names of what was receipted count as common, whatever history the peer means.',
    edits: [
      {
        file: 'src/kernel/facts.ts',
        find: '(upTo(link, 1) ?? common.below(link))',
        replace: '(upTo(link, 1) ?? link.row.sending[0].receipted)',
      },
    ],
    test: {
      file: 'test/kernel/settle-common.test.ts',
      name: 'a thing that was redeemed in one of them is not what the other redeemed',
    },
  },
  {
    name: 'checkpoint-by-number',
    breaks: 'Confined',
    what: 'A checkpoint of the peer counts as ours when it has the same number, and another tail.',
    edits: [
      {
        file: 'src/kernel/common-history.ts',
        find: 'Buffer.compare(found.tail, tail) === 0',
        replace: 'found.tail.length === tail.length',
      },
    ],
    test: {
      file: 'test/kernel/settle-common.test.ts',
      name: 'a thing that was redeemed in one of them is not what the other redeemed',
    },
  },
  {
    name: 'common-after-one-question',
    breaks: 'Once',
    what: 'The first match of checkpoints counts as the last one: names that both know die.',
    edits: [
      {
        file: 'src/kernel/facts.ts',
        find: '(upTo(link, 1) === undefined ? common.ask(link) : [])',
        replace: '(upTo(link, 1) === undefined && !link.settling.search ? common.ask(link) : [])',
      },
    ],
    test: {
      file: 'test/kernel/settle-common.test.ts',
      name: 'finds it among many',
    },
  },
  {
    name: 'checkpoint-of-what-is-known',
    breaks: 'Once',
    what: 'A checkpoint is kept of an item that says an old name, as the next number is above the last one.',
    edits: [
      {
        file: 'src/kernel/checkpoints.ts',
        find: 'mentioned.some(({ number }) => number >= (last?.exports ?? 1))',
        replace: 'row.nextExport > (last?.exports ?? 1)',
      },
    ],
    test: { file: 'test/kernel/settle-parted.test.ts', name: 'keep checkpoints of the same items' },
  },
  {
    name: 'older-copy-unanswered',
    breaks: 'Once',
    what: 'An older copy of a peer is not told which of its checkpoints we have once a doubt is settled.',
    edits: [
      {
        file: 'src/kernel/statements.ts',
        find: 'match: parts.common.matchOf(link, said) }',
        replace: 'match: undefined }',
      },
    ],
    test: {
      file: 'test/kernel/settle-parted.test.ts',
      name: 'a copy from within it is settled by a peer that is done with it',
    },
  },
  {
    name: 'names-count-on',
    breaks: 'Confined',
    what: 'A vat that was rolled back gives the next number as its other history did, with the same bytes.',
    edits: [
      {
        file: 'src/kernel/names.ts',
        find: 'if (!skipped.has(link)) skip(link);',
        replace: 'skipped.add(link);',
      },
    ],
    test: {
      file: 'test/kernel/settle-parted.test.ts',
      name: 'a thing that one of them gave is not what the other calls so',
    },
  },
  {
    name: 'old-statement-counts',
    breaks: 'Once',
    what: 'A statement counts although it does not name the mark that was told last.',
    edits: [
      {
        file: 'src/kernel/statements.ts',
        find: 'if (said.yours && isSameMark(said.yours, mark)) settler.hear(link, said);',
        replace: 'if (mark.length > 0) settler.hear(link, said);',
      },
    ],
    test: { file: 'test/kernel/settle-wire.test.ts', name: 'put in again later change nothing' },
  },
  {
    name: 'unchecked-sends',
    breaks: 'Once',
    what: 'A vat that was restored sends its items before the peer has shown that it means the same history.',
    edits: [
      {
        file: 'src/kernel/box-maker.ts',
        find: "const below = link.row.state === 'ok' ? link.committed[lane - 1]! : from;",
        replace: "const below = link.row.state !== 'doubt' ? link.committed[lane - 1]! : from;",
      },
    ],
    test: { file: 'test/kernel/settle-lost.test.ts', name: 'sends nothing but an empty box' },
  },
  {
    name: 'discarded-is-resent',
    breaks: 'Once',
    what: 'What the operator discards is sent all the same.',
    edits: [
      {
        file: 'src/kernel/renumber.ts',
        find: "if (choiceOf(link, aside) === 'discard') {",
        replace: "if (choiceOf(link, aside) === 'discard' && number < 0) {",
      },
    ],
    test: { file: 'test/kernel/settle.test.ts', name: 'is asked once, and what it held' },
  },
  {
    name: 'way-back-not-moved',
    breaks: 'Once',
    what: 'An item that was forwarded loses its way back when it gets another number.',
    edits: [
      {
        file: 'src/kernel/renumber.ts',
        find: '    if (origin) store.insertForward({ link: id, number: to, origin });\n',
        replace:
          '    if (origin && to < 0) store.insertForward({ link: id, number: to, origin });\n',
      },
    ],
    test: { file: 'test/kernel/settle-names.test.ts', name: 'arrives under its new number' },
  },
  {
    name: 'redeem-not-renamed',
    breaks: 'Once',
    what: 'A redeem gets another number, and what was sent to its name goes to the old one.',
    edits: [
      {
        file: 'src/kernel/renumber.ts',
        find: 'reencoder.moved(item, number, to);',
        replace: 'reencoder.moved(item, number, number);',
      },
    ],
    test: { file: 'test/kernel/settle-names.test.ts', name: 'a redeem that is held takes' },
  },
  {
    name: 'thinned-before-receipt',
    breaks: 'Once',
    what: 'Checkpoints of items that wait for their receipt are thinned.',
    edits: [
      {
        file: 'src/kernel/outbox.ts',
        find: '{ from: state.receipted, to: below });',
        replace: '{ from: 1, to: state.next });',
      },
    ],
    test: { file: 'test/kernel/checkpoints.test.ts', name: 'none of those that wait' },
  },
  {
    name: 'asks-what-is-thinned',
    breaks: 'Once',
    what: 'A peer is asked for checkpoints that it does not keep, and what it lacks is taken for another history.',
    edits: [
      {
        file: 'src/kernel/common-history.ts',
        find: "upTo(link, 'sent', last > top ? first - 1 : last);",
        replace: "upTo(link, 'sent', first > 0 && last > 0 ? low + share : top);",
      },
    ],
    test: { file: 'test/kernel/common-history.test.ts', name: 'is found with few questions' },
  },
];
