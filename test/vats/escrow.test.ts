// Escrow: either both sides get what was agreed, or each gets its own back, whatever happens.
import { describe, expect, it } from 'vitest';
import { makeRandom, pick } from '../sim/random.ts';
import { isThorough, someOf } from '../thorough.ts';
import { openVat, type TestObject, type TestReference, type Told } from './kit.ts';

const SIDES = ['buyer', 'seller'] as const;
type Side = (typeof SIDES)[number];
type Both<T> = Record<Side, T>;

interface Outcome {
  readonly swapped: boolean;
  readonly purse: TestObject;
  readonly error?: { readonly message: string };
}

const TERMS = { money: 7, goods: 3 };
const START = 10;
/** What each side has in the end: money and goods. */
const HAD = { buyer: [START, 0], seller: [0, START] };
const SWAPPED = { buyer: [3, 3], seller: [7, 7] };

/** Moves all that is in a purse to the wallet of its currency, and tells what is in all wallets. */
const CASHIER = `({ purses, wallets }) => {
  for (const purse of purses) {
    const amount = purse.call({ method: 'balance' });
    const isMoved = wallets.some((wallet) => {
      try {
        wallet.call({ method: 'deposit', amount, from: purse });
        return true;
      } catch {
        return false;
      }
    });
    if (!isMoved) throw Error('there is no wallet for it');
  }
  return wallets.map((wallet) => wallet.call({ method: 'balance' }));
}`;

const openMarket = async () => {
  const vat = await openVat();
  const mints = { money: await vat.guest('mint'), goods: await vat.guest('mint') };
  const issue = (mint: TestObject, amount: number) => vat.answer<TestObject>(mint, { amount });
  const power = { money: await issue(mints.money, 0), goods: await issue(mints.goods, 0) };
  const escrow = await vat.guest('escrow', { power });
  const cashier = await vat.object(CASHIER);

  /** A deal with all that its two sides have, and what they do with it. */
  const openDeal = async () => {
    const seats = await vat.answer<Both<TestObject>>(escrow, TERMS);
    const own = { buyer: await issue(mints.money, START), seller: await issue(mints.goods, START) };
    const paid: Both<Told[]> = { buyer: [], seller: [] };
    const deal = {
      own,
      async pay(side: Side, from: TestReference = own[side]) {
        paid[side].push(await vat.tell(seats[side], { method: 'pay', from }));
      },
      cancel: (side: Side) => vat.tell(seats[side], { method: 'cancel' }),
      terms: (side: Side) => vat.answer(seats[side], { method: 'terms' }),
      async outcomes(side: Side) {
        const heard = await Promise.all(paid[side].map((told) => vat.heard<Outcome>(told)));
        return heard.map((each) => each?.value ?? each?.error);
      },
      /** Takes what it was given to its wallets; returns what is in them. */
      async collect(side: Side): Promise<readonly number[]> {
        const empty = await issue(side === 'buyer' ? mints.goods : mints.money, 0);
        const wallets = side === 'buyer' ? [own[side], empty] : [empty, own[side]];
        const purses = (await deal.outcomes(side)).flatMap((end) =>
          end && 'purse' in end ? [end.purse] : [],
        );
        return vat.answer(cashier, { purses, wallets });
      },
      /** Both sides swapped, or neither. */
      async check(): Promise<boolean> {
        for (const side of SIDES) await deal.cancel(side);
        await vat.run();
        const ends = { buyer: await deal.outcomes('buyer'), seller: await deal.outcomes('seller') };
        expect(Object.values(ends).flat()).not.toContain(undefined);
        const isSwapped = ends.buyer.some((end) => end && 'swapped' in end && end.swapped);
        const have = { buyer: await deal.collect('buyer'), seller: await deal.collect('seller') };
        expect(have).toEqual(isSwapped ? SWAPPED : HAD);
        return isSwapped;
      },
    };
    return deal;
  };
  return { vat, mints, issue, openDeal };
};

describe('escrow', () => {
  it('both sides get what was agreed, and can see before what that is', async () => {
    const { vat, openDeal } = await openMarket();
    const deal = await openDeal();
    expect(await deal.terms('buyer')).toEqual({ gives: 7, gets: 3 });
    expect(await deal.terms('seller')).toEqual({ gives: 3, gets: 7 });
    for (const side of SIDES) await deal.pay(side);
    await vat.run();
    expect(await deal.check()).toBe(true);
  });

  it('who has paid gets it back by a cancellation of either side, and nobody after the swap', async () => {
    const { vat, openDeal } = await openMarket();
    for (const side of SIDES) {
      const deal = await openDeal();
      await deal.pay('buyer');
      await vat.run();
      expect(await deal.outcomes('buyer')).toEqual([undefined]);
      await deal.cancel(side);
      await vat.run();
      await deal.pay('seller');
      expect(await deal.check()).toBe(false);
      expect(await deal.outcomes('seller')).toEqual([
        { name: 'Error', message: 'this deal is over' },
      ]);
    }
  });

  it('what is less, of another currency or no purse at all ends the deal, and the other has its own', async () => {
    const { vat, mints, issue, openDeal } = await openMarket();
    const liar = await vat.object('() => 1e6');
    const alike = await issue(await vat.guest('mint'), START);
    const others = [await issue(mints.goods, 1), await issue(mints.money, START), alike, liar];
    for (const from of [...others, vat.outside('away'), null as never]) {
      const deal = await openDeal();
      await deal.pay('buyer');
      await vat.run();
      await deal.pay('seller', from);
      await vat.run();
      const [end] = await deal.outcomes('seller');
      const message = expect.stringMatching(/^(args.from is (no|in another)|there is less)/);
      expect(end).toMatchObject({ swapped: false, error: { message } });
      expect(await deal.check()).toBe(false);
    }
  });

  const MOMENTS = Array.from({ length: 24 }, (_, moment) => moment);
  const events = ['restart', ...SIDES] as const;
  it.each(someOf(MOMENTS, 8))(
    'a crash or a cancellation after turn %i leaves both with what was agreed, or with their own',
    async (moment) => {
      const market = await openMarket();
      for (const event of events) {
        const deal = await market.openDeal();
        for (const side of SIDES) await deal.pay(side);
        for (let n = 0; n < moment; n += 1) await market.vat.step();
        if (event === 'restart') await market.vat.restart();
        else await deal.cancel(event);
        await market.vat.run();
        const isSwapped = await deal.check();
        if (event === 'restart') expect(isSwapped).toBe(true);
      }
    },
  );

  it.each(someOf([1, 2, 3], 3))(
    'whatever both sides try, no deal loses or makes anything (seed %i)',
    async (seed) => {
      const random = makeRandom(seed);
      const { vat, openDeal } = await openMarket();
      const impostor = await vat.object('() => ({ balance: 1e6, purse: true })');
      const deals = [];
      for (let n = 0; n < (isThorough ? 16 : 8); n += 1) deals.push(await openDeal());
      for (let n = 0; n < deals.length * 5; n += 1) {
        const [deal, side] = [pick(random, deals), pick(random, SIDES)];
        const dice = random();
        if (dice < 0.7) await deal.pay(side);
        else if (dice < 0.8) await deal.pay(side, pick(random, [impostor, deal.own.buyer]));
        else if (dice < 0.9) await deal.cancel(side);
        for (let steps = random() * 8; steps > 0; steps -= 1) await vat.step();
        if (random() < 0.05) await vat.restart();
      }
      await vat.run();
      let swaps = 0;
      for (const deal of deals) if (await deal.check()) swaps += 1;
      expect(swaps).toBeGreaterThan(0);
      expect(swaps).toBeLessThan(deals.length);
    },
  );
});
