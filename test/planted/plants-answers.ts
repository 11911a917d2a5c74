// Bugs about answers: what a worker asks for in promises, and what it gives as an answer.

import type { Plant } from './plant.ts';

export const ANSWER_PLANTS: readonly Plant[] = [
  {
    name: 'getter-of-options-runs',
    breaks: 'Confined',
    what: 'Options are read as properties, so that a getter of the guest runs inside of our code.',
    edits: [
      {
        file: 'src/guest/options.ts',
        find: 'for (const [key, entry] of readRecord(value, what, refusePromise)) {',
        replace: 'for (const [key, entry] of Object.entries(value as object)) {',
      },
      {
        file: 'src/guest/options.ts',
        find: "import { readRecord } from './record.ts';\n",
        replace: '',
      },
    ],
    test: { file: 'test/guest-attacks/touching.test.ts', name: 'are not touched where we take' },
  },
  {
    name: 'promise-counted-when-refused',
    breaks: 'Atomic',
    what: 'A continuation that finds no room uses up an id all the same.',
    edits: [
      {
        file: 'src/guest/when.ts',
        find: "  takeRoom(turn, 'inbox', context);\n",
        replace: "  turn.made += 1;\n  takeRoom(turn, 'inbox', context);\n  turn.made -= 1;\n",
      },
    ],
    test: { file: 'test/guest/promise.test.ts', name: 'of the inbox is taken by' },
  },
  {
    name: 'room-taken-when-refused',
    breaks: 'Atomic',
    what: 'A message whose args cannot be carried takes a row of the room, caught or not.',
    edits: [
      {
        file: 'src/guest/send.ts',
        find: "  const deadline = readDeadlineOption(options, 'options');\n",
        replace:
          "  turn.inbox.rows -= 1;\n  const deadline = readDeadlineOption(options, 'options');\n",
      },
      {
        file: 'src/guest/send.ts',
        find: '  const promise = referenceTo(turn, answer);\n',
        replace: '  turn.inbox.rows += 1;\n  const promise = referenceTo(turn, answer);\n',
      },
    ],
    test: { file: 'test/guest/send.test.ts', name: 'what is refused takes no room' },
  },
  {
    name: 'continuations-without-end',
    breaks: 'Confined',
    what: 'Continuations do not count among what one turn may ask for.',
    edits: [
      {
        file: 'src/guest/queue.ts',
        find: 'turn.sends.length + turn.whens.length + turn.promises.length >= max',
        replace: 'turn.sends.length + turn.promises.length >= max',
      },
    ],
    test: { file: 'test/guest/promise.test.ts', name: 'once more fails the turn' },
  },
  {
    name: 'answer-not-weighed',
    breaks: 'Atomic',
    what: 'The answer does not count among the bytes of an outcome, which the kernel then refuses.',
    edits: [
      {
        file: 'src/guest/turn.ts',
        find: 'turn.effectBytes + (answer === undefined ? 0 : capdataBytes(answer))',
        replace:
          'turn.effectBytes + (answer === undefined ? 0 : Math.min(0, capdataBytes(answer)))',
      },
    ],
    test: { file: 'test/guest/promise.test.ts', name: 'contexts, lists and the answer count' },
  },
  {
    name: 'context-too-deep',
    breaks: 'Atomic',
    what: 'A context is taken that is one level too deep for the args of its continuation.',
    edits: [
      {
        file: 'src/guest/when.ts',
        find: 'encode({ context }, CONTEXT_OPTIONS)',
        replace:
          // biome-ignore lint/suspicious/noTemplateCurlyInString: code with the bug in it.
          '((data) => ({ ...data, body: `{"context":${data.body}}` }))(encode(context, CONTEXT_OPTIONS))',
      },
    ],
    test: { file: 'test/guest/when.test.ts', name: 'refuses a context that cannot be carried' },
  },
  {
    name: 'deadline-twice-as-long',
    breaks: 'Once',
    what: 'Q.deadline makes a promise that waits for twice as long.',
    edits: [
      {
        file: 'src/guest/promise.ts',
        find: 'slots: [awaited] }, deadlineMs });',
        replace: 'slots: [awaited] }, deadlineMs: 2 * deadlineMs });',
      },
    ],
    test: { file: 'test/testing/answers.test.ts', name: 'Q.deadline leaves the promise itself' },
  },
  {
    name: 'deadline-without-room',
    breaks: 'Confined',
    what: 'Q.deadline takes no room for what waits.',
    edits: [
      {
        file: 'src/guest/promise.ts',
        find: '  if (isPromiseId(awaited)) takeRows(turn, 1);\n',
        replace: '',
      },
    ],
    test: { file: 'test/guest/reject.test.ts', name: 'Q.deadline takes a row of the inbox' },
  },
  {
    name: 'renamed-in-place',
    breaks: 'Once',
    what: 'Promises get other names one after another, each in the place of one that still has its old one: the vat dies at each start.',
    edits: [
      {
        file: 'src/kernel/promise-rows.ts',
        find: 'if (isRenamed(entry)) store',
        replace: 'if (isRenamed(entry) && !entry.row.decider) store',
      },
    ],
    test: {
      file: 'test/kernel/settle-answers.test.ts',
      name: 'is asked after the last word of a doubt',
    },
  },
];
