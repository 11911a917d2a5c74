// Bugs about promises: what they become, who waits for them, and when they are forgotten.

import type { Plant } from './plant.ts';

const MODEL = {
  file: 'test/kernel/promises-random.test.ts',
  name: 'each is told once what it became',
};

export const PROMISE_PLANTS: readonly Plant[] = [
  {
    name: 'rejection-taken-for-a-value',
    breaks: 'Once',
    what: 'A rejection goes to the continuation for values when there is none for errors.',
    edits: [
      {
        file: 'src/kernel/promise-mail.ts',
        find: "    state === 'fulfilled' ? fulfilled : rejected;\n",
        replace: "    state === 'fulfilled' ? fulfilled : (rejected ?? fulfilled);\n",
      },
    ],
    test: MODEL,
  },
  {
    name: 'later-message-overtakes',
    breaks: 'Once',
    what: 'A message to a promise that was settled just now overtakes those that wait for it.',
    edits: [
      {
        file: 'src/kernel/promise-mail.ts',
        find: 'const way = hasMessages(mail, row) ? undefined : wayOf(mail, row);',
        replace:
          'const way = row.decider && hasMessages(mail, row) ? undefined : wayOf(mail, row);',
      },
    ],
    test: {
      file: 'test/kernel/promises.test.ts',
      name: 'Q22 what waits for a promise goes before',
    },
  },
  {
    name: 'kept-promise-forgotten',
    breaks: 'Once',
    what: 'A promise is forgotten that nothing holds but a memory.',
    edits: [
      {
        file: 'src/kernel/holders.ts',
        find: 'counts.has(promise) || (hasHolders && store.isHeld(promise))',
        replace: 'counts.has(promise) || (!hasHolders && store.isHeld(promise))',
      },
    ],
    test: MODEL,
  },
  {
    name: 'second-resolution-counts',
    breaks: 'Once',
    what: 'A resolver that is used again changes what its promise became.',
    edits: [
      {
        file: 'src/kernel/promise-ends.ts',
        find: "return row?.state === 'pending' && row.follows === undefined ? row : undefined;",
        replace: 'return row?.follows === undefined ? row : undefined;',
      },
    ],
    test: MODEL,
  },
  {
    name: 'answer-after-the-commit',
    breaks: 'Atomic',
    what: 'The answer of a turn is given in a transaction of its own, after the commit of the turn.',
    edits: [
      {
        file: 'src/kernel/promises.ts',
        find: '      const row = openPromise(mail, id);\n      if (row) fulfil(mail, row, value);\n',
        replace:
          '      late.push(() => {\n' +
          '        const row = openPromise(mail, id);\n' +
          '        if (row) fulfil(mail, row, value);\n' +
          '      });\n',
      },
      {
        file: 'src/kernel/promises.ts',
        find: '  const { clock, inboxUsage, outboxUsage } = island;\n',
        replace:
          '  const { clock, inboxUsage, outboxUsage } = island;\n' +
          '  const late: (() => void)[] = [];\n' +
          '  island.transaction.afterCommit(() => {\n' +
          '    for (const run of late.splice(0)) run();\n' +
          '  });\n',
      },
    ],
    test: MODEL,
  },
  {
    name: 'continuation-not-counted-anew',
    breaks: 'Once',
    what: 'After a restart nothing is known to hold a promise that is the continuation of another one.',
    edits: [
      {
        file: 'src/store/promises.ts',
        find: "WHERE fulfilled LIKE 'p%' OR rejected LIKE 'p%'",
        replace: "WHERE fulfilled LIKE 'x%' OR rejected LIKE 'x%'",
      },
    ],
    test: {
      file: 'test/kernel/promises.test.ts',
      name: 'Q20 a promise that is the continuation of another one',
    },
  },
  {
    name: 'decided-promise-waits-on',
    breaks: 'Once',
    what: 'A combination that was decided keeps its rows at all of its other parts.',
    edits: [
      {
        file: 'src/kernel/promise-rows.ts',
        find: 'return left > 0 ? data.slots : [];',
        replace: 'return left > data.slots.length ? data.slots : [];',
      },
    ],
    test: { file: 'test/kernel/promises.test.ts', name: 'Q8 a promise that lives long' },
  },
  {
    name: 'deadline-by-chance',
    breaks: 'Once',
    what: 'A deadline that is over when it is given counts only if no answer comes in that moment.',
    edits: [
      {
        file: 'src/kernel/promises.ts',
        find: 'row.deadlineMs <= nowMs',
        replace: 'row.deadlineMs < 0',
      },
    ],
    test: { file: 'test/kernel/promises.test.ts', name: 'a deadline that is over when' },
  },
  {
    name: 'share-without-room-blocks',
    breaks: 'Once',
    what: 'What waits for a promise waits, too, while another share that waits for it has no room.',
    edits: [
      {
        file: 'src/kernel/promises.ts',
        find: '      full.add(next.share);\n      continue;\n',
        replace: '      full.add(next.share);\n      break;\n',
      },
    ],
    test: {
      file: 'test/kernel/promises-room.test.ts',
      name: 'waits for the room of its own share',
    },
  },
  {
    name: 'value-not-passed-on',
    breaks: 'Once',
    what: 'A value for which there is only a continuation for errors goes nowhere.',
    edits: [
      {
        file: 'src/kernel/promise-mail.ts',
        find: '    if (row) settle(mail, row, (whole && aliasOf(whole)) ?? end);\n',
        replace:
          "    if (row && end.state !== 'fulfilled') settle(mail, row, (whole && aliasOf(whole)) ?? end);\n",
      },
    ],
    test: {
      file: 'test/testing/answers.test.ts',
      name: 'Q.when with rejected alone passes a value on',
    },
  },
];
