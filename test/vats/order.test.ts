// Order and stock: once all is quiet, either all of an order is booked, or nothing of it.
import { describe, expect, it } from 'vitest';
import { makeRandom, pick } from '../sim/random.ts';
import { someOf } from '../thorough.ts';
import { type GuestVat, openVat, type TestObject, type Told } from './kit.ts';

const PLENTY = 20;

/** A stock with a desk. */
const openStock = async (vat: GuestVat, amount: number) => {
  const stock = await vat.guest('stock');
  await vat.answer(stock, { method: 'add', amount });
  const desk = await vat.answer<TestObject>(stock, { method: 'desk' });
  const free = async () => (await vat.answer<{ free: number }>(stock, { method: 'count' })).free;
  return { stock, desk, free };
};

const openShop = async (amounts: readonly number[]) => {
  const vat = await openVat();
  const order = await vat.guest('order');
  const stocks: Awaited<ReturnType<typeof openStock>>[] = [];
  for (const amount of amounts) stocks.push(await openStock(vat, amount));
  const free = () => Promise.all(stocks.map((stock) => stock.free()));
  return { vat, order, stocks, free };
};

/** Stands before a desk, and asks it only when it is told to. */
const SLOW_DESK = `({ go, ...args }, { memory, desk }) => {
  memory.waiting ??= [];
  if (!go) {
    const { promise, resolver } = Q.promise();
    memory.waiting.push({ args, resolver });
    return promise;
  }
  for (const { args, resolver } of memory.waiting) resolver.sendOnly({ value: desk.send(args) });
  memory.waiting = [];
}`;

describe('order', () => {
  it('all is booked where there is enough, and each booking can be undone once', async () => {
    const { vat, order, stocks, free } = await openShop([5, 100]);
    const bookings = [
      { at: stocks[0]!.desk, what: { amount: 2 } },
      { at: stocks[1]!.desk, what: { amount: 30 } },
    ];
    const made = await vat.answer<readonly TestObject[]>(order, { bookings });
    expect(await free()).toEqual([3, 70]);
    for (let n = 0; n < 2; n += 1) await vat.done(made[1]!, { method: 'undo' });
    expect(await free()).toEqual([3, 100]);
  });

  it.each([0, 1])(
    'when place %i refuses, nothing is booked in the other, and it says why',
    async (poor) => {
      const { vat, order, stocks, free } = await openShop(poor === 0 ? [1, 100] : [5, 10]);
      const bookings = [
        { at: stocks[0]!.desk, what: { amount: 2 } },
        { at: stocks[1]!.desk, what: { amount: 30 } },
      ];
      const told = await vat.tell(order, { bookings });
      await vat.run();
      const message = `there are only ${poor === 0 ? 1 : 10} left`;
      expect(await vat.heard(told)).toMatchObject({ error: { message } });
      expect(await free()).toEqual(poor === 0 ? [1, 100] : [5, 10]);
    },
  );

  it('what is booked after the other refused, or after the deadline, is undone when it is there', async () => {
    const { vat, order, stocks, free } = await openShop([5, 1]);
    const slow = await vat.object(SLOW_DESK, { desk: stocks[0]!.desk });
    const at = slow;
    const refused = [
      { at, what: { amount: 2 } },
      { at: stocks[1]!.desk, what: { amount: 2 } },
    ];
    const late = [
      { at, what: { amount: 1 } },
      { at: stocks[1]!.desk, what: { amount: 1 } },
    ];
    const told = [
      await vat.tell(order, { bookings: refused }),
      await vat.tell(order, { bookings: late, deadlineMs: 0 }),
    ];
    await vat.run();
    expect(await vat.heard(told[0]!)).toMatchObject({
      error: { message: 'there are only 1 left' },
    });
    expect(await vat.heard(told[1]!)).toMatchObject({ error: { code: 'QRT_DEADLINE_PASSED' } });
    await vat.restart();
    await vat.done(slow, { go: true });
    expect(await free()).toEqual([5, 1]);
  });

  it('what is no place to book at is refused, and nothing is sent', async () => {
    const { vat, order, stocks, free } = await openShop([5]);
    const { desk } = stocks[0]!;
    const good = { at: desk, what: { amount: 1 } };
    expect(await vat.refused(order, { bookings: [good, { at: 'desk' }] })).toMatch(/Q.send needs/);
    expect(await vat.refused(order, { bookings: good })).toMatch(/a list of at most 50/);
    expect(await vat.refused(order, { bookings: Array(51).fill(good) })).toMatch(/at most 50/);
    expect(await free()).toEqual([5]);
  });

  it('a stock books no more than there is, and a desk can do nothing else', async () => {
    const { vat, stocks, free } = await openShop([5]);
    const { stock, desk } = stocks[0]!;
    for (const amount of [6, 0, -1, 1.5, '1', null]) {
      expect(await vat.refused(desk, { amount })).toMatch(
        /^(args.amount is a whole|there are only)/,
      );
    }
    expect(await vat.refused(desk, { method: 'add', amount: null })).toMatch(/whole number/);
    for (const amount of [-1, 0.5, null]) {
      expect(await vat.refused(stock, { method: 'add', amount })).toMatch(/whole number/);
    }
    expect(await free()).toEqual([5]);
  });

  it.each(someOf([1, 2, 3], 3))(
    'random orders, refusals, delays and crashes: all of an order is booked, or nothing (seed %i)',
    async (seed) => {
      const random = makeRandom(seed);
      const { vat, order, stocks, free } = await openShop([PLENTY, PLENTY, PLENTY]);
      const slow: TestObject[] = [];
      for (const { desk } of stocks) slow.push(await vat.object(SLOW_DESK, { desk }));
      const thrower = await vat.object('() => { throw Error("never"); }');
      const orders: { readonly amounts: readonly number[]; readonly told: Told }[] = [];
      for (let n = 0; n < 40; n += 1) {
        const amounts = stocks.map(() => Math.floor(random() * 4));
        const bookings = amounts.flatMap((amount, at) => {
          const desk = random() < 0.3 ? slow[at] : stocks[at]!.desk;
          return amount === 0 ? [] : [{ at: desk, what: { amount } }];
        });
        if (random() < 0.1) bookings.push({ at: thrower, what: { amount: 1 } });
        const deadlineMs = random() < 0.2 ? 0 : 60_000;
        orders.push({ amounts, told: await vat.tell(order, { bookings, deadlineMs }) });
        for (let steps = random() * 10; steps > 0; steps -= 1) await vat.step();
        if (random() < 0.2) await vat.send(pick(random, slow), { go: true });
        if (random() < 0.1) await vat.restart();
      }
      await vat.run();
      for (const each of slow) await vat.done(each, { go: true });
      const left = stocks.map(() => PLENTY);
      let booked = 0;
      for (const { amounts, told } of orders) {
        const heard = await vat.heard(told);
        expect(heard).toBeDefined();
        if (!heard || heard.error) continue;
        booked += 1;
        for (const [at, amount] of amounts.entries()) left[at]! -= amount;
      }
      expect(await free()).toEqual(left);
      expect(booked).toBeGreaterThan(0);
      expect(booked).toBeLessThan(orders.length);
    },
  );
});
