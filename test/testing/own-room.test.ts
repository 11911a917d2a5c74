// Own room: whoever goes on by one message to itself, or by one continuation, never lacks room for it.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { makeTestVat, type TestObject, type TestVat } from '../../src/testing/make-test-vat.ts';

vi.setConfig({ testTimeout: 60_000 });

/** The fewest that can be chosen. */
const BYTES = 1_048_576;
/** Takes all the room it finds, by continuations that never run. */
const HOARDER = `(args, { memory }) => {
  memory.never = Q.promise().promise;
  for (let size = 60_000; size > 0; size = Math.floor(size / 2)) {
    const waits = { fulfilled: memory.never, context: 'x'.repeat(size) };
    try { for (;;) Q.when(memory.never, waits); } catch { /* There is no room for so much. */ }
  }
}`;
/** So many steps, each of which is sent by the one before. */
const WALKER = `({ left, self, load }, { memory }) => {
  memory.steps = (memory.steps ?? 0) + 1;
  if (left > 1) self.sendOnly({ left: left - 1, self, load });
}`;
/** So many rings of an alarm clock, each of which winds it up again. */
const SLEEPER = `(args, { memory }) => {
  const { left, self, load } = args.context ?? args;
  memory.rings = (memory.rings ?? 0) + 1;
  if (left === 1) return;
  const { promise } = Q.promise({ deadlineMs: 1_000 });
  Q.when(promise, { rejected: self, context: { left: left - 1, self, load } });
}`;
const load = 'x'.repeat(100);

let vat: TestVat;
let hoarders: readonly TestObject[];
beforeEach(async () => {
  vat = await makeTestVat({ limits: { inboxBytes: BYTES } });
  hoarders = await Promise.all(Array.from({ length: 25 }, () => vat.install({ code: HOARDER })));
});
afterEach(() => vat.close());

it('a message to oneself takes the place of the one that runs, however full the queue is', async () => {
  const [walker, other] = [
    await vat.install({ code: WALKER }),
    await vat.install({ code: WALKER }),
  ];
  await vat.send(walker, { left: 50, self: walker, load });
  for (const hoarder of hoarders) await vat.send(hoarder);
  // What somebody else sent brings no room along.
  await vat.send(other, { left: 2, self: other, load });
  const failed = (await vat.run()).filter(({ status }) => status !== 'done');
  expect(failed).toMatchObject([{ target: other, failure: { code: 'QRT_NO_ROOM' } }]);
  expect(await vat.memory(walker)).toEqual({ steps: 50 });
});

it('so does a continuation: an alarm clock that winds itself up goes on for ever', async () => {
  const sleeper = await vat.install({ code: SLEEPER });
  await vat.send(sleeper, { left: 30, self: sleeper, load });
  for (const hoarder of hoarders) await vat.send(hoarder);
  await vat.run();
  for (let rings = 1; rings < 30; rings += 1) {
    expect(await vat.memory(sleeper)).toEqual({ rings });
    await vat.advance(999);
    expect(vat.inbox()).toEqual([]);
    await vat.advance(1);
    await vat.run();
  }
  expect(await vat.memory(sleeper)).toEqual({ rings: 30 });
});
