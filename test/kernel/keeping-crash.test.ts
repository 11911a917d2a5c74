// Housekeeping that a death or a full disk interrupts at any change of the disk: all or nothing.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalId, Qrid } from '../../src/core/ids.ts';
import type { PeerListReply, QridListReply } from '../../src/kernel/keeping-ports.ts';
import type { ControlReply } from '../../src/kernel/ports.ts';
import { keep } from '../sim/keeper.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { someOf } from '../thorough.ts';
import { ARE_ALL_TRIED, isTried, type Point, watchPoints } from './crash-points.ts';
import { KEEPING_CASES } from './keeping-cases.ts';
import { keepStage, type Stage, setStage } from './scenarios.ts';
import { strikeAt } from './strike.ts';

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

/** What a run in part leaves out is tried in another one. */
const PART = ARE_ALL_TRIED ? 1 : 4;

describe.each(KEEPING_CASES)(
  'crash during $name',
  { timeout: 60_000 },
  ({ prepare, request, reply: expected }) => {
    let stage: Stage;
    let reset: () => void;
    let points: readonly Point[];
    let end: unknown;

    /** Asks, with whatever `begin` lets go wrong until the function it returns is called. */
    const run = (begin: (vat: TestVat) => () => void): unknown => {
      reset();
      const stop = begin(stage.one);
      const asked = request(stage);
      const reply = withoutQrid(stage.one.control(asked));
      stage.world.run(60_000);
      stop();
      // The reply is kept with what it speaks of.
      expect(withoutQrid(stage.one.control(asked))).toEqual(reply);
      return { reply, seen: describeOne(stage, stage.objects.one) };
    };

    beforeAll(() => {
      stage = setStage();
      prepare?.(stage);
      reset = keepStage(stage);
      end = run((vat) => {
        const watch = watchPoints(vat);
        points = watch.passed;
        return watch.end;
      });
    });
    afterAll(() => stage.world.close());

    it('the run without a fault ends well', () => {
      expect(end).toMatchObject({ reply: expected });
      expect(points.length).toBeGreaterThan(6);
    });

    it('Q18 Q20 a death at any point leaves the same end', () => {
      const tried = [...points.entries()].filter(([, point]) => isTried(point));
      for (const [index, point] of someOf(tried, PART)) {
        const found = run((vat) => watchPoints(vat, [index + 1]).end);
        expect(found, `${point}, point ${index + 1}`).toEqual(end);
      }
    });

    it('Q18 Q20 a full disk at any change leaves the same end', () => {
      const changes = points.filter((point) => /^before (?!the )/.test(point));
      for (const [index, change] of someOf([...changes.entries()], PART)) {
        const found = run((vat) => {
          vat.setWatch(strikeAt(index + 1, 'disk full'));
          return () => vat.setWatch(undefined);
        });
        expect(found, `${change}, change ${index + 1}`).toEqual(end);
      }
    });
  },
);
