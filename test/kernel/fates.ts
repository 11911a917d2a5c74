// Fates: every way in which an answer can end by a named cause.

import type { FailureDescription } from '../../src/core/frames.ts';
import { copyBack } from '../sim/copy-back.ts';
import { hashOf, keep, newQrid, remove } from '../sim/keeper.ts';
import { resendAll } from '../sim/resend-all.ts';
import { runProgram, type Step } from '../sim/scripted-worker.ts';
import { localIdOf } from '../sim/world.ts';
import {
  CALLEE,
  cut,
  deleteOnTrigger,
  dropIt,
  MADE,
  meet,
  mend,
  POISON,
  poison,
  quarantinedAt,
  type Scene,
  TRIGGER,
} from './fates-scene.ts';

export interface Cause {
  readonly name: string;
  readonly where: readonly ('same' | 'across')[];
  /** What the callee is asked; its answer is what is waited for. */
  readonly program?: readonly Step[];
  /** In place of that: steps of the caller after which the promise is at that place. */
  readonly steps?: readonly Step[];
  readonly at?: number;
  /** Before anything is asked; who asks may be given another callee. */
  readonly before?: (scene: Scene) => void;
  /** Once it was asked, and all has happened that could. */
  readonly after?: (scene: Scene) => void;
  /** What is told of it; what differs where the answer comes from another vat. */
  readonly end: Partial<FailureDescription> & { readonly message: unknown };
  /** Whether only the asker's vat knows of it. */
  readonly isOurs?: boolean;
  /** Whether the link is gone afterwards. */
  readonly isParted?: boolean;
}

const BOTH = ['same', 'across'] as const;
const ACROSS = ['across'] as const;
const NO_OBJECT = {
  code: 'QRT_NO_OBJECT',
  message:
    'There is no such object: it was deleted, or its QRID is wrong or withdrawn. Ask for another.',
};
const LINK_DROPPED = {
  code: 'QRT_LINK_DROPPED',
  message:
    'The link with a vat on the way was dropped for good: nothing more is sent to it or taken ' +
    'from it. What was under way then may have arrived.',
};
const DEADLINE_PASSED = { code: 'QRT_DEADLINE_PASSED', message: 'No answer came in time.' };
const QUARANTINED = {
  code: 'QRT_MESSAGE_QUARANTINED',
  message: 'A message was taken out after 2 attempts: heap.',
};
const ONE: readonly Step[] = [['return', '1']];
const OPEN: readonly Step[] = [['promise'], ['keep', 1], ['return', '{"$":0}', [0]]];

const resolveTwice: readonly Step[] = [
  ['promise'],
  ['give', MADE + 1, '{"value":1}'],
  ['ask data', MADE + 1, '{"value":2}'],
];

export const CAUSES: readonly Cause[] = [
  { name: 'the callee threw', where: BOTH, program: [['throw', 'no']], end: { message: 'no' } },
  {
    name: 'the object was deleted before',
    where: BOTH,
    steps: [['take', 0], ['forget'], ['ask', MADE, ONE]],
    at: MADE + 1,
    before(scene) {
      const { world, here, there, caller, callee, trigger } = scene;
      here.send(caller, [['keep', 0]], { slots: [callee] });
      world.run(20_000);
      remove(there, localIdOf(there, callee));
      scene.asked = trigger;
    },
    end: NO_OBJECT,
  },
  {
    name: 'the object is deleted on the way',
    where: ACROSS,
    program: ONE,
    before: cut,
    after(scene) {
      remove(scene.there, localIdOf(scene.there, scene.callee));
      mend(scene);
    },
    end: NO_OBJECT,
  },
  {
    name: 'the object is deleted while the message waits for its turn',
    where: BOTH,
    steps: [
      ['send', TRIGGER, []],
      ['ask', CALLEE, ONE],
    ],
    before: deleteOnTrigger,
    after: ({ there }) => there.setScript(runProgram),
    end: NO_OBJECT,
  },
  {
    name: 'the QRID was withdrawn before',
    where: ACROSS,
    program: ONE,
    before(scene) {
      const { there, callee } = scene;
      const leaked = newQrid(there, callee);
      keep(there, { type: 'qrid-revoke', hash: hashOf(leaked), withLinks: false });
      scene.asked = leaked;
    },
    end: NO_OBJECT,
  },
  {
    name: 'what peers got by the QRID was withdrawn',
    where: ACROSS,
    program: ONE,
    before(scene) {
      const { world, here, there, caller, callee } = scene;
      meet(scene);
      const leaked = newQrid(there, callee);
      here.send(caller, [['send', 0, []]], { slots: [leaked] });
      world.run(20_000);
      keep(there, { type: 'qrid-revoke', hash: hashOf(leaked), withLinks: true });
      scene.asked = leaked;
    },
    end: NO_OBJECT,
  },
  {
    name: 'there is no such object',
    where: ACROSS,
    program: ONE,
    before: (scene) => {
      scene.asked = { ...scene.callee, swissnum: `${'A'.repeat(42)}E` as never };
    },
    end: NO_OBJECT,
  },
  { name: 'quarantine', where: BOTH, program: POISON, before: poison, end: QUARANTINED },
  {
    name: 'quarantine, and its copy is sent again',
    where: BOTH,
    program: POISON,
    before: poison,
    after({ there }) {
      there.setScript(runProgram);
      keep(there, { type: 'quarantine-again', number: quarantinedAt(there) });
    },
    end: QUARANTINED,
  },
  {
    name: 'quarantine, and its copy is forgotten',
    where: BOTH,
    program: POISON,
    before: poison,
    after: ({ there }) =>
      void keep(there, { type: 'quarantine-discard', number: quarantinedAt(there) }),
    end: QUARANTINED,
  },
  {
    name: 'the peer is dropped, and nothing had reached it',
    where: ACROSS,
    program: ONE,
    before(scene) {
      meet(scene);
      cut(scene);
    },
    after: dropIt,
    end: LINK_DROPPED,
    isParted: true,
  },
  {
    name: 'the peer is dropped, and the answer was open there',
    where: ACROSS,
    program: OPEN,
    after(scene) {
      dropIt(scene);
      scene.there.send(scene.callee, [
        ['take', 0],
        ['give', 0, '{"value":"to nobody"}'],
      ]);
    },
    end: LINK_DROPPED,
    isParted: true,
  },
  {
    name: 'the deadline was over when it was given',
    where: BOTH,
    steps: [['ask', CALLEE, ONE, [], { deadlineMs: 0 }]],
    end: DEADLINE_PASSED,
    isOurs: true,
  },
  {
    name: 'the deadline passes while the answer is open',
    where: BOTH,
    steps: [['ask', CALLEE, OPEN, [], { deadlineMs: 5_000 }]],
    end: DEADLINE_PASSED,
    isOurs: true,
  },
  {
    name: 'the deadline passes, and the answer comes too late',
    where: BOTH,
    steps: [['ask', CALLEE, OPEN, [], { deadlineMs: 5_000 }]],
    after({ world, there, callee }) {
      world.run(60_000);
      there.send(callee, [
        ['take', 0],
        ['give', 0, '{"value":"late"}'],
      ]);
    },
    end: DEADLINE_PASSED,
    isOurs: true,
  },
  {
    name: 'the answer was lost with a disk',
    where: ACROSS,
    program: OPEN,
    before(scene) {
      meet(scene);
      const restore = scene.there.backup();
      scene.later = () => copyBack(scene.there, restore);
    },
    after({ world, here, there, callee, trigger, later }) {
      later!();
      here.send(trigger, []);
      there.send(callee, []);
      resendAll(world, [here, there]);
    },
    end: {
      code: 'QRT_ANSWER_LOST',
      message: 'What became of this was forgotten when the disk of one of two vats was set back.',
    },
  },
  {
    name: 'what it was sent to became data',
    where: BOTH,
    steps: [
      ['ask', CALLEE, ONE],
      ['ask', MADE, ONE],
    ],
    at: MADE + 1,
    end: {
      code: 'QRT_PROMISE_DATA',
      message: 'The promise became data, to which nothing can be sent.',
    },
  },
  {
    name: 'a resolver was used twice',
    where: ['same'],
    steps: resolveTwice,
    at: MADE + 2,
    end: {
      code: 'QRT_PROMISE_SETTLED',
      message: 'The promise of this resolver was settled before, or nobody waits for it any more.',
    },
  },
  {
    name: 'a promise resolved to itself',
    where: ['same'],
    steps: [['promise'], ['give', MADE + 1, '{"value":{"$":0}}', [MADE]]],
    end: { code: 'QRT_PROMISE_CYCLE', message: 'The promise would wait for itself for ever.' },
  },
  {
    name: 'a rejection that went through a continuation for values',
    where: BOTH,
    steps: [
      ['ask', CALLEE, [['throw', 'no']]],
      ['when', MADE, { fulfilled: CALLEE }],
    ],
    at: MADE + 1,
    end: { message: 'no' },
  },
];
