// Turn history: what an operator who watches is told of the last turns.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPTS_LIMIT_MAX, TURNS_REMEMBERED_MAX } from '../../src/core/limits.ts';
import type { TurnsReply } from '../../src/core/turn-row.ts';
import type { VatOutput } from '../../src/kernel/ports.ts';
import { runProgram } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;

beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
});
afterEach(() => world.close());

function turnsOf(vat: TestVat, { after = 0, limit = 10_000 } = {}): TurnsReply {
  const reply = vat.control({ type: 'turns', after, limit });
  if (!reply.ok) throw new Error(reply.message);
  return reply.value as TurnsReply;
}

describe('turn history', () => {
  it('tells target, cause and outcome of each turn, in order', () => {
    const object = one.install();
    one.send(object, [['note', 1], ['make']]);
    one.send(object, [['throw', 'on purpose']]);
    world.run();
    const { turns } = turnsOf(one);
    const head = { target: 'o1.0', owner: 1, share: 'operator' };
    expect(turns).toMatchObject([
      { ...head, seq: 1, turn: 2, status: 'done', sends: 0, made: 1 },
      { ...head, seq: 2, turn: 3, status: 'failed', sends: 0, made: 0 },
    ]);
    expect(turns[1]?.failure).toEqual({ name: 'Error', message: 'on purpose' });
    expect(turns[0]?.trace).toMatch(/^[0-9a-f]{32}$/);
    expect(turns[0]?.trace).not.toBe(turns[1]?.trace);
  });

  it('tells the peer and the item by which a message came, and whose share paid for another', () => {
    const two = world.vat('two');
    const [object, friend] = [one.install(), one.install()];
    two.send(object, [['send', 0, [['note', 1]]]], { slots: [friend] });
    world.run();
    const [first, second] = turnsOf(one).turns;
    expect(first?.origin).toEqual({ vat: two.id, number: expect.any(Number) });
    expect(first).toMatchObject({ target: 'o1.0', sends: 1 });
    expect(second).toMatchObject({ target: 'o2.0', share: 'o1', trace: first?.trace });
    expect(second).not.toHaveProperty('origin');
  });

  it('tells of a message that was taken out, which no turn ended', () => {
    const object = one.install();
    one.setScript((turn, tell) => (turn.target === 'o1.0' ? undefined : runProgram(turn, tell)));
    one.send(object, [['note', 1]]);
    for (let attempt = 0; attempt <= ATTEMPTS_LIMIT_MAX; attempt += 1) {
      world.run(50);
      one.endWorker('heap');
    }
    world.run(50);
    const { turns } = turnsOf(one);
    expect(turns).toMatchObject([
      { target: 'o1.0', status: 'quarantined', failure: { code: 'QRT_MESSAGE_QUARANTINED' } },
    ]);
    expect(turns[0]).not.toHaveProperty('turn');
  });

  it('keeps the newest; of those after a number it gives the newest', () => {
    const object = one.install();
    for (let n = 0; n < TURNS_REMEMBERED_MAX + 5; n += 1) one.send(object, [['note', n % 3]]);
    world.run(2_000);
    const seqs = (asked?: { after?: number; limit?: number }): number[] =>
      turnsOf(one, asked).turns.map(({ seq }) => seq);
    expect(seqs()).toEqual(Array.from({ length: TURNS_REMEMBERED_MAX }, (_, n) => n + 6));
    expect(seqs({ after: TURNS_REMEMBERED_MAX + 2 })).toEqual([
      TURNS_REMEMBERED_MAX + 3,
      TURNS_REMEMBERED_MAX + 4,
      TURNS_REMEMBERED_MAX + 5,
    ]);
    expect(seqs({ limit: 1 })).toEqual([TURNS_REMEMBERED_MAX + 5]);
    expect(seqs({ after: TURNS_REMEMBERED_MAX + 5 })).toEqual([]);
  });

  it('tells of a turn only after it is on disk', () => {
    const object = one.install();
    const seen: (readonly [number, number])[] = [];
    one.setSpy((output: VatOutput) => {
      if (output.type !== 'control-reply' || !output.reply.ok) return;
      const { turns } = output.reply.value as Partial<TurnsReply>;
      if (turns) seen.push([turns.length, Number(one.store().readCounters().turnsDone)]);
    });
    one.setScript((turn, tell) => {
      const outcome = runProgram(turn, tell);
      if (outcome) tell(outcome);
      // The outcome is accepted and not yet committed when this is asked.
      one.handle({
        type: 'control',
        ticket: 9_999,
        request: { type: 'turns', after: 0, limit: 9 },
      });
      expect(seen).toEqual([]);
      return undefined;
    });
    one.send(object, [['note', 1]]);
    world.run(1_000);
    expect(seen).toEqual([[1, 1]]);
  });

  it('is forgotten with the life of the vat, and says so', () => {
    const object = one.install();
    one.send(object, [['note', 1]]);
    world.run();
    const before = turnsOf(one);
    world.run(1_000);
    one.crash();
    const after = turnsOf(one);
    expect(before.turns).toHaveLength(1);
    expect(after.turns).toEqual([]);
    expect(after.since).toBeGreaterThanOrEqual(before.since);
  });
});
