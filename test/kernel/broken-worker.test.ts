// Broken workers: whatever a worker says that does not fit ends it, and leaves nothing behind.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome, WorkerFrame } from '../../src/core/frames.ts';
import type { CodeHash, LocalId, Qrid } from '../../src/core/ids.ts';
import { ASKED_BYTES_MAX, MEMORY_BYTES_MAX } from '../../src/core/limits.ts';
import type { NativeType } from '../../src/core/power.ts';
import { openReader } from '../../src/store/reader.ts';
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
  object = vat.install();
  id = localIdOf(vat, object);
});
afterEach(() => world.close());

const data = (...slots: string[]) => ({ body: '{}', slots: slots as LocalId[] });
const noPower = { data: data(), natives: {} };
const made = (turn: number, k: number): LocalId => `o${turn}.${k}` as LocalId;
const slot = (turn: number, k: number): LocalId => `m${turn}.${k}` as LocalId;
const codeOf = (): CodeHash => vat.store().object(id)!.code;

/** An object effect that fits, changed. */
const effect = (turn: number, change: object = {}) =>
  ({ id: made(turn, 0), code: codeOf(), power: noPower, maker: id, ...change }) as never;
const send = (change: object = {}) =>
  ({ target: id, args: data(), sender: id, ...change }) as never;

type Lie = (turn: TurnFrame) => Outcome | WorkerFrame | Uint8Array;

const LIES: Record<string, Lie> = {
  'the next turn first': ({ turn }) => done(turn + 1),
  'a turn that was': ({ turn }) => done(turn - 1),
  'a send to an object that never was': ({ turn }) =>
    done(turn, { sends: [send({ target: 'o99.0' })] }),
  'a send to an import that never was': ({ turn }) =>
    done(turn, { sends: [send({ target: 'i1' })] }),
  'a send by nobody': ({ turn }) => done(turn, { sends: [send({ sender: 'o99.0' })] }),
  'a send at the cost of the operator': ({ turn }) =>
    done(turn, { sends: [send({ sender: 'o0.0' })] }),
  'an object that belongs to the operator': ({ turn }) =>
    done(turn, { objects: [effect(turn, { maker: 'o0.0' })] }),
  'a memory slot that no object holds': ({ turn }) =>
    done(turn, { memory: [{ id: slot(turn, 0), value: data() }] }),
  'a reference to nothing in args': ({ turn }) =>
    done(turn, { sends: [send({ args: data('o99.0') })] }),
  'a reference to nothing in memory': ({ turn }) =>
    done(turn, { memory: [{ id: slot(2, 1), value: data('i7') }] }),
  'a reference to nothing in a power': ({ turn }) =>
    done(turn, { objects: [effect(turn, { power: { data: data('o99.0'), natives: {} } })] }),
  'a memory slot of nobody': ({ turn }) =>
    done(turn, { memory: [{ id: slot(turn + 7, 0), value: data() }] }),
  'a memory slot written twice': ({ turn }) =>
    done(turn, {
      objects: [effect(turn, { power: { ...noPower, memory: slot(turn, 1) } })],
      memory: [
        { id: slot(turn, 1), value: data() },
        { id: slot(turn, 1), value: data() },
      ],
    }),
  'a power over a memory slot that never was': ({ turn }) =>
    done(turn, { objects: [effect(turn, { power: { ...noPower, memory: 'm99.0' } })] }),
  'an object of another turn': ({ turn }) =>
    done(turn, { objects: [effect(turn, { id: made(turn - 1, 0) })] }),
  'an object that exists': ({ turn }) => done(turn, { objects: [effect(turn, { id })] }),
  'a gap in k': ({ turn }) => done(turn, { objects: [effect(turn, { id: made(turn, 1) })] }),
  'a k used twice': ({ turn }) =>
    done(turn, {
      objects: [effect(turn, { power: { ...noPower, memory: slot(turn, 0) } })],
      memory: [{ id: slot(turn, 0), value: data() }],
    }),
  'an object made by nobody': ({ turn }) =>
    done(turn, { objects: [effect(turn, { maker: 'o99.0' })] }),
  'code that nobody has': ({ turn }) =>
    done(turn, { objects: [effect(turn, { code: 'a'.repeat(64) })] }),
  'a text with the hash of another': ({ turn }) =>
    done(turn, { objects: [effect(turn, { text: 'function other() {}' })] }),
  'a power that nobody was granted': ({ turn }) =>
    done(turn, {
      objects: [effect(turn, { power: { data: data(), natives: { log: 'log' as NativeType } } })],
    }),
  'a line of the log without a grant': ({ turn }) =>
    done(turn, { logs: [{ object: id, text: 'line' }] }),
  'ready once more': () => ({ type: 'ready', ses: 'x', node: 'x' }),
  'a check that nobody asked for': () => ({ type: 'checked', reason: 'no' }),
  'an ask for memory that never was': () => ({ type: 'ask', what: 'memory', id: slot(99, 0) }),
  'bytes that are no JSON': () => Buffer.from('{'),
  'a frame of no kind': () => Buffer.from('{"type":"outcom"}'),
};

/** Every row that an outcome could have left. */
function rowsOf(): unknown {
  const reader = openReader({ path: vat.path });
  const rows = {
    objects: reader.objects(),
    memory: reader.memory().length,
    inbox: reader.inbox().length,
    outbox: reader.outbox(),
    log: reader.log(0, 100),
  };
  reader.close();
  return rows;
}

describe('a broken worker', () => {
  it.each(Object.entries(LIES))('%s ends it, and the message runs again', (_name, lie) => {
    const before = rowsOf();
    let turns = 0;
    vat.setScript((turn, tell) => {
      turns += 1;
      if (turns > 1) return runProgram(turn, tell);
      // A part that would fit comes along.
      const said = lie(turn);
      tell(said instanceof Uint8Array ? said : JSON.parse(JSON.stringify(said)));
      return undefined;
    });
    vat.send(object, [['note', 'once']]);
    world.run();
    expect(turns).toBe(2);
    expect(vat.status()).toMatchObject({ workersLost: 1, quarantined: 0, turns: 1 });
    expect(notesOf(vat, object)).toEqual(['once']);
    expect(rowsOf()).toEqual(before);
  });

  it('nothing of an outcome remains when only its last part does not fit', () => {
    const before = rowsOf();
    vat.setScript((turn, tell) => {
      if (vat.status().workersLost > 0) return runProgram(turn, tell);
      return done(turn.turn, {
        objects: [effect(turn.turn, { power: { ...noPower, memory: slot(turn.turn, 1) } })],
        memory: [
          {
            id: vat.store().object(id)!.power.memory!,
            value: { body: '{"notes":["lie"]}', slots: [] },
          },
          { id: slot(turn.turn, 1), value: data(made(turn.turn, 0)) },
        ],
        sends: [send(), send({ target: 'i99' })],
      });
    });
    vat.send(object, [['note', 'once']]);
    world.run();
    expect(rowsOf()).toEqual(before);
    expect(notesOf(vat, object)).toEqual(['once']);
  });

  it('outcomes accepted before stand, and those after it are dropped', () => {
    let isBroken = false;
    vat.setScript((turn, tell) => {
      if (isBroken || !turn.args.body.includes('["note",2]')) return runProgram(turn, tell);
      isBroken = true;
      tell(done(turn.turn + 5));
      // It goes on talking: nobody listens.
      tell(done(turn.turn));
      return undefined;
    });
    for (let n = 0; n < 5; n += 1) vat.send(object, [['note', n]]);
    world.run();
    expect(notesOf(vat, object)).toEqual([0, 1, 2, 3, 4]);
    expect(vat.status()).toMatchObject({ workersLost: 1, turns: 5 });
  });

  it('a worker that speaks without a turn is ended', () => {
    vat.send(object);
    world.run(100);
    expect(vat.status()).toMatchObject({ worker: 'idle', workersLost: 0 });
    const worker = vat.outputs.findLast(({ type }) => type === 'worker-start');
    const payload = Buffer.from(JSON.stringify({ type: 'ask', what: 'object', id }));
    const number = worker?.type === 'worker-start' ? worker.worker : 0;
    vat.handle({ type: 'worker-frame', worker: number, payload });
    world.run();
    expect(vat.status()).toMatchObject({ worker: 'none', workersLost: 1 });
  });

  it('a worker that asks without end is ended', () => {
    const memory = vat.store().object(id)!.power.memory!;
    const body = `"${'x'.repeat(MEMORY_BYTES_MAX - 2)}"`;
    let turns = 0;
    let asks = 0;
    vat.setScript((turn, tell) => {
      turns += 1;
      if (turns === 1)
        return done(turn.turn, { memory: [{ id: memory, value: { body, slots: [] } }] });
      if (turns > 2) return done(turn.turn);
      while (tell({ type: 'ask', what: 'memory', id: memory })?.type === 'memory') {
        asks += 1;
        if (asks > 2 * (ASKED_BYTES_MAX / MEMORY_BYTES_MAX)) break;
        vat.outputs.splice(0);
      }
      return undefined;
    });
    vat.send(object);
    world.run(100);
    vat.send(object);
    world.run(1_000);
    expect(asks).toBeLessThanOrEqual(ASKED_BYTES_MAX / MEMORY_BYTES_MAX);
    expect(vat.status()).toMatchObject({ workersLost: 1, turns: 2 });
  });
});
