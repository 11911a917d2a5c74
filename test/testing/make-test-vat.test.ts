// The test kit itself: what a test sees of a vat is what is on its disk and what its turns did.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTestVat, type TestVat } from '../../src/testing/make-test-vat.ts';

describe('test vat', () => {
  let vat: TestVat;
  beforeEach(async () => {
    vat = await makeTestVat();
  });
  afterEach(() => vat.close());

  it('a step runs exactly one turn, in the order of sending', async () => {
    const counter = await vat.install({ path: 'vats/counter.js' });
    const sink = await vat.sink();
    await vat.send(counter, { add: 2, to: sink });
    await vat.send(counter, { add: 3, to: sink });
    const turn = await vat.step();
    expect(turn).toEqual({
      target: counter,
      args: { add: 2, to: sink },
      status: 'done',
      sends: [{ target: sink, args: { count: 2 } }],
      logs: [],
      made: [],
    });
    expect(await vat.memory(counter)).toEqual({ count: 2 });
    expect(await sink.received()).toEqual([]);
    await vat.run();
    expect(await sink.received()).toEqual([{ count: 2 }, { count: 5 }]);
    expect(await vat.step()).toBe(undefined);
  });
});
