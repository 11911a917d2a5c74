// Bugs about who waits for whom: what operators are told of promises that are never settled.

import type { Plant } from './plant.ts';

export const WAIT_PLANTS: readonly Plant[] = [
  {
    name: 'ring-not-closed',
    breaks: 'Once',
    what: 'Promises that wait in a ring are told as several, or as none.',
    edits: [
      {
        file: 'src/core/components.ts',
        find: 'low[parent] = Math.min(low[parent]!, low[node]!);',
        replace: 'low[parent] = Math.min(low[parent]!, met[node]!);',
      },
    ],
    test: { file: 'test/core/components.test.ts', name: 'two nodes have the same cycle when' },
  },
  {
    name: 'used-resolver-counts',
    breaks: 'Once',
    what: 'A ring counts as one that ends while somebody keeps a resolver that was used.',
    edits: [
      {
        file: 'src/store/waits-survey.ts',
        find: "iif(follows IS NULL, kind, 'answer') AS kind",
        replace: 'kind',
      },
    ],
    test: { file: 'test/store/waits.test.ts', name: 'in a ring are told as one' },
  },
  {
    name: 'resolver-held-by-its-waiter',
    breaks: 'Once',
    what: 'A resolver counts as held that only what waits for its own promise holds.',
    edits: [
      {
        file: 'src/store/waits-survey.ts',
        find: 'else addEdge(later, from, to);',
        replace: 'else hasEnd[to] = 1;',
      },
    ],
    test: { file: 'test/store/waits.test.ts', name: 'is a cycle by itself' },
  },
  {
    name: 'resolver-in-quarantine-is-lost',
    breaks: 'Once',
    what: 'A promise counts as stuck whose resolver is in a message that can be sent anew.',
    edits: [
      {
        file: 'src/store/waits-places.ts',
        find: 'AS behind FROM quarantine\n    WHERE slots LIKE :within`',
        replace: 'AS behind FROM quarantine\n    WHERE NOT slots LIKE :within`',
      },
    ],
    test: {
      file: 'test/store/waits-holders.test.ts',
      name: 'is not stuck whose resolver is in a',
    },
  },
  {
    name: 'one-part-settles-all',
    breaks: 'Once',
    what: 'What waits until all of its parts are settled counts as settled by the first.',
    edits: [
      {
        file: 'src/store/waits-survey.ts',
        find: '(kind === KINDS.settled ? 0 : 1)',
        replace: '(kind === KINDS.settled ? -99 : 1)',
      },
    ],
    test: { file: 'test/store/waits.test.ts', name: 'whose resolver nobody holds is stuck' },
  },
  {
    name: 'own-room-taken-away',
    breaks: 'Once',
    what: 'A turn is not told of the room that its own message holds: a chain ends in a full queue.',
    edits: [
      {
        file: 'src/kernel/batch.ts',
        find: '  if (share !== own) return room;\n',
        replace: '  if (share === own || share !== own) return room;\n',
      },
    ],
    test: { file: 'test/testing/own-room.test.ts', name: 'an alarm clock that winds itself up' },
  },
  {
    name: 'own-room-for-all',
    breaks: 'Confined',
    what: 'A turn may also use the room that a message of somebody else holds.',
    edits: [
      {
        file: 'src/kernel/batch.ts',
        find: '  if (share !== own) return room;\n',
        replace: "  if (share !== own && own === '') return room;\n",
      },
    ],
    test: { file: 'test/testing/own-room.test.ts', name: 'a message to oneself takes the place' },
  },
];
