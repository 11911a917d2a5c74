// Greeter: whoever asks is greeted by name with the greeting that was kept last.
import { describe, expect, it } from 'vitest';
import { makeRandom, pick } from '../sim/random.ts';
import { openVat } from './kit.ts';

describe('greeter', () => {
  it.each([
    [{}, 'Hello'],
    [{ greeting: 'Ahoy' }, 'Ahoy'],
  ])('with the power %j everyone is greeted by what it was taught last', async (power, first) => {
    const random = makeRandom(1);
    const vat = await openVat();
    const greeter = await vat.guest('greeter', { power });
    let greeting: string = first;
    let greeted = 0;
    for (let n = 0; n < 60; n += 1) {
      const taught =
        random() < 0.3 ? pick(random, ['Salut', 'Привет', 'x'.repeat(200)]) : undefined;
      const name = pick(random, [undefined, 'Alice', '', '__proto__']);
      greeting = taught ?? greeting;
      const args = { ...(taught && { greeting: taught }), ...(name !== undefined && { name }) };
      if (random() < 0.2) {
        await vat.done(greeter, args);
      } else {
        const text = `${greeting}, ${name ?? 'stranger'}!`;
        expect(await vat.news(greeter, args)).toEqual({ text });
      }
      greeted += 1;
      if (random() < 0.05) await vat.restart();
    }
    expect(await vat.memory(greeter)).toMatchObject({ greeted });
  });

  it('refuses what is no greeting or no name, and keeps the one that it has', async () => {
    const vat = await openVat();
    const greeter = await vat.guest('greeter');
    const to = await vat.sink();
    for (const greeting of ['', 5, null, 'x'.repeat(201), ['Hello']]) {
      expect(await vat.refused(greeter, { greeting, to })).toMatch(/args.greeting is a text/);
    }
    for (const name of [5, null, 'x'.repeat(201)]) {
      expect(await vat.refused(greeter, { name, to })).toMatch(/args.name is a text/);
    }
    expect(await vat.refused(greeter, { to: 'me' })).toMatch(/needs a reference/);
    expect(await vat.news(greeter)).toEqual({ text: 'Hello, stranger!' });
  });
});
