// Plants across: bugs in answers and promises between vats.

import type { Plant } from './plant.ts';

const WIRE = 'test/kernel/answers-wire.test.ts';
const SETTLED = 'test/kernel/settle-answers.test.ts';

export const ACROSS_PLANTS: readonly Plant[] = [
  {
    name: 'drop-overtakes',
    breaks: 'Once',
    what: 'A promise of a peer is given up while messages to it still wait in lane 1.',
    edits: [
      {
        file: 'src/kernel/drops.ts',
        find: 'if (last < receipted) return true;',
        replace: 'if (last <= receipted + 1_000) return true;',
      },
    ],
    test: { file: WIRE, name: 'a promise is given up only when all that was sent to it' },
  },
  {
    name: 'lane-2-names-what-is-not-made',
    breaks: 'Once',
    what: 'An answer names what an item of lane 1 makes that the peer may not have.',
    edits: [
      {
        file: 'src/kernel/names.ts',
        find: 'if (lane === 2 && row.number >= sending[0].receipted) return undefined;',
        replace: 'if (lane === 2 && row.number >= sending[0].next) return undefined;',
      },
    ],
    test: { file: WIRE, name: 'lane 2 names nothing that lane 1 has yet to make' },
  },
  {
    name: 'early-name-forgotten',
    breaks: 'Once',
    what: 'A promise that lane 2 named first is given up before lane 1 names it.',
    edits: [
      {
        file: 'src/kernel/drops.ts',
        find: "if (kind === 'export' && number > link.row.givenExport) return false;",
        replace: "if (kind === 'export' && number < 0) return false;",
      },
    ],
    test: { file: WIRE, name: 'what lane 2 names first is kept until lane 1' },
  },
  {
    name: 'any-peer-settles',
    breaks: 'Confined',
    what: 'A peer settles the answer of another one, by its number alone.',
    edits: [
      {
        file: 'src/kernel/promise-items.ts',
        find: "if (side === 'p') return rows.decidedBy({ link: link.row.id, kind: 'item', number });",
        replace:
          "if (side === 'p') return links.all().map(({ row }) => rows.decidedBy({ link: row.id, kind: 'item', number })).find(Boolean);",
      },
    ],
    test: { file: WIRE, name: 'the first word on a promise counts' },
  },
  {
    name: 'second-word-counts',
    breaks: 'Once',
    what: 'A peer that says twice what became of a promise is believed twice.',
    edits: [
      {
        file: 'src/kernel/promise-items.ts',
        find: 'const open = openPromise(book, row?.id);',
        replace: 'const open = openPromise(book, row?.id) ?? row;',
      },
    ],
    test: { file: 'test/kernel/answers-wire.test.ts', name: 'the first word on a promise counts' },
  },
  {
    name: 'answers-without-end',
    breaks: 'Confined',
    what: 'A peer may have answers without end that it never gives up.',
    edits: [
      {
        file: 'src/kernel/promise-exports.ts',
        find: 'held.sizes.size >= PEER_ANSWERS_MAX ||',
        replace: 'held.sizes.size >= 10 * PEER_ANSWERS_MAX ||',
      },
    ],
    test: { file: WIRE, name: 'a peer that has as many answers as may be' },
  },
  {
    name: 'nothing-asked-after-a-doubt',
    breaks: 'Once',
    what: 'After a settling nobody asks what became of a promise that was told before.',
    edits: [
      {
        file: 'src/kernel/promise-partings.ts',
        find: "if (row.state === 'pending' && isKept) rows.want(row);",
        replace: "if (row.state === 'pending' && number < 0) rows.want(row);",
      },
    ],
    test: { file: SETTLED, name: 'goes back from after step' },
  },
  {
    name: 'counts-from-before-a-doubt',
    breaks: 'Once',
    what: 'After a settling one end counts mentions of a promise on from before.',
    edits: [
      {
        file: 'src/kernel/promise-partings.ts',
        find: 'received: isKept ? 0 : 1 });',
        replace: 'received: isKept ? decider.received : 1 });',
      },
    ],
    test: { file: SETTLED, name: 'goes back from after step' },
  },
  {
    name: 'kept-for-nobody-after-a-doubt',
    breaks: 'Once',
    what: 'After a settling a vat keeps what its peer had given up in the time that was lost.',
    edits: [
      {
        file: 'src/kernel/names.ts',
        find: "if (isKnown && place === 'give') return far.giveUp(link, name);",
        replace: "if (isKnown && place === 'give') return undefined;",
      },
      {
        file: 'src/kernel/promise-names.ts',
        find: "if (!known && place === 'give') return giveUp(link, { kind: 'item', number });",
        replace: "if (!known && place === 'give') return undefined;",
      },
    ],
    test: { file: SETTLED, name: 'goes back from after step' },
  },
  {
    name: 'kept-for-a-peer-that-lost-all',
    breaks: 'Once',
    what: 'A promise that only a lost link named is kept for as long as its vat lives.',
    edits: [
      {
        file: 'src/kernel/renumber.ts',
        find: 'if (how.isLost) partings.forgetUnsent(link);',
        replace: 'if (how.isLost) partings.renamed();',
      },
    ],
    test: {
      file: 'test/kernel/settle-lost.test.ts',
      name: 'holds no promise any more, but for those',
    },
  },
  {
    name: 'answers-of-a-dropped-peer',
    breaks: 'Once',
    what: 'What a peer was to decide stays open when that peer is dropped.',
    edits: [
      {
        file: 'src/kernel/promise-partings.ts',
        find: "for (const [row] of decidedBy(link)) end(row, 'QRT_LINK_DROPPED');",
        replace: 'for (const [row] of decidedBy(link)) rows.decide(row, undefined);',
      },
    ],
    test: { file: 'test/kernel/answers-across.test.ts', name: 'what a dropped peer was to decide' },
  },
  {
    name: 'continuation-served-as-a-message',
    breaks: 'Once',
    what: 'A message to an answer that is not there yet takes out the continuation that waits before it.',
    edits: [
      {
        file: 'src/store/promises.ts',
        find: 'without.length === 0 && !isMessage',
        replace: 'without.length === 0',
      },
    ],
    test: {
      file: 'test/kernel/answers-across.test.ts',
      name: 'Q8 a later message to an answer that is not there yet leaves its continuation alone',
    },
  },
  {
    name: 'told-to-nobody',
    breaks: 'Once',
    what: 'A peer that comes to know a settled promise is never told what it became.',
    edits: [
      {
        file: 'src/kernel/promise-exports.ts',
        find: 'if (isSettled) untold.set(',
        replace: 'if (isSettled && hasAny && name.number < 0) untold.set(',
      },
    ],
    test: {
      file: 'test/kernel/answers-across.test.ts',
      name: 'a promise that was settled before it is sent along',
    },
  },
  {
    name: 'answer-of-nobody',
    breaks: 'Confined',
    what: 'A message asks for an answer that is forgotten by now, and its peer keeps that for ever.',
    edits: [
      {
        file: 'src/kernel/promise-mail.ts',
        find: 'wanted !== undefined && mail.rows.get(wanted) ? wanted : undefined;',
        replace: 'wanted !== undefined && mail.rows ? wanted : undefined;',
      },
    ],
    test: {
      file: 'test/kernel/answers-across.test.ts',
      name: 'an answer that is forgotten before its message can leave is given up at its peer',
    },
  },
];
