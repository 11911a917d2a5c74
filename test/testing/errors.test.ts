// What a test is told when it asks a test vat for something that cannot be.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeTestVat, type TestObject, type TestVat } from '../../src/testing/make-test-vat.ts';

const coded = (code: string, text: string | RegExp = '') =>
  expect.objectContaining({ code, message: expect.stringMatching(text) });

/** Each test has a worker process of its own, and those take their time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

describe('errors of a test vat', () => {
  let vat: TestVat;
  beforeEach(async () => {
    vat = await makeTestVat();
  });
  afterEach(() => vat.close());

  it('an object of another test vat is refused wherever it stands', async () => {
    const other = await makeTestVat();
    const foreign = await other.install({ path: 'counter' });
    await other.close();
    const own = await vat.sink();
    const refused = coded('QRT_REFERENCE_FOREIGN', /object o1\.0 \(counter\)/);
    await expect(vat.send(foreign)).rejects.toEqual(refused);
    await expect(vat.send(own, { deep: [{ to: foreign }] })).rejects.toEqual(refused);
    await expect(vat.install({ path: 'counter', power: { foreign } })).rejects.toEqual(refused);
    await expect(vat.memory(foreign)).rejects.toEqual(refused);
    await expect(vat.send(own, { to: other.outside('bob') })).rejects.toEqual(
      coded('QRT_REFERENCE_FOREIGN', /outside object bob/),
    );
    expect(vat.inbox()).toEqual([]);
  });

  it('what has no memory here, and what is no number of turns, is refused', async () => {
    const invalid = (text: RegExp) => coded('QRT_ARGUMENT_INVALID', text);
    const bob = vat.outside('bob') as unknown as TestObject;
    await expect(vat.memory(bob)).rejects.toEqual(invalid(/^memory: outside object bob belongs/));
    await expect(vat.memory('o1.0' as unknown as TestObject)).rejects.toEqual(
      coded('QRT_TARGET_INVALID', /^memory needs a reference/),
    );
    for (const turnsMax of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(vat.run({ turnsMax })).rejects.toEqual(invalid(/^turnsMax: .* is no number/));
    }
  });

  it('a closed vat refuses everything but to be closed again', async () => {
    const counter = await vat.install({ path: 'counter' });
    await vat.close();
    const closed = coded('QRT_TESTVAT_CLOSED');
    await expect(vat.install({ path: 'counter' })).rejects.toEqual(closed);
    await expect(vat.sink()).rejects.toEqual(closed);
    await expect(vat.send(counter)).rejects.toEqual(closed);
    await expect(vat.step()).rejects.toEqual(closed);
    await expect(vat.run()).rejects.toEqual(closed);
    await expect(vat.memory(counter)).rejects.toEqual(closed);
    await expect(vat.restart()).rejects.toEqual(closed);
    for (const read of [vat.inbox, vat.outbox, vat.log]) {
      expect(read).toThrow(expect.objectContaining({ code: 'QRT_TESTVAT_CLOSED' }));
    }
    await vat.close();
  });

  it('closing ends what is being done, and what is in line behind it', async () => {
    const loop = await vat.install({ code: '() => { for (;;); }' });
    await vat.send(loop);
    const going = [vat.step(), vat.memory(loop), vat.sink()];
    const ended = Promise.allSettled(going);
    await vat.close();
    for (const one of await ended) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'QRT_TESTVAT_CLOSED' } });
    }
  });

  it('a worker that cannot be started is told, and a later one serves', async () => {
    // Behind bubblewrap the program that runs is chosen once, so none stands around this one.
    vi.stubEnv('QRT_BWRAP', '/nonexistent');
    await vat.close();
    vat = await makeTestVat();
    const counter = await vat.install({ path: 'counter' });
    await vat.send(counter);
    const { execPath } = process;
    try {
      process.execPath = '/bin/false';
      await vat.restart();
      await expect(vat.step()).rejects.toEqual(coded('QRT_WORKER_UNSTARTED', /ended by 1/));
    } finally {
      process.execPath = execPath;
      vi.unstubAllEnvs();
    }
    expect(await vat.step()).toMatchObject({ target: counter, status: 'done' });
  });

  it('a run that does not come to rest ends at turnsMax and says who still has messages', async () => {
    const code = '({ self }) => { self.sendOnly({ self }); self.sendOnly({ self }); }';
    const twins = await vat.install({ code, name: 'twins' });
    await vat.send(twins, { self: twins });
    await expect(vat.run({ turnsMax: 3 })).rejects.toEqual(
      coded('QRT_TESTVAT_RESTLESS', /After 3 turns .* 4 for object o1\.0 \(twins\)\./),
    );
    expect(vat.inbox()).toHaveLength(4);
  });
});
