// Bugs about the answers that the operator asks for.

import type { Plant } from './plant.ts';

const FILE = 'src/kernel/operator-answers.ts';
const TEST = 'test/kernel/operator-answers.test.ts';
const SAME = 'Q58 is pending until then, and the same however often';

export const OPERATOR_PLANTS: readonly Plant[] = [
  {
    name: 'answer-told-early',
    breaks: 'Atomic',
    what: 'Who waits for an answer is told as soon as it is settled, and not when that is on disk.',
    edits: [
      {
        file: FILE,
        find: "    transaction.release({ type: 'control-reply', ticket, reply: value });",
        replace:
          "    (ticket > -1e12 ? island.emit : transaction.release)({ type: 'control-reply', ticket, reply: value });",
      },
    ],
    test: { file: TEST, name: 'Q19 Q58 is told after the commit' },
  },
  {
    name: 'asked-answer-unheld',
    breaks: 'Once',
    what: 'The request does not hold the promise of its answer, which is forgotten at once.',
    edits: [
      {
        file: FILE,
        find: 'keep: (answer: LocalId) => holders.add([answer]),',
        replace: 'keep: (answer: LocalId) => holders.add([answer].slice(1)),',
      },
    ],
    test: { file: TEST, name: SAME },
  },
  {
    name: 'request-holds-until-the-end',
    breaks: 'Once',
    what: 'After a restart requests hold no promises any more: an answer that came is forgotten.',
    edits: [
      {
        file: 'src/store/promises.ts',
        find: 'json_array(answer) FROM request WHERE answer IS NOT NULL`)',
        replace: 'json_array(answer) FROM request WHERE answer IS NULL`)',
      },
    ],
    test: { file: TEST, name: SAME },
  },
  {
    name: 'answer-outlives-its-request',
    breaks: 'Once',
    what: 'A request that is trimmed leaves the promise of its answer behind for good.',
    edits: [
      {
        file: FILE,
        find: '      holders.remove(answers);\n',
        replace: '      holders.remove(answers.slice(answers.length));\n',
      },
    ],
    test: { file: TEST, name: 'Q58 holds the promise until it is forgotten' },
  },
  {
    name: 'forgotten-before-it-is-told',
    breaks: 'Once',
    what: 'Who asks for the last time is told before it is on disk that the request is forgotten.',
    edits: [
      {
        file: FILE,
        find: `    const last = clients.find(({ isLast }) => isLast);
`,
        replace: `    for (const { ticket, id } of clients) reply(ticket, { ok: true, value: ended(id, end) });
    const last = clients.find(({ isLast }) => isLast);
`,
      },
      {
        file: FILE,
        find: `    }
    for (const { ticket, id } of clients) reply(ticket, { ok: true, value: ended(id, end) });
  };`,
        replace: `    }
  };`,
      },
    ],
    test: { file: TEST, name: 'Q58 forgets nothing that is not settled, and tells' },
  },
  {
    name: 'answer-is-only-followed',
    breaks: 'Once',
    what: 'An answer that follows another promise is told as that promise, and not as its value.',
    edits: [
      {
        file: FILE,
        find: 'tellEnd(row.id, endOf(rows, row)!, clients)',
        replace: 'tellEnd(row.id, { ...endOf(rows, row)!, data: row.data }, clients)',
      },
    ],
    test: { file: TEST, name: 'Q58 is what the promise becomes' },
  },
];
