// Bugs about turns: what a turn changes, who is at fault when it ends badly, and in which order.

import type { Plant } from './plant.ts';

export const TURN_PLANTS: readonly Plant[] = [
  {
    name: 'memory-not-rolled-back',
    breaks: 'Atomic',
    what: 'The worker keeps what a turn that threw did to its memory.',
    edits: [
      {
        file: 'src/guest/turn.ts',
        find: '  } catch (thrown) {\n    return { type',
        replace:
          '  } catch (thrown) {\n    for (const live of turn.memories.values()) loader.learnMemory(live.id, encodeMemory(turn, live));\n    return { type',
      },
    ],
    test: { file: 'test/guest/worker.test.ts', name: 'a failed turn leaves what is kept' },
  },
  {
    name: 'sends-of-a-failed-turn',
    breaks: 'Atomic',
    what: 'A worker that lies about the last part of its outcome has had the first part taken.',
    edits: [
      {
        file: 'src/kernel/outcome.ts',
        find: 'const owners = checkOutcome(island, { ...parts, granted }, { message, outcome });',
        replace:
          'for (const { id, value } of outcome.memory) {\n' +
          '          transaction.join(0);\n' +
          '          island.store.updateMemory(id, value);\n' +
          '        }\n' +
          '        const owners = checkOutcome(island, { ...parts, granted }, { message, outcome });',
      },
    ],
    test: { file: 'test/kernel/broken-worker.test.ts', name: 'nothing of an outcome remains' },
  },
  {
    name: 'blame-the-neighbour',
    breaks: 'Once',
    what: 'When a worker dies, the last message of its batch is taken out in place of the one at fault.',
    edits: [
      {
        file: 'src/kernel/turns.ts',
        find: '  if (!wasAlone) {\n    blame.suspect(unanswered, cause);',
        replace:
          '  if (!wasAlone) {\n    blame.convict({ ...unanswered.at(-1)!, attemptsUnknown: 4 }, cause);\n    blame.suspect(unanswered, cause);',
      },
    ],
    test: { file: 'test/kernel/blame.test.ts', name: 'after a death each message of the batch' },
  },
  {
    name: 'attempt-counted-too-late',
    breaks: 'Once',
    what: 'An attempt is counted, but committed only with what comes after it.',
    edits: [
      {
        file: 'src/kernel/blame.ts',
        find: '      queue.writeAttempts(attempt);\n      transaction.commit();\n',
        replace: '      queue.writeAttempts(attempt);\n',
      },
    ],
    test: { file: 'test/kernel/blame.test.ts', name: 'an attempt is on disk before it begins' },
  },
  {
    name: 'one-attempt-too-many',
    breaks: 'Once',
    what: 'A message gets one attempt more than it may have: `>` in place of `>=`.',
    edits: [
      {
        file: 'src/kernel/blame.ts',
        find: 'attemptsUnknown >= ATTEMPTS_UNKNOWN_MAX',
        replace: 'attemptsUnknown > ATTEMPTS_UNKNOWN_MAX',
      },
    ],
    test: { file: 'test/kernel/blame.test.ts', name: 'R7 a message at which the worker dies five' },
  },
  {
    name: 'dead-batch-forgotten',
    breaks: 'Once',
    what: 'Messages that were in flight when a worker died are not put back.',
    edits: [
      {
        file: 'src/kernel/turns.ts',
        find: '    blame.suspect(unanswered, cause);\n    return queue.putBack(unanswered);',
        replace:
          '    blame.suspect(unanswered, cause);\n    return queue.putBack(unanswered.slice(0, 1));',
      },
    ],
    test: { file: 'test/kernel/blame.test.ts', name: 'R7 a worker killed from outside once' },
  },
  {
    name: 'put-back-in-reverse',
    breaks: 'Once',
    what: 'Messages that are put back after a death wait in the reverse order.',
    edits: [
      {
        file: 'src/kernel/run-queue.ts',
        find: 'for (const message of messages.toReversed()) {',
        replace: 'for (const message of messages) {',
      },
    ],
    test: { file: 'test/kernel/blame.test.ts', name: 'after a death each message of the batch' },
  },
  {
    name: 'window-skips-a-row',
    breaks: 'Once',
    what: 'The next window of a long queue begins one message too late.',
    edits: [
      {
        file: 'src/store/inbox.ts',
        find: 'WHERE owner = ? AND seq > ? ORDER BY seq',
        replace: 'WHERE owner = ? AND seq > ? + 1 ORDER BY seq',
      },
    ],
    test: { file: 'test/kernel/vat.test.ts', name: 'Q22 long queues of several owners' },
  },
  {
    name: 'consumed-row-stays',
    breaks: 'Once',
    what: 'The row of a message that has run is deleted in a transaction of its own, after the commit.',
    edits: [
      {
        file: 'src/kernel/run-queue.ts',
        find: 'if (!fresh.delete(message.seq)) store.deleteInbox(message.owner, message.seq);',
        replace:
          'if (!fresh.delete(message.seq)) late.push(() => store.deleteInbox(message.owner, message.seq));',
      },
      {
        file: 'src/kernel/run-queue.ts',
        find: '  const fresh = new Map<number, InboxRow>();\n',
        replace:
          '  const fresh = new Map<number, InboxRow>();\n' +
          '  transaction.afterCommit(() => {\n' +
          '    if (late.length > 0) transaction.join(0);\n' +
          '    for (const run of late.splice(0)) run();\n' +
          '  });\n',
      },
      {
        file: 'src/kernel/run-queue.ts',
        find: 'interface Parts {\n',
        replace: 'const late: (() => void)[] = [];\n\ninterface Parts {\n',
      },
    ],
    test: {
      file: 'test/kernel/turns-random.test.ts',
      name: 'each message once and in order',
    },
  },
  {
    name: 'outcomes-in-any-order',
    breaks: 'Once',
    what: 'An outcome is taken for that of the first turn in flight, whichever it names.',
    edits: [
      {
        file: 'src/kernel/turns.ts',
        find: "if (next?.turn !== frame.turn) throw broken('an outcome is not the next one');",
        replace: "if (!next) throw broken('an outcome is not the next one');",
      },
    ],
    test: { file: 'test/worker-attacks/lies.test.ts', name: 'turn' },
  },
  {
    name: 'refusal-untold',
    breaks: 'Once',
    what: 'Who sent a message that is quarantined is never told.',
    edits: [
      {
        file: 'src/kernel/blame.ts',
        find: "if (message.origin) tell(message.origin, 'QRT_MESSAGE_QUARANTINED', trace);",
        replace:
          "if (message.origin?.link === 0) tell(message.origin, 'QRT_MESSAGE_QUARANTINED', trace);",
      },
    ],
    test: { file: 'test/kernel/forwarding.test.ts', name: 'a quarantined message is told' },
  },
  {
    name: 'another-owner-pays',
    breaks: 'Confined',
    what: 'The sends of a called object count in the share of whoever was called.',
    edits: [
      {
        file: 'src/kernel/outcome.ts',
        find: 'const share = ownerShare(message.owner);',
        replace: 'const share = ownerShare(ownerOf(outcome.sends[0]?.sender ?? message.target));',
      },
    ],
    test: { file: 'test/kernel/floods.test.ts', name: '' },
  },
  {
    name: 'kills-at-first-look',
    breaks: 'Atomic',
    what: 'A worker is ended for the time of turns whose outcomes wait to be read.',
    edits: [
      {
        file: 'src/kernel/worker-life.ts',
        find: "if (leftMs <= 0 && worker.isSuspect) return 'cpu';",
        replace: "if (leftMs <= 0) return 'cpu';",
      },
    ],
    test: { file: 'test/kernel/meter.test.ts', name: 'counts to no turn what others used' },
  },
];
