// Rate limiter: what passes is never more than the capacity and what was refilled.
import { describe, expect, it } from 'vitest';
import { makeRandom } from '../sim/random.ts';
import { someOf } from '../thorough.ts';
import { type GuestVat, openVat, type TestObject, type TestReference } from './kit.ts';

interface Report {
  readonly tokens: number;
  readonly waiting: number;
  readonly passed: number;
  readonly dropped: number;
}

const limit = async (
  vat: GuestVat,
  args: { target: TestReference; capacity: number; places?: number },
) => {
  const { limited, refill } = await vat.news(await vat.guest('rate-limiter'), args);
  return { limited: limited!, refill: refill! };
};

const report = (vat: GuestVat, refill: TestObject): Promise<Report> => vat.news(refill, { add: 0 });

describe('rate limiter', () => {
  it.each(someOf([1, 2], 2))(
    'never more than capacity and refills pass, in order (seed %i)',
    async (seed) => {
      const random = makeRandom(seed);
      const vat = await openVat();
      const target = await vat.sink();
      const capacity = 1 + Math.floor(random() * 6);
      const places = Math.floor(random() * 8);
      const { limited, refill } = await limit(vat, { target, capacity, places });
      let [tokens, dropped, allowed] = [capacity, 0, capacity];
      const waiting: number[] = [];
      const passed: number[] = [];
      for (let n = 0; n < 200; n += 1) {
        if (random() < 0.85) {
          await vat.send(limited, n);
          if (tokens > 0) {
            tokens -= 1;
            passed.push(n);
          } else if (waiting.length < places) waiting.push(n);
          else dropped += 1;
        } else {
          const isFull = random() < 0.2;
          const add = isFull ? capacity : Math.floor(random() * 9);
          await vat.send(refill, isFull ? {} : { add });
          allowed += add;
          tokens = Math.min(tokens + add, capacity);
          const next = waiting.splice(0, tokens);
          tokens -= next.length;
          passed.push(...next);
        }
        if (random() < 0.02) await vat.restart();
        if (random() > 0.2) continue;
        await vat.run();
        const received = await target.received();
        expect(received).toEqual(passed);
        expect(received.length).toBeLessThanOrEqual(allowed);
        const counts = { tokens, waiting: waiting.length, passed: passed.length, dropped };
        expect(await report(vat, refill)).toEqual(counts);
      }
    },
  );

  it('between two refills at most the capacity passes, however much was refilled before', async () => {
    const vat = await openVat();
    const target = await vat.sink();
    const { limited, refill } = await limit(vat, { target, capacity: 3 });
    for (let n = 0; n < 5; n += 1) await vat.done(refill, { add: 1_000_000 });
    for (let n = 0; n < 10; n += 1) await vat.send(limited, n);
    await vat.run();
    expect(await target.received()).toEqual([0, 1, 2]);
  });

  it('who holds only the limited facet can neither refill nor reach the target past it', async () => {
    const vat = await openVat();
    const target = await vat.sink();
    const { limited, refill } = await limit(vat, { target, capacity: 2, places: 1 });
    const thief = await vat.object(
      `(args, { memory, limited }) => {
        const attempts = [
          { add: 100 }, { method: 'refill', add: 100 }, { memory: { tokens: 9 } }, { tokens: 9 },
          { get tokens() { return 9; } },
        ];
        memory.loot = attempts.map((args) => {
          try { return limited.call(args) ?? null; } catch (error) { return error.code; }
        });
      }`,
      { limited },
    );
    await vat.done(thief);
    expect(await vat.memory(thief)).toEqual({ loot: [null, null, null, null, null] });
    expect(await target.received()).toEqual([{ add: 100 }, { method: 'refill', add: 100 }]);
    expect(await report(vat, refill)).toEqual({ tokens: 0, waiting: 1, passed: 2, dropped: 2 });
  });

  it('what is too large to wait is dropped and counted, and what waits stays whole', async () => {
    const vat = await openVat();
    const target = await vat.sink();
    const { limited, refill } = await limit(vat, { target, capacity: 1, places: 100 });
    const large = '語'.repeat(80_000);
    const objects = await vat.object(
      `(args, { memory, make_object, limited }) => {
      const many = Array.from({ length: 100 }, () => make_object('() => {}'));
      limited.call(many);
    }`,
      { limited },
    );
    await vat.done(limited, 'first');
    for (let n = 0; n < 3; n += 1) await vat.done(limited, { n, large });
    expect(await report(vat, refill)).toEqual({ tokens: 0, waiting: 2, passed: 1, dropped: 1 });
    for (let n = 0; n < 2; n += 1) await vat.done(refill);
    expect(await target.received()).toEqual(['first', { n: 0, large }, { n: 1, large }]);
    for (let n = 0; n < 12; n += 1) await vat.done(objects);
    expect(await report(vat, refill)).toEqual({ tokens: 0, waiting: 8, passed: 3, dropped: 5 });
  });

  it('what waits and fits into no message is dropped, and the rest passes', async () => {
    const vat = await openVat();
    const target = await vat.sink();
    const root = await vat.guest('rate-limiter');
    const { limited, refill } = await vat.news(root, { target, capacity: 2, places: 5 });
    for (const n of [1, 2]) await vat.done(limited!, { n });
    const neighbour = await vat.object(
      `(args, { limited }) => { limited.call({ large: '\u4e2d'.repeat(170_000) }); }`,
      { limited },
    );
    await vat.done(neighbour);
    await vat.done(limited!, { n: 3 });
    await vat.done(refill!);
    expect(await report(vat, refill!)).toEqual({ tokens: 1, waiting: 0, passed: 3, dropped: 1 });
    await vat.done(limited!, { n: 4 });
    expect(await target.received()).toEqual([1, 2, 3, 4].map((n) => ({ n })));
  });

  it('limiters of one guest do not share their tokens', async () => {
    const vat = await openVat();
    const root = await vat.guest('rate-limiter');
    const target = await vat.sink();
    const one = await vat.news(root, { target, capacity: 1 });
    const two = await vat.news(root, { target, capacity: 1 });
    for (const { limited } of [one, one, two, two]) await vat.done(limited!, 'hello');
    await vat.done(one['refill']!);
    await vat.done(two['limited']!, 'too much');
    expect(await target.received()).toEqual(['hello', 'hello']);
  });

  it('refuses what would not limit anything', async () => {
    const vat = await openVat();
    const root = await vat.guest('rate-limiter');
    const target = await vat.sink();
    const refusals: [object, RegExp][] = [
      [{ capacity: 1 }, /args.target is the reference/],
      [{ target: 'text', capacity: 1 }, /args.target is the reference/],
      [{ target }, /args.capacity is a whole number from 1/],
      [{ target, capacity: 0 }, /args.capacity is a whole number from 1/],
      [{ target, capacity: 1.5 }, /args.capacity is a whole number from 1/],
      [{ target, capacity: 1, places: -1 }, /args.places is a whole number from 0 to 100/],
      [{ target, capacity: 1, places: 101 }, /args.places is a whole number from 0 to 100/],
    ];
    for (const [args, reason] of refusals) expect(await vat.refused(root, args)).toMatch(reason);
    const { refill } = await vat.news(root, { target, capacity: 1 });
    for (const add of [-1, 0.5, '5', null]) {
      expect(await vat.refused(refill!, { add })).toMatch(/args.add is a whole number from 0/);
    }
  });
});
