// A turn that makes the most: as many objects, memories and promises as an operator can allow.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeMemoryId, makeObjectId, makePromiseId } from '../../src/core/ids.ts';
import { NODE_LIMITS } from '../../src/core/node-limits.ts';
import { done } from '../sim/scripted-worker.ts';
import { damagesOf } from '../sim/verified.ts';
import { localIdOf, makeWorld, type World } from '../sim/world.ts';

const [SENDS, OBJECTS] = [NODE_LIMITS.turnSends.max, NODE_LIMITS.turnObjects.max];

let world: World;
beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.close());

it('names all that one turn makes under the highest limits of turnSends and turnObjects', () => {
  const one = world.vat('one');
  one.setLimits({ turnSends: SENDS, turnObjects: OBJECTS });
  const object = one.install();
  const id = localIdOf(one, object);
  const { code } = one.store().object(id)!;
  const before = one.status();
  let isFirst = true;
  one.setScript(({ turn, isAnswerWanted }) => {
    const args = { body: '[]', slots: [] };
    if (!isFirst) return done(turn, isAnswerWanted ? { answer: args } : {});
    isFirst = false;
    const nth = Array.from({ length: Math.max(SENDS, OBJECTS) }, (_, n) => n);
    // Each object has a memory, each message an answer; all are counted together.
    const objects = nth.slice(0, OBJECTS).map((n) => ({
      ...{ id: makeObjectId(turn, 2 * n), code, maker: id },
      power: {
        ...{ data: { body: '{}', slots: [] }, natives: {} },
        memory: makeMemoryId(turn, 2 * n + 1),
      },
    }));
    const memory = objects.map(({ power }) => ({ id: power.memory, value: args }));
    const sends = nth.slice(0, SENDS).map((n) => {
      return { target: id, args, sender: id, answer: makePromiseId(turn, 2 * OBJECTS + n) };
    });
    const last = { body: '[{"$":0}]', slots: [sends.at(-1)!.answer] };
    return done(turn, {
      objects,
      memory: [{ ...memory[0]!, value: last }, ...memory.slice(1)],
      sends,
    });
  });
  one.send(object);
  world.run();
  expect(one.status()).toMatchObject({
    workersLost: 0,
    quarantined: 0,
    objects: before.objects + OBJECTS,
    turns: before.turns + 1 + SENDS,
    promises: { pending: 0, settled: 1 },
  });
  expect(damagesOf(one, one.path)).toEqual([]);
});
