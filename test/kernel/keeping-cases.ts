// Keeping cases: what an operator can ask of a vat beside messages, and what must be there before.

import type { KeepingRequest } from '../../src/kernel/keeping-ports.ts';
import type { SettleRequest } from '../../src/kernel/settle-ports.ts';
import { hashOf, newQrid } from '../sim/keeper.ts';
import { cutWire, honestWire, type Wire } from '../sim/network.ts';
import { runProgram, type Step } from '../sim/scripted-worker.ts';
import { localIdOf } from '../sim/world.ts';
import type { Stage } from './scenarios.ts';

const note = (value: unknown): Step[] => [['note', value]];

/** Two has redeemed something of one, and items of one and of three wait at one for two. */
function fillLinks({ world, one, two, three, objects }: Stage): void {
  two.send(objects.one, note('from two'));
  world.run();
  one.send(objects.two, note('from one'));
  one.send(objects.three, [['keep', 0]], { slots: [objects.two] });
  world.run();
  const cut: Wire = (bytes, passage) =>
    passage.from === two.id || passage.to === two.id ? [] : honestWire(bytes, passage);
  world.setWire(cut);
  one.send(objects.two, note('waits'));
  three.send(objects.three, [['tell', 0, note('waits at one')]]);
  world.run(60_000);
}

/** One has a message of two in quarantine that holds references, and it can be run now. */
function poison({ world, one, two, objects }: Stage): void {
  one.setScript(() => {
    one.endWorker('heap');
    return undefined;
  });
  two.send(objects.one, note('poison'), { slots: [objects.one, objects.two] });
  world.run();
  one.setScript(runProgram);
}

/** One went back behind what two took of it, and has sent two items since. */
function doubt({ world, one, objects }: Stage): void {
  one.send(objects.two, note('first'));
  world.run();
  const restore = one.backup();
  one.send(objects.two, note('lost'));
  world.run();
  one.halt();
  restore();
  one.revive();
  world.setWire(cutWire);
  for (const value of ['a', 'b']) one.send(objects.two, note(value));
  world.setWire(honestWire);
  world.run();
}

export interface KeepingCase {
  readonly name: string;
  readonly prepare?: (stage: Stage) => void;
  readonly request: (stage: Stage) => KeepingRequest | SettleRequest;
  /** What the reply says, as far as it does not depend on chance. */
  readonly reply: object;
}

export const KEEPING_CASES: readonly KeepingCase[] = [
  {
    name: 'a further QRID',
    request: ({ one, objects }) => {
      const object = localIdOf(one, objects.one);
      return { type: 'qrid-new', id: 'once', object, label: 'x' };
    },
    reply: { object: 'o1.0' },
  },
  {
    name: 'a revocation with links',
    prepare: fillLinks,
    request: ({ objects }) => {
      const hash = hashOf(objects.one);
      return { type: 'qrid-revoke', id: 'once', hash, withLinks: true };
    },
    reply: { links: { withdrawn: 1, kept: 0 } },
  },
  {
    name: 'a deletion',
    prepare: (stage) => {
      const { one, two, world, objects } = stage;
      newQrid(one, objects.one);
      two.send(objects.one, note('from two'));
      world.run();
      one.setStarting(false);
      two.send(objects.one, note('waits'));
      world.run(5_000);
    },
    request: () => ({ type: 'delete', id: 'once', object: 'o1.0' }),
    reply: { memory: 'emptied', qrids: 2, wasDeleted: false },
  },
  {
    name: 'a petname',
    prepare: fillLinks,
    request: ({ two }) => ({ type: 'peer-name', id: 'once', peer: two.id, name: 'bob' }),
    reply: { petname: 'bob' },
  },
  {
    name: 'a drop',
    prepare: fillLinks,
    request: ({ two }) => ({ type: 'peer-drop', id: 'once', peer: two.id }),
    reply: { wasDropped: false, rows: 2, refused: 1 },
  },
  {
    name: 'a quarantined message that is sent anew',
    prepare: poison,
    request: () => ({ type: 'quarantine-again', id: 'once', number: 1 }),
    reply: { number: 1, object: 'o1.0' },
  },
  {
    name: 'a quarantined message that is forgotten',
    prepare: poison,
    request: () => ({ type: 'quarantine-discard', id: 'once', number: 1 }),
    reply: { number: 1, object: 'o1.0' },
  },
  {
    name: 'a decision about an item in doubt',
    prepare: doubt,
    request: ({ two }) => {
      const choices = [{ from: 3, to: 3, choice: 'discard' }] as const;
      return { type: 'settle', id: 'once', peer: two.id, choices };
    },
    reply: { decided: 1, left: 1, state: 'doubt' },
  },
];
