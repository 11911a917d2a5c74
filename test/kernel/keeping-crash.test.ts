// Housekeeping that a death or a full disk interrupts at any change of the disk: all or nothing.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalId, Qrid } from '../../src/core/ids.ts';
import type {
  KeepingRequest,
  PeerListReply,
  QridListReply,
} from '../../src/kernel/keeping-ports.ts';
import type { ControlReply } from '../../src/kernel/ports.ts';
import { hashOf, keep, newQrid } from '../sim/keeper.ts';
import { honestWire, type Wire } from '../sim/network.ts';
import { runProgram, type Step } from '../sim/scripted-worker.ts';
import { isEffect, type StoreWatch } from '../sim/watched-store.ts';
import { localIdOf } from '../sim/world.ts';
import { keepStage, type Stage, setStage } from './scenarios.ts';
import { type Fault, strikeAt } from './strike.ts';

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

interface Case {
  readonly name: string;
  readonly prepare?: (stage: Stage) => void;
  readonly request: (stage: Stage) => KeepingRequest;
  /** What the reply says, as far as it does not depend on chance. */
  readonly reply: object;
}

const CASES: readonly Case[] = [
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
    reply: { links: { withdrawn: 1, kept: 0, dropped: [expect.any(String)] } },
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
];

/** What the operator of vat one can see, in words that do not depend on chance. */
function describeOne({ one }: Stage, qrid: Qrid): unknown {
  const { qrids } = keep<QridListReply>(one, { type: 'qrid-list' });
  const { peers } = keep<PeerListReply>(one, { type: 'peer-list' });
  const { objects, outbox, inbox, quarantined, turns } = one.status();
  return {
    qrids: qrids.map(({ state, label, peers: count }) => `${state} ${label} ${count}`).toSorted(),
    peers: peers.map(({ oldestMs: _, lastError: __, ...peer }) => peer),
    sends: one.send(qrid).ok,
    state: { objects, outbox, inbox, quarantined },
    ran: { turns, memory: one.store().memory('m1.1' as LocalId)?.body },
    usage: one.store().outboxUsage(),
    log: one.log().map(({ text }) => text.replace(/ \(trace.*/, '')),
  };
}

const withoutQrid = (reply: ControlReply): unknown =>
  reply.ok ? { ...(reply.value as object), qrid: '', hash: '', trace: '' } : reply;

describe.each(CASES)(
  'crash during $name',
  { timeout: 60_000 },
  ({ prepare, request, reply: expected }) => {
    let stage: Stage;
    let reset: () => void;
    let calls: string[];
    let end: unknown;

    const run = (watch: StoreWatch): unknown => {
      reset();
      stage.one.setWatch(watch);
      const asked = request(stage);
      const reply = withoutQrid(stage.one.control(asked));
      stage.world.run(60_000);
      stage.one.setWatch(undefined);
      // The reply is kept with what it speaks of.
      expect(withoutQrid(stage.one.control(asked))).toEqual(reply);
      return { reply, seen: describeOne(stage, stage.objects.one) };
    };

    beforeAll(() => {
      stage = setStage();
      prepare?.(stage);
      reset = keepStage(stage);
      calls = [];
      end = run({ before: (call) => isEffect(call) && calls.push(call.name) });
    });
    afterAll(() => stage.world.close());

    it('the run without a fault ends well', () => {
      expect(end).toMatchObject({ reply: expected });
      expect(calls.length).toBeGreaterThan(3);
    });

    it.each<[Fault]>([['death before'], ['death after'], ['disk full']])(
      'Q18 Q20 %s each change of the disk leaves the same end',
      (fault) => {
        for (let point = 1; point <= calls.length; point += 1) {
          const found = run(strikeAt(point, fault));
          expect(found, `${calls[point - 1]}, point ${point}`).toEqual(end);
        }
      },
    );
  },
);
