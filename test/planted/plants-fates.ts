// Bugs about the ends of answers: causes that nobody is told of, and what stands still for good.

import type { Plant } from './plant.ts';

/** Every cause, with one of those who wait. */
const TABLE = { file: 'test/kernel/fates.test.ts', name: 'a combination' };
const ROOM = 'test/kernel/peer-room.test.ts';

export const FATE_PLANTS: readonly Plant[] = [
  {
    name: 'quarantine-in-silence',
    breaks: 'Once',
    what: 'A message of this vat that is taken out leaves its answer pending for ever.',
    edits: [
      {
        file: 'src/kernel/blame.ts',
        find: '  parts.promises.reject(message.answer, why);\n',
        replace: '  if (message.origin) parts.promises.reject(message.answer, why);\n',
      },
    ],
    test: TABLE,
  },
  {
    name: 'deletion-in-silence',
    breaks: 'Once',
    what: 'What waits for its turn when its object is deleted is taken out, and its answer stays pending.',
    edits: [
      {
        file: 'src/kernel/turns.ts',
        find: "  promises.reject(message.answer, codedFailure('QRT_NO_OBJECT'));\n",
        replace:
          "  if (message.seq < 0) promises.reject(message.answer, codedFailure('QRT_NO_OBJECT'));\n",
      },
    ],
    test: TABLE,
  },
  {
    name: 'withdrawn-in-silence',
    breaks: 'Once',
    what: 'Who sends by a name that was withdrawn, or to a deleted object, is given an answer without end.',
    edits: [
      {
        file: 'src/kernel/peer-answers.ts',
        find: '      promises.reject(open(link, number), codedFailure(code));\n',
        replace:
          '      const answer = open(link, number);\n' +
          "      if (code !== 'QRT_NO_OBJECT') promises.reject(answer, codedFailure(code));\n",
      },
    ],
    test: TABLE,
  },
  {
    name: 'promises-hold-up-a-lane',
    breaks: 'Once',
    what: 'Once what waits for promises fills the share of a peer, nothing more of it is taken for good.',
    edits: [
      {
        file: 'src/kernel/peer-room.ts',
        find: "      if (!isHeldUp(share)) return 'busy';\n",
        replace: "      if (!isHeldUp(share) || bytes >= 0) return 'busy';\n",
      },
    ],
    test: { file: ROOM, name: 'does not keep out what settles the promise' },
  },
  {
    name: 'resolver-needs-room',
    breaks: 'Once',
    what: 'The message that settles a promise waits for room that only its end makes.',
    edits: [
      {
        file: 'src/kernel/peer-room.ts',
        find: "      if (isResolverId(target)) return 'room';\n",
        replace:
          "      if (isResolverId(target)) return answers.hasRoom(link) ? 'busy' : 'room';\n",
      },
    ],
    test: { file: ROOM, name: 'does not keep out the one message to its resolver' },
  },
  {
    name: 'refused-without-patience',
    breaks: 'Once',
    what: 'What finds no room beside what waits for promises is refused although room is to come.',
    edits: [
      {
        file: 'src/kernel/peer-room.ts',
        find: 'now - since.get(share)! >= PROMISES_FULL_MS_MAX',
        replace: 'now - since.get(share)! < PROMISES_FULL_MS_MAX',
      },
    ],
    test: { file: ROOM, name: 'waits for the room that another one makes' },
  },
  {
    name: 'message-with-gaps',
    breaks: 'Once',
    what: 'Who waits for an answer of a dropped peer is told a message with a gap in it.',
    edits: [
      {
        file: 'src/kernel/failures.ts',
        find: 'details ?? UNSAID[code] ?? {}',
        replace: "details ?? (code === 'QRT_LINK_DROPPED' ? {} : (UNSAID[code] ?? {}))",
      },
    ],
    test: { file: 'test/kernel/failures.test.ts', name: 'has a message without gaps' },
  },
  {
    name: 'answer-of-a-wrong-qrid-stays',
    breaks: 'Once',
    what: 'A peer that has no link is told for ever that an answer is not needed, which it never had.',
    edits: [
      {
        file: 'src/kernel/forgotten.ts',
        find: '    if (answer) rows.decide(answer, undefined);\n',
        replace: '    if (answer && !answer.decider) rows.decide(answer, undefined);\n',
      },
    ],
    test: { file: 'test/kernel/unknown-answers.test.ts', name: 'by a wrong QRID leaves nothing' },
  },
  {
    name: 'combinations-read-each-time',
    breaks: 'Confined',
    what: 'One turn has the same thousand combinations parsed as often as it resolves a promise.',
    edits: [
      {
        file: 'src/kernel/combine.ts',
        find: '  if (known) return known;\n',
        replace: '  if (known?.length === 0) return known;\n',
      },
    ],
    test: { file: 'test/kernel/bombs.test.ts', name: 'reads each of them once' },
  },
  {
    name: 'promise-follows-itself',
    breaks: 'Once',
    what: 'A promise for which nothing waits yet may become itself, and stays pending.',
    edits: [
      {
        file: 'src/kernel/promise-ends.ts',
        find: 'root.id === row.id || rows.hasPending(row.id)',
        replace: 'rows.hasPending(row.id)',
      },
    ],
    test: { ...TABLE, name: 'a continuation behind one that has only values' },
  },
  {
    name: 'value-stops-at-a-continuation-for-errors',
    breaks: 'Once',
    what: 'Where a continuation was given for errors alone, a value does not go on to its promise.',
    edits: [
      {
        file: 'src/kernel/promise-mail.ts',
        find: '    if (row) settle(mail, row, (whole && aliasOf(whole)) ?? end);\n',
        replace:
          '    const passed = (whole && aliasOf(whole)) ?? end;\n' +
          "    if (row && passed.state === 'rejected') settle(mail, row, passed);\n",
      },
    ],
    test: { file: 'test/kernel/promises-random.test.ts', name: 'each is told once what it became' },
  },
];
