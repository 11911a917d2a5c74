// Turns of a test vat that break a limit end as they do in a node, and the test is told.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTestVat, type TestVat } from '../../src/testing/make-test-vat.ts';

/** A message is tried three times, each for a second of CPU. */
const LIMIT_MS = 60_000;

describe('limits of a test vat', () => {
  let vat: TestVat;
  beforeEach(async () => {
    vat = await makeTestVat();
  });
  afterEach(() => vat.close());

  const quarantined = (cause: string) => ({
    status: 'quarantined',
    failure: {
      name: 'QrtError',
      code: 'QRT_MESSAGE_QUARANTINED',
      message: `A message was taken out after 2 attempts: ${cause}.`,
    },
    sends: [],
    logs: [],
    made: [],
  });

  it(
    'a step over an endless loop ends with its message in quarantine, and the vat lives',
    async () => {
      const loop = await vat.install({ code: '() => { for (;;); }' });
      const counter = await vat.install({ path: 'counter' });
      await vat.send(loop, { n: 1 });
      await vat.send(counter, { add: 2 });
      // Between two attempts at the loop others have their turn.
      expect(await vat.step()).toMatchObject({ target: counter, status: 'done' });
      expect(vat.inbox()).toHaveLength(1);
      expect(await vat.step()).toEqual({ target: loop, args: { n: 1 }, ...quarantined('cpu') });
      expect(vat.log()).toMatchObject([
        { level: 'failure', source: loop, text: expect.stringMatching(/QUARANTINED.*cpu/) },
      ]);
    },
    LIMIT_MS,
  );

  it(
    'a heap bomb among other messages costs only itself',
    async () => {
      const code = '() => { const all = []; for (;;) all.push(Array(100000).fill(all)); }';
      const bomb = await vat.install({ code });
      const counter = await vat.install({ path: 'counter' });
      for (const target of [counter, bomb, counter]) await vat.send(target);
      const turns = await vat.run();
      const of = (target: unknown) => turns.filter((turn) => turn.target === target);
      expect(of(bomb)).toEqual([{ target: bomb, args: null, ...quarantined('heap') }]);
      expect(of(counter).map(({ status }) => status)).toEqual(['done', 'done']);
      expect(await vat.memory(counter)).toEqual({ count: 2 });
    },
    LIMIT_MS,
  );

  it('a turn that sends too much fails with its code', async () => {
    const code = '({ to }) => { for (let n = 0; n < 1001; n += 1) to.sendOnly(n); }';
    await vat.send(await vat.install({ code }), { to: vat.outside('bob') });
    expect(await vat.step()).toMatchObject({
      status: 'failed',
      failure: { code: 'QRT_TURN_POISONED', message: expect.stringContaining('1000 sends') },
    });
    expect(vat.outbox()).toEqual([]);
  });
});
