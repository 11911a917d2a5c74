// Bugs in guests that ship: the laws of their tests must notice them.

import type { Plant } from './plant.ts';

export const GUEST_PLANTS: readonly Plant[] = [
  {
    name: 'escrow-swaps-for-one',
    breaks: 'Atomic',
    what: 'The escrow hands over what one side paid before the other has.',
    edits: [
      {
        file: 'vats/escrow.js',
        find: 'buyer.isPaid && seller.isPaid',
        replace: '(buyer.isPaid || seller.isPaid)',
      },
    ],
    test: { file: 'test/vats/escrow.test.ts', name: 'who has paid gets it back by a cancellation' },
  },
  {
    name: 'membrane-passes-a-promise',
    breaks: 'Confined',
    what: 'The membrane takes a promise for data, and passes it unwrapped.',
    edits: [
      {
        file: 'vats/membrane.js',
        find: 'Q.isPromise(thing) ? passPromise(thing) : wrap(thing)',
        replace: 'Q.isPromise(thing) ? thing : wrap(thing)',
      },
    ],
    test: { file: 'test/vats/membrane.test.ts', name: 'a promise passes at once' },
  },
  {
    name: 'membrane-tells-late-errors',
    breaks: 'Confined',
    what: 'What is rejected after the revocation of a membrane is told on the other side.',
    edits: [
      {
        file: 'vats/membrane.js',
        find: 'resolver.sendOnly({ error: gate.call({ data: error, from }) });',
        replace: 'resolver.sendOnly({ error });',
      },
    ],
    test: {
      file: 'test/vats/membrane.test.ts',
      name: 'settled after the revocation does not pass',
    },
  },
  {
    name: 'queue-keeps-what-is-done',
    breaks: 'Once',
    what: 'The work queue keeps a job that was answered, and so gives it away again.',
    edits: [
      {
        file: 'vats/work-queue.js',
        find: 'memory.jobs = memory.jobs.filter((each) => each !== job);',
        replace: 'void job;',
      },
    ],
    test: {
      file: 'test/vats/work-queue.test.ts',
      name: 'what is not answered in time is given to the next worker',
    },
  },
  {
    name: 'order-forgets-what-comes-late',
    breaks: 'Atomic',
    what: 'An order that failed does not undo what is booked.',
    edits: [
      {
        file: 'vats/order.js',
        find: 'if (!error) undo(value);',
        replace: 'if (!error && waitMs > 1_000) undo(value);',
      },
    ],
    test: { file: 'test/vats/order.test.ts', name: 'what is booked after the other refused' },
  },
  {
    name: 'order-undoes-without-room',
    breaks: 'Atomic',
    what: 'An order counts a booking as undone when there was no room for the message.',
    edits: [
      {
        file: 'vats/order.js',
        find: "if (error?.code !== 'QRT_NO_ROOM') return;",
        replace: "if (error?.code !== 'QRT_NO_ROOM' || waitMs > 0) return;",
      },
    ],
    test: { file: 'test/vats/no-room.test.ts', name: 'an order undoes what it booked' },
  },
  {
    name: 'queue-sleeps-for-ever',
    breaks: 'Once',
    what: 'The work queue sets no alarm clock for a job for which there was no room.',
    edits: [
      {
        file: 'vats/work-queue.js',
        find: '          rest.call(job);\n          continue;',
        replace: '          continue;',
      },
    ],
    test: { file: 'test/vats/no-room.test.ts', name: 'a work queue has each job done' },
  },
  {
    name: 'option-needs-more-room',
    breaks: 'Atomic',
    what: 'A covered call needs more room than a continuation has, when the goods are put aside.',
    edits: [
      {
        file: 'vats/covered-call.js',
        find: 'Q.when(over.promise, {',
        replace: 'Q.when(Q.deadline(over.promise, deadlineMs), {',
      },
    ],
    test: { file: 'test/vats/no-room.test.ts', name: 'a covered call is written all the same' },
  },
];
