// Limits that an operator chose, in the kernel: each at its value and one beyond, and lowered below
// what is there already, which loses nothing.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/core/frames.ts';
import type { CodeHash, LocalId, Qrid } from '../../src/core/ids.ts';
import { DEFAULT_LIMITS, type NodeLimits } from '../../src/core/node-limits.ts';
import { DEFAULT_TURN_LIMITS } from '../../src/core/turn-limits.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { done, runProgram, type TurnFrame } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { localIdOf, makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let vat: TestVat;
let object: Qrid;
let id: LocalId;

beforeEach(() => {
  world = makeWorld();
  vat = world.vat('one');
  object = vat.install({ grants: ['log'] });
  id = localIdOf(vat, object);
});
afterEach(() => world.close());

/** JSON text of exactly so many bytes. */
const text = (bytes: number): string => `"${'x'.repeat(bytes - 2)}"`;
const data = (bytes: number) => ({ body: text(bytes), slots: [] as LocalId[] });
const many = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));

const objectOf = (turn: number, k: number, change: object = {}) => {
  const { code } = vat.store().object(id)!;
  const power = { data: { body: '{}', slots: [] }, natives: {} };
  return { id: `o${turn}.${k}` as LocalId, code, power, maker: id, ...change };
};
const codeOf = (bytes: number) => {
  const source = `/*${'x'.repeat(bytes - 4)}*/`;
  return {
    text: source,
    code: Buffer.from(sha256(Buffer.from(source))).toString('hex') as CodeHash,
  };
};

/** What a worker that ignores a limit says: an outcome with so much of it. */
const OUTCOMES: Readonly<
  Partial<
    Record<keyof NodeLimits, { max: number; of: (turn: TurnFrame, count: number) => Outcome }>
  >
> = {
  codeBytes: {
    max: 1_024,
    of: ({ turn }, bytes) => done(turn, { objects: [objectOf(turn, 0, codeOf(bytes))] }),
  },
  powerBytes: {
    max: 1_024,
    of({ turn }, bytes) {
      const power = { data: data(bytes), natives: {} };
      return done(turn, { objects: [objectOf(turn, 0, { power })] });
    },
  },
  memoryBytes: {
    max: 1_024,
    of: ({ turn }, bytes) =>
      done(turn, { memory: [{ id: vat.store().object(id)!.power.memory!, value: data(bytes) }] }),
  },
  outcomeBytes: {
    max: 1_048_576,
    of({ turn }, bytes) {
      const sends = many(5, () => ({ target: id, args: data(200_000), sender: id }));
      const least = JSON.stringify(done(turn, { sends })).length;
      const [first, ...rest] = sends;
      const more = { ...first!, args: data(200_000 + bytes - least) };
      return done(turn, { sends: [more, ...rest] });
    },
  },
  turnSends: {
    max: 3,
    of: ({ turn }, count) =>
      done(turn, { sends: many(count, () => ({ target: id, args: data(2), sender: id })) }),
  },
  turnObjects: {
    max: 3,
    of: ({ turn }, count) => done(turn, { objects: many(count, (n) => objectOf(turn, n)) }),
  },
  turnLogLines: {
    max: 3,
    of: ({ turn }, count) => done(turn, { logs: many(count, () => ({ object: id, text: 'x' })) }),
  },
};

describe('a limit of a turn that was chosen', () => {
  it.each(Object.entries(OUTCOMES))(
    '%s: an outcome at it is accepted, one beyond is a broken worker',
    (name, limit) => {
      const { max, of } = limit;
      vat.setLimits({ [name]: max });
      let isFirst = true;
      const say = (count: number) => {
        isFirst = true;
        vat.setScript((turn) => {
          const outcome = isFirst ? of(turn, count) : done(turn.turn);
          isFirst = false;
          return outcome;
        });
        vat.send(object);
        world.run(100);
        return vat.status();
      };
      const before = vat.status().objects;
      expect(say(max)).toMatchObject({ workersLost: 0 });
      const { objects } = vat.status();
      expect(say(max + 1)).toMatchObject({ workersLost: 1, quarantined: 0, objects });
      expect(objects).toBeGreaterThanOrEqual(before);
    },
  );

  it('goes to each worker before its first turn, the same that the kernel checks by', () => {
    const chosen = { turnSends: 3, callDepth: 2, memoryBytes: 4_096 };
    vat.setLimits(chosen);
    vat.send(object);
    world.run(100);
    const frames = vat.outputs.flatMap((output) =>
      output.type === 'worker-frame' ? [output.frame] : [],
    );
    expect(frames[0]).toEqual({ type: 'limits', limits: { ...DEFAULT_TURN_LIMITS, ...chosen } });
    expect(frames.filter(({ type }) => type === 'limits')).toHaveLength(1);
    expect(frames.filter(({ type }) => type === 'turn')).toHaveLength(1);
  });
});

describe('a limit of a worker that was chosen', () => {
  it('turnCpuMs: at it a worker is ended, a little below it lives', () => {
    vat.setLimits({ turnCpuMs: 400 });
    let cpuMs = 0;
    let usedMs = 399;
    vat.setMeter(() => cpuMs);
    vat.setScript(() => undefined);
    vat.send(object);
    world.run(100);
    cpuMs += usedMs;
    world.run(2_000);
    expect(vat.status()).toMatchObject({ worker: 'busy', workersLost: 0 });
    usedMs = 1;
    cpuMs += usedMs;
    world.run(200);
    expect(vat.status()).toMatchObject({ workersLost: 1 });
    expect(vat.outputs).toContainEqual(expect.objectContaining({ text: 'worker 1 ended: cpu' }));
  });

  it('turnWallMs: silence of that length ends a worker, less does not', () => {
    vat.setLimits({ turnWallMs: 2_000 });
    vat.setScript(() => undefined);
    vat.send(object);
    world.run(1_950);
    expect(vat.status()).toMatchObject({ worker: 'busy', workersLost: 0 });
    world.run(200);
    expect(vat.status()).toMatchObject({ workersLost: 1 });
    expect(vat.outputs).toContainEqual(expect.objectContaining({ text: 'worker 1 ended: wall' }));
  });

  it('workerIdleMs: a worker without work is kept so long', () => {
    vat.setLimits({ workerIdleMs: 200 });
    vat.send(object);
    world.run(199);
    expect(vat.status()).toMatchObject({ worker: 'idle' });
    world.run(10);
    expect(vat.status()).toMatchObject({ worker: 'none', workersLost: 0 });
  });

  it('turnsInFlight: so many turns are handed over, and not one more', () => {
    vat.setLimits({ turnsInFlight: 3 });
    // It has a queue, and may have more in flight with each turn of it that was quick.
    const queue = many(20, () => ({ target: id, args: data(2), sender: id }));
    let ended = 0;
    vat.setScript(({ turn }) => {
      ended += 1;
      return ended > 6 ? undefined : done(turn, ended === 1 ? { sends: queue } : {});
    });
    vat.send(object);
    world.run(100);
    const turns = vat.outputs.filter(
      (output) => output.type === 'worker-frame' && output.frame.type === 'turn',
    );
    expect(turns).toHaveLength(6 + 3);
  });
});

/** Each limit of a queue, and what a turn is told of the room with it: half of what is free. */
const QUEUES: readonly [keyof NodeLimits, number, 'inbox' | 'outbox', 'rows' | 'bytes'][] = [
  ['inboxRows', 100, 'inbox', 'rows'],
  ['inboxBytes', 1_048_576, 'inbox', 'bytes'],
  ['outboxRows', 100, 'outbox', 'rows'],
  ['outboxBytes', 1_048_576, 'outbox', 'bytes'],
];

describe('a limit of a queue that was chosen', () => {
  /** Sends that take up so much of a queue. */
  const sendsOf = (target: LocalId, unit: 'rows' | 'bytes', count: number) => {
    const sizes = unit === 'rows' ? many(count, () => 2) : [262_144, count - 262_144];
    return sizes.map((bytes) => ({ target, args: data(bytes), sender: id }));
  };

  it.each(QUEUES)(
    '%s of %i: a turn may fill its room, and nothing more',
    (name, max, queue, unit) => {
      const elsewhere = world.vat('two').install();
      world.setSilentUrls(() => true);
      vat.setLimits({ [name]: max });
      const rooms: number[] = [];
      const say = (beyond: number) => {
        let isFirst = true;
        vat.setScript((turn) => {
          if (!isFirst) return done(turn.turn);
          isFirst = false;
          const room = turn.readings[queue][unit];
          rooms.push(room);
          const target = queue === 'inbox' ? id : turn.args.slots[0]!;
          return done(turn.turn, { sends: sendsOf(target, unit, room + beyond) });
        });
        vat.send(object, [], { slots: [elsewhere] });
        world.run(100);
        return vat.status().workersLost;
      };
      expect(say(1)).toBe(1);
      expect(vat.status().outbox.rows).toBeLessThanOrEqual(1);
      expect(say(0)).toBe(1);
      expect(rooms[0]).toBeGreaterThan(max / 2 - 400);
      expect(rooms[0]).toBeLessThanOrEqual(max / 2);
    },
  );

  it('the operator is told that the vat is busy', () => {
    vat.setLimits({ inboxRows: 100 });
    vat.setScript(() => undefined);
    const replies = many(60, () => vat.send(object));
    const refused = replies.filter(({ ok }) => !ok);
    // One row is kept for what the message itself may bring along.
    expect(refused).toHaveLength(60 - 49);
    expect(refused[0]).toMatchObject({ code: 'QRT_VAT_BUSY' });
  });

  it('quarantineRows: so many are kept, the newest', () => {
    vat.setLimits({ quarantineRows: 2 });
    vat.setScript((turn) => {
      vat.endWorker('heap');
      return done(turn.turn);
    });
    for (let n = 0; n < 3; n += 1) vat.send(object, [['note', n]]);
    world.run(60_000);
    // Two of the three; each is told in the log.
    expect(vat.status()).toMatchObject({ quarantined: 2, inbox: { rows: 0 } });
    expect(vat.log().filter(({ level }) => level === 'failure')).toHaveLength(3);
  });

  it('logLinesPerOwner: so many are kept, the newest, but for what is trimmed together', () => {
    vat.setLimits({ logLinesPerOwner: 100 });
    vat.setScript(({ turn }) =>
      done(turn, { logs: many(257, (n) => ({ object: id, text: `${n}` })) }),
    );
    vat.send(object);
    world.run(100);
    // The 257th line of an owner trims: the hundred up to it stay.
    expect(vat.log().map((row) => row.text)).toEqual(many(100, (n) => `${n + 157}`));
  });
});

describe('limits that are lowered below what is there', () => {
  it('the inbox: what was accepted runs, and new messages find no room until then', () => {
    vat.setScript(() => undefined);
    for (let n = 0; n < 300; n += 1) vat.send(object, [['note', n]]);
    vat.setLimits({ inboxRows: 100, inboxBytes: 1_048_576 });
    expect(vat.send(object)).toMatchObject({ ok: false, code: 'QRT_VAT_BUSY' });
    vat.setScript(runProgram);
    world.run(120_000);
    expect(notesOf(vat, object)).toEqual(many(300, (n) => n));
    expect(vat.send(object)).toMatchObject({ ok: true });
  });

  it('links: those that are there work on, and another is refused', () => {
    const [first, second, third] = ['two', 'three', 'four'].map((name) => world.vat(name));
    const qrids = [first, second, third].map((peer) => peer!.install());
    for (const qrid of qrids.slice(0, 2)) vat.send(qrid, [['note', 1]]);
    world.run(1_000);
    vat.setLimits({ links: 1 });
    for (const qrid of qrids.slice(0, 2)) vat.send(qrid, [['note', 2]]);
    expect(vat.send(qrids[2]!)).toMatchObject({ ok: false, code: 'QRT_LINKS_FULL' });
    world.run(10_000);
    expect([notesOf(first!, qrids[0]!), notesOf(second!, qrids[1]!)]).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('the defaults are what the vat had before there was a choice', () => {
    expect(DEFAULT_LIMITS).toMatchObject(DEFAULT_TURN_LIMITS);
  });
});
