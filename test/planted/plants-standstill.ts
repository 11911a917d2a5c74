// Bugs about vats that forward for each other: a standstill, and who has room beyond a share.

import type { Plant } from './plant.ts';

const TEST = 'test/kernel/standstill.test.ts';

export const STANDSTILL_PLANTS: readonly Plant[] = [
  {
    name: 'standstill-is-not-noticed',
    breaks: 'Once',
    what: 'However many vats in a row wait for the next, none holds that they stand in a ring.',
    edits: [
      {
        file: 'src/kernel/standstill.ts',
        find: 'if (waits >= STANDSTILL_WAITS) {',
        replace: 'if (waits > STANDSTILL_WAITS * WAITS_MAX) {',
      },
    ],
    test: { file: TEST, name: 'go on by themselves when all are full' },
  },
  {
    name: 'who-is-away-is-overlooked',
    breaks: 'Once',
    what: 'A vat that waits for one that is away holds that it stands in a ring.',
    edits: [
      {
        file: 'src/kernel/standstill.ts',
        find: "return link.row.state !== 'ok' || link.delivery.hasFailed || !hasMoved;",
        replace: "return link.row.state !== 'ok' || (!link.delivery.hasFailed && !hasMoved);",
      },
    ],
    test: { file: TEST, name: 'wait, refuse nothing and keep to their shares' },
  },
  {
    name: 'answers-pay-back',
    breaks: 'Confined',
    what: 'An answer that leaves pays back what was lent to messages, which is then lent once more.',
    edits: [
      {
        file: 'src/kernel/outbox.ts',
        find: 'if (lane === 1) outboxUsage.repay(',
        replace: 'outboxUsage.repay(',
      },
    ],
    test: { file: TEST, name: 'is refused what is for itself' },
  },
  {
    name: 'everybody-is-lent',
    breaks: 'Once',
    what: 'What is kept for vats in a ring is filled by one outside, and they refuse their messages.',
    edits: [
      {
        file: 'src/kernel/standstill.ts',
        find: 'if (!isFound() || !from.delivery.isStuck) return false;',
        replace: 'if (!isFound() || from.row.id < 0) return false;',
      },
    ],
    test: { file: TEST, name: 'go on by themselves when all are full' },
  },
];
