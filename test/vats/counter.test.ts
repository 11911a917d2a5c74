// Counter: the count is the sum of all that was added, and whoever asks is told it exactly.
import { describe, expect, it } from 'vitest';
import { makeRandom, pick } from '../sim/random.ts';
import { openVat } from './kit.ts';

describe('counter', () => {
  it('adds up whole numbers, refuses all else, and tells the count', async () => {
    const random = makeRandom(1);
    const vat = await openVat();
    const counter = await vat.guest('counter');
    const bad = [0.5, '1', true, [1], 2 ** 53];
    let count = 0;
    for (let n = 0; n < 100; n += 1) {
      const dice = random();
      const add = Math.floor(random() * 2_000) - 1_000;
      if (dice < 0.2) {
        expect(await vat.refused(counter, { add: pick(random, bad) })).toMatch(/whole number/);
      } else if (dice < 0.4) {
        count += 1;
        await vat.done(counter, pick(random, [undefined, {}, { add: null }, 'anything']));
      } else {
        count += add;
        expect(await vat.news(counter, { add })).toEqual({ count });
      }
      if (random() < 0.05) await vat.restart();
      if (count !== 0) expect(await vat.memory(counter)).toEqual({ count });
    }
  });

  it('refuses a count that would not be exact, and keeps the one that it has', async () => {
    const vat = await openVat();
    const counter = await vat.guest('counter');
    await vat.done(counter, { add: Number.MAX_SAFE_INTEGER });
    expect(await vat.refused(counter)).toMatch(/too large to be exact/);
    expect(await vat.news(counter, { add: 0 })).toEqual({ count: Number.MAX_SAFE_INTEGER });
  });
});
