// Quarantine in the operator's hands: a copy is sent anew once, or forgotten, and never both.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { INBOX_BYTES_MAX } from '../../src/core/limits.ts';
import type { AgainReply, DiscardReply } from '../../src/kernel/keeping-ports.ts';
import { openQuarantine } from '../../src/store/quarantine-reader.ts';
import { disagreements } from '../sim/checks.ts';
import { openByHand } from '../sim/hand.ts';
import { drop, keep, newQrid, remove } from '../sim/keeper.ts';
import { runProgram, type Script, type Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { localIdOf, makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let object: Qrid;

beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  two = world.vat('two');
  object = one.install();
  one.setScript(poisoned);
});
afterEach(() => world.close());

/** Ends the worker at a message that begins so, and runs all others. */
const poisoned: Script = (turn, tell) => {
  if (!turn.args.body.startsWith(JSON.stringify(POISON).slice(0, -1)))
    return runProgram(turn, tell);
  one.endWorker('heap');
  return undefined;
};
const POISON: Step[] = [['note', 'poison']];
const again = (number: number): AgainReply =>
  keep(one, { type: 'quarantine-again', number } as const);
const discard = (number: number): DiscardReply =>
  keep(one, { type: 'quarantine-discard', number } as const);
const inQuarantine = (): readonly number[] => {
  const reader = openQuarantine(one.path);
  const ids = reader.list().map(({ id }) => id);
  reader.close();
  return ids;
};

/** As if messages of the operator took half of the inbox, which is all that one share gets. */
function fillShare(path: string): void {
  const db = openByHand(path);
  db.prepare(`
    INSERT INTO inbox VALUES (1, 1000, 'operator', 'o1.0', '[]', '[]', 't', NULL, NULL, 0, 0, ?, NULL)`).run(
    INBOX_BYTES_MAX / 2,
  );
  db.close();
}

describe('a quarantined message', () => {
  it('that is sent again runs in the operator’s name, with another trace, and its copy is gone', () => {
    two.send(object, POISON);
    world.run();
    const first = one.store().quarantined(1);
    expect(first).toMatchObject({ target: localIdOf(one, object), cause: 'heap', attempts: 2 });
    one.setScript(() => undefined);
    const reply = again(1);
    expect(reply).toMatchObject({ number: 1, object: localIdOf(one, object) });
    expect(reply.trace).toMatch(/^[0-9a-f]{32}$/);
    expect(reply.trace).not.toBe(first?.trace);
    world.run(100);
    const { share, trace, origin, ...row } = one
      .store()
      .inboxAfter({ owner: 1, seq: 0, limit: 9 })[0]!;
    expect({ share, trace, origin }).toEqual({ share: 'operator', trace: reply.trace });
    // The old attempts are not counted; of the new one, alone, nothing is known yet.
    expect(row).toMatchObject({ attemptsLimit: 0, attemptsUnknown: 1, args: first?.args });
    expect(inQuarantine()).toEqual([]);
    one.crash();
    one.setScript(runProgram);
    world.run();
    expect(notesOf(one, object)).toEqual(['poison']);
    // Its first sender was told once, and hears nothing of the second.
    expect(two.status().links).toMatchObject([{ refusals: 1, received: [0, 1] }]);
    expect(disagreements(world)).toEqual([]);
  });

  it('that was not mended ends in quarantine again, under another number', () => {
    one.send(object, POISON);
    world.run();
    again(1);
    world.run();
    expect(inQuarantine()).toEqual([2]);
    expect(one.status()).toMatchObject({ quarantined: 1, inbox: { rows: 0 } });
  });

  it('asked for again with the same id is sent once, also after a crash', () => {
    one.send(object, POISON);
    world.run();
    one.setScript(runProgram);
    const request = { type: 'quarantine-again', id: 'mine', number: 1 } as const;
    const first = one.control(request);
    expect(first).toMatchObject({ ok: true });
    world.run();
    one.crash();
    expect(one.control(request)).toEqual(first);
    world.run();
    expect(notesOf(one, object)).toEqual(['poison']);
    expect(one.control({ ...request, number: 2 })).toMatchObject({ code: 'QRT_REQUEST_REUSED' });
  });

  it('that is discarded is gone, and the others stay', () => {
    for (let n = 0; n < 3; n += 1) one.send(object, POISON);
    world.run();
    expect(discard(2)).toEqual({ number: 2, object: localIdOf(one, object) });
    world.run(100);
    expect(inQuarantine()).toEqual([1, 3]);
    const code = 'QRT_QUARANTINE_UNKNOWN';
    expect(() => discard(2)).toThrow(code);
    expect(() => again(2)).toThrow(code);
    expect(() => again(4)).toThrow(code);
    expect(one.status()).toMatchObject({ quarantined: 2, inbox: { rows: 0 } });
  });

  it('to an object that was deleted since can be discarded only', () => {
    one.send(object, POISON);
    world.run();
    remove(one, localIdOf(one, object));
    expect(() => again(1)).toThrow('QRT_OBJECT_DELETED');
    world.run(100);
    expect(inQuarantine()).toEqual([1]);
    discard(1);
    world.run(100);
    expect(inQuarantine()).toEqual([]);
  });

  it('carries references to what is deleted or dropped since like any other', () => {
    const gone = newQrid(one, one.install());
    const theirs = two.install();
    one.send(object, [...POISON, ['keep', 0], ['keep', 1], ['keep', 2]], {
      slots: [gone, theirs, object],
    });
    world.run();
    const before = one.store().quarantined(1)?.args.slots;
    expect(before).toHaveLength(3);
    const reader = openQuarantine(one.path);
    const held = () => reader.show(1)?.held.map(({ state }) => state);
    expect(held()).toEqual(['live', 'live', 'live']);
    remove(one, localIdOf(one, gone));
    drop(one, two.id);
    world.run(100);
    expect(held()).toEqual(['gone', 'gone', 'live']);
    reader.close();
    one.setScript(runProgram);
    again(1);
    world.run();
    const memory = one.store().object(localIdOf(one, object))!.power.memory!;
    expect(one.store().memory(memory)?.slots).toEqual(before);
    // What is sent to them now is refused, as to any of their kind, and harms nobody.
    one.send(object, [
      ['tell', 0, POISON],
      ['tell', 1, POISON],
      ['tell', 2, [['note', 'there']]],
    ]);
    world.run();
    expect(notesOf(one, object)).toEqual(['poison', 'there']);
  });

  it('carries promises: of one that nobody else held, nothing comes but a rejection with a code', () => {
    // The memory holds the first one alone, so the second one is forgotten with the message.
    const message = [...POISON, ...[0, 1, 2, 3].map((place): Step => ['keep', place])];
    one.send(object, [['promise'], ['promise'], ['keep', 1], ['send', 0, message, [1, 2, 3, 4]]], {
      slots: [object],
    });
    world.run();
    const reader = openQuarantine(one.path);
    const states = reader.show(1)?.held.map(({ to, state }) => `${to[0]} ${state}`);
    expect(states).toEqual(['p live', 's live', 'p gone', 's gone']);
    reader.close();
    one.setScript(runProgram);
    again(1);
    world.run();
    one.crash();
    expect(damagesOf(one, one.path)).toEqual([]);
    const tell = (place: number, context: string): Step => {
      return ['when', place, { fulfilled: 0, rejected: 0, context: `"${context}"` }];
    };
    // Places: itself, the promise that is there, its resolver, the other two; then each answer.
    const takes = [0, 2, 3, 4].map((nth): Step => ['take', nth]);
    one.send(object, [...takes, tell(3, 'when'), ['ask', 3, POISON], tell(6, 'sent')], {
      slots: [object],
    });
    one.send(object, [...takes, ['ask data', 4, '{"value":1}'], tell(5, 'resolved')], {
      slots: [object],
    });
    one.send(
      object,
      [...takes, ['all', [1, 3]], tell(5, 'all'), ['first', [3]], tell(7, 'first')],
      {
        slots: [object],
      },
    );
    one.send(
      object,
      [
        ...takes,
        ['ask', 0, [['return', '{"$":0}', [0]]], [3]],
        tell(5, 'answered'),
        ['give', 2, '{"value":1}'],
      ],
      { slots: [object] },
    );
    one.send(object, [...takes, ['settled', [3, 1]], tell(5, 'each'), ['forget']], {
      slots: [object],
    });
    world.run();
    const told = notesOf(one, object) as readonly { context?: string; error?: { code: string } }[];
    const codes = told.map(({ context, error }) => [context, error?.code]);
    expect(Object.fromEntries(codes)).toEqual({
      undefined: undefined,
      when: 'QRT_NO_OBJECT',
      sent: 'QRT_NO_OBJECT',
      resolved: 'QRT_PROMISE_SETTLED',
      all: 'QRT_NO_OBJECT',
      first: 'QRT_NO_OBJECT',
      answered: 'QRT_NO_OBJECT',
      each: undefined,
    });
    const each = [{ error: expect.objectContaining({ code: 'QRT_NO_OBJECT' }) }, { value: 1 }];
    expect(told).toContainEqual({ context: 'each', value: each });
    expect(one.status().promises).toMatchObject({ pending: 0, settled: 0 });
    expect(damagesOf(one, one.path)).toEqual([]);
  });

  it('waits for room in the operator’s share, and stays where it is meanwhile', () => {
    one.send(object, POISON);
    world.run();
    one.halt();
    fillShare(one.path);
    one.revive();
    one.setScript(() => undefined);
    expect(() => again(1)).toThrow('QRT_VAT_BUSY');
    expect(inQuarantine()).toEqual([1]);
  });
});
