// Promises and room: what was sent to a promise that became an object of another vat waits for room in
// the outbox, each share for its own.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

const OUTBOX_ROWS = 16;
/** One sender alone may hold half. */
const SHARE_ROWS = OUTBOX_ROWS / 2;

let world: World;
let one: TestVat;
let two: TestVat;
let greedy: Qrid;
let modest: Qrid;
let far: Qrid;
beforeEach(() => {
  world = makeWorld();
  [one, two] = [world.vat('one'), world.vat('two')];
  one.setLimits({ outboxRows: OUTBOX_ROWS });
  [greedy, modest, far] = [one.install(), one.install(), two.install()];
});
afterEach(() => world.close());

/** Runs a program in an object of vat one, with these references, and what comes of it. */
function play(object: Qrid, steps: readonly Step[], slots: readonly Qrid[] = []): void {
  expect(one.send(object, steps, { slots })).toMatchObject({ ok: true });
  world.run(5_000);
}

const note = (value: string): Step[] => [['note', value]];

describe('what waits for a promise', () => {
  it('waits for the room of its own share, and for nobody else', () => {
    const share: Step[] = [['promise'], ['keep', 2], ['keep', 3], ['send', 0, [['keep', 0]], [2]]];
    play(greedy, [...share, ['keep', 1]], [modest, far]);
    const sendTo = (object: Qrid, name: string): void =>
      play(object, [
        ['take', 0],
        ['send', 0, note(name)],
      ]);
    sendTo(greedy, 'greedy 1');
    sendTo(modest, 'modest 1');
    sendTo(greedy, 'greedy 2');
    sendTo(modest, 'modest 2');
    two.halt();
    const fillers = Array.from({ length: SHARE_ROWS }, (_, n) => `filler ${n}`);
    play(greedy, [['take', 2], ...fillers.map((name): Step => ['send', 0, note(name)])]);
    play(greedy, [
      ['take', 1],
      ['take', 2],
      ['give', 0, '{"value":{"$":0}}', [1]],
    ]);
    expect(one.status()).toMatchObject({
      outbox: { rows: SHARE_ROWS + 2 },
      promises: { waiting: { rows: 2 } },
    });
    two.revive();
    world.run();
    const came = notesOf(two, far);
    expect(came).toEqual([...fillers, 'modest 1', 'modest 2', 'greedy 1', 'greedy 2']);
    expect(one.status()).toMatchObject({ outbox: { rows: 0 }, promises: { waiting: { rows: 0 } } });
    expect(damagesOf(one, one.path)).toEqual([]);
  });
});
