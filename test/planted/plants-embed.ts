// Bugs about vats in a program: what it is told, what is kept for it, and whose references it uses.

import type { Plant } from './plant.ts';

export const EMBED_PLANTS: readonly Plant[] = [
  {
    name: 'brief-request-never-written',
    breaks: 'Once',
    what: 'What a program waits for without an id of its own is not on disk: nobody can ask again.',
    edits: [
      {
        file: 'src/kernel/request-rows.ts',
        find: '    for (const { makeRow } of fresh.values()) store.insertRequest(makeRow());\n',
        replace: '',
      },
    ],
    test: {
      file: 'test/kernel/operator-ids.test.ts',
      name: 'is a row like any other, over deaths',
    },
  },
  {
    name: 'promises-of-an-answer-forgotten',
    breaks: 'Once',
    what: 'The promises in an answer are gone with its request, while a program holds them.',
    edits: [
      {
        file: 'src/kernel/operator-answers.ts',
        find: 'if (last && !end.data.slots.some(isPromiseId)) {',
        replace: "if (last && !end.data.slots.some((id) => isPromiseId(id) && id === 'p0')) {",
      },
    ],
    test: { file: 'test/embed/answers.test.ts', name: 'but those that hold promises do' },
  },
  {
    name: 'dead-id-taken',
    breaks: 'Atomic',
    what: 'A program may name what is not there, and a message for nobody gets into the queue.',
    edits: [
      {
        file: 'src/kernel/references.ts',
        find: "    if (!isThere) throw new QrtError('QRT_NO_OBJECT', {});\n",
        replace: "    if (!isThere && id === '') throw new QrtError('QRT_NO_OBJECT', {});\n",
      },
    ],
    test: { file: 'test/kernel/operator-ids.test.ts', name: 'behind which there is nothing' },
  },
  {
    name: 'id-of-a-program-ignored',
    breaks: 'Once',
    what: 'A program that sends again under the same id sends twice.',
    edits: [
      {
        file: 'src/embed/vat-methods.ts',
        find: "  if (id !== undefined) return parseRequestId(id, 'id');\n",
        replace: "  if (id !== undefined) parseRequestId(id, 'id');\n",
      },
    ],
    test: { file: 'test/embed/crash.test.ts', name: 'has one effect and one answer' },
  },
  {
    name: 'reference-of-another-vat',
    breaks: 'Confined',
    what: 'A reference from one vat names whatever has the same id in another one.',
    edits: [
      {
        file: 'src/embed/values.ts',
        find: '  if (means.vat !== vat) throw',
        replace: "  if (means.vat !== vat && means.id === 'o0.0') throw",
      },
    ],
    test: { file: 'test/embed/answers.test.ts', name: 'means nothing to another vat' },
  },
  {
    name: 'args-read-later',
    breaks: 'Atomic',
    what: 'What a program changes after a send goes along with it.',
    edits: [
      {
        file: 'src/embed/calls.ts',
        find: '      return await run();\n',
        replace: '      await undefined;\n      return await run();\n',
      },
    ],
    test: { file: 'test/embed/answers.test.ts', name: 'read at once' },
  },
];
