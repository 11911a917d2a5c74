// Mint: only the mint makes money, and whatever is tried with purses, the sum stays what it was.
import { describe, expect, it } from 'vitest';
import { makeRandom } from '../sim/random.ts';
import { someOf } from '../thorough.ts';
import { type GuestVat, openVat, type TestObject } from './kit.ts';
import {
  AMOUNTS,
  AMOUNTS_CODE,
  CURRENCIES,
  DRIVER,
  IMPOSTOR_CODES,
  makeProgram,
  runModel,
} from './mint-program.ts';

const TRANSFERS = 1_000;
const START = 100;

const issue = async (vat: GuestVat, mint: TestObject, amount: number): Promise<TestObject> => {
  const { purse } = await vat.news(mint, { amount });
  return purse!;
};

const balanceOf = async (vat: GuestVat, purse: TestObject): Promise<number> => {
  const { balance } = await vat.news<{ balance: number }>(purse, { method: 'balance' });
  return balance;
};

const openMarket = async (vat: GuestVat) => {
  const mints = [await vat.guest('mint'), await vat.guest('mint')];
  const purses: TestObject[] = [];
  for (const currency of CURRENCIES) purses.push(await issue(vat, mints[currency]!, START));
  const impostors: Record<string, TestObject> = {};
  for (const [name, code] of Object.entries(IMPOSTOR_CODES)) {
    impostors[name] = await vat.object(code, { purses });
  }
  const driver = await vat.object(DRIVER, { purses, currencies: CURRENCIES, impostors });
  return { mints, purses, driver };
};

describe('mint', () => {
  it.each(someOf([1, 2], 2))(
    `${TRANSFERS} random transfers keep the sum at every step (seed %i)`,
    async (seed) => {
      const random = makeRandom(seed);
      const vat = await openVat();
      const { mints, purses, driver } = await openMarket(vat);
      const turns = [];
      const audits: number[][] = [];
      let balances = purses.map(() => START);
      let transfers = 0;
      while (transfers < TRANSFERS) {
        for (let n = 0; n < 20; n += 1) {
          const program = makeProgram(random);
          await vat.send(driver, program);
          await vat.send(driver, {});
          // What was moved before a turn failed was not moved.
          balances = runModel(balances, program);
          audits.push(balances);
          transfers += program.steps.length;
        }
        for (let n = random() * 20; n > 0; n -= 1) turns.push(await vat.step());
        await vat.restart();
        turns.push(...(await vat.run()));
      }
      expect(await vat.memory(driver)).toEqual({ audits });
      const failed = turns.filter((turn) => turn?.status === 'failed');
      expect(failed.length).toBeGreaterThan(30);
      const sums = [0, 1].map((currency) =>
        balances.reduce((sum, each, n) => sum + (CURRENCIES[n] === currency ? each : 0), 0),
      );
      expect(sums).toEqual([5 * START, 2 * START]);
      for (const [n, mint] of mints.entries())
        expect(await vat.memory(mint)).toMatchObject({ issued: sums[n] });
    },
    60_000,
  );

  it('only the mint makes money: a purse has none but what was issued or deposited', async () => {
    const vat = await openVat();
    const mint = await vat.guest('mint');
    const full = await issue(vat, mint, 10);
    const { purse: empty } = await vat.news(full, { method: 'sprout' });
    expect(await balanceOf(vat, empty!)).toBe(0);
    for (const method of [
      'mint',
      'issue',
      'add',
      'identify',
      'constructor',
      '__proto__',
      'balance',
    ]) {
      await vat.send(empty!, { method, amount: 5, balance: 5, add: 5, value: 5, purse: full });
      await vat.run();
    }
    expect(await balanceOf(vat, empty!)).toBe(0);
    const args = { method: 'deposit', amount: 4, from: full };
    expect(await vat.news(empty!, args)).toEqual({ balance: 4 });
    expect(await balanceOf(vat, full)).toBe(6);
  });

  it('a deposit from itself changes nothing and tells the true balance', async () => {
    const vat = await openVat();
    const purse = await issue(vat, await vat.guest('mint'), 10);
    expect(await vat.news(purse, { method: 'deposit', amount: 10, from: purse })).toEqual({
      balance: 10,
    });
    expect(await balanceOf(vat, purse)).toBe(10);
    expect(await vat.refused(purse, { method: 'deposit', amount: 11, from: purse })).toMatch(
      /less than/,
    );
  });

  it('what is no amount, or too much of one, is neither issued nor moved', async () => {
    const vat = await openVat();
    const mint = await vat.guest('mint');
    const [from, into] = [await issue(vat, mint, 10), await issue(vat, mint, 10)];
    const user = await vat.object(
      `(args, { memory, mint, from, into }) => {
        const reasonOf = (attempt) => {
          try { attempt(); } catch (error) { return error.message; }
        };
        for (const [name, amount] of Object.entries(${AMOUNTS_CODE})) {
          memory[name] = [
            reasonOf(() => mint.call({ amount })),
            reasonOf(() => into.call({ method: 'deposit', amount, from })),
          ];
        }
      }`,
      { mint, from, into },
    );
    await vat.done(user);
    const noAmount = 'args.amount is a whole number from 0 on';
    const expected = Object.keys(AMOUNTS).map((name) => [
      name,
      name === 'max'
        ? [
            'there would be too much money to be exact',
            'there is less than that in the purse args.from',
          ]
        : [`${noAmount}: send { amount, to }`, noAmount],
    ]);
    expect(await vat.memory(user)).toEqual(Object.fromEntries(expected));
    expect([await balanceOf(vat, from), await balanceOf(vat, into)]).toEqual([10, 10]);
    expect(await vat.memory(mint)).toMatchObject({ issued: 20 });
  });

  it('more money than can be counted exactly is refused, also over many purses', async () => {
    const vat = await openVat();
    const mint = await vat.guest('mint');
    const most = Number.MAX_SAFE_INTEGER;
    const [first, second] = [await issue(vat, mint, most - 5), await issue(vat, mint, 5)];
    expect(await vat.refused(mint, { amount: 1 })).toMatch(/too much money/);
    const args = { method: 'deposit', amount: most - 5, from: first };
    expect(await vat.news(second, args)).toEqual({ balance: most });
    expect(await issue(vat, mint, 0)).toBeDefined();
    // Each installation is a currency of its own.
    expect(await balanceOf(vat, await issue(vat, await vat.guest('mint'), most))).toBe(most);
  });

  it('a deposit whose teller is no reference moves nothing, also when that is caught', async () => {
    const vat = await openVat();
    const mint = await vat.guest('mint');
    const [from, into] = [await issue(vat, mint, 10), await issue(vat, mint, 10)];
    const user = await vat.object(
      `(args, { from, into }) => {
        try { into.call({ method: 'deposit', amount: 3, from, to: {} }); } catch {}
      }`,
      { from, into },
    );
    await vat.done(user);
    expect([await balanceOf(vat, from), await balanceOf(vat, into)]).toEqual([10, 10]);
  });

  it('a deposit near the end of the stack moves all or nothing', async () => {
    const vat = await openVat();
    const mint = await vat.guest('mint');
    const purses = [await issue(vat, mint, 1_000), await issue(vat, mint, 0)];
    const diver = await vat.object(
      `({ catches }, { memory, purses: [from, into] }) => {
        const deposit = () => into.call({ method: 'deposit', amount: 1, from });
        const dive = () => {
          try { dive(); } catch (error) { if (!catches) throw error; }
          try { deposit(); memory.deposits = (memory.deposits ?? 0) + 1; } catch {}
        };
        dive();
      }`,
      { purses },
    );
    for (const catches of [true, false]) {
      await vat.send(diver, { catches });
      await vat.run();
      const { deposits = 0 } = await vat.read<{ deposits?: number }>(diver);
      const balances = [await balanceOf(vat, purses[0]!), await balanceOf(vat, purses[1]!)];
      expect(balances).toEqual([1_000 - deposits, deposits]);
    }
  });

  it('neither a purse of another vat nor anything else is taken for a purse', async () => {
    const vat = await openVat();
    const mint = await vat.guest('mint');
    const purse = await issue(vat, mint, 10);
    for (const from of [mint, null, 'purse', { balance: 10 }, [purse]]) {
      const reason = await vat.refused(purse, { method: 'deposit', amount: 1, from });
      expect(reason).toBe('args.from is no purse of this mint');
    }
    const away = vat.outside('away');
    expect(await vat.refused(purse, { method: 'deposit', amount: 1, from: away })).toMatch(
      /^args.from is in another vat/,
    );
    const hasty = await vat.object(`({ purse }) => {
      const from = purse.send({ method: 'sprout' });
      return purse.send({ method: 'deposit', amount: 0, from });
    }`);
    const message = expect.stringMatching(/^args.from is a promise: .* by Q.when$/);
    await expect(vat.answer(hasty, { purse })).rejects.toMatchObject({ message });
    expect(await vat.refused(purse, { method: 'spend' })).toMatch(
      /one of: balance, sprout, deposit/,
    );
  });

  it('a payment reaches a payee who was sent a purse, and is spent only once', async () => {
    const vat = await openVat();
    const mint = await vat.guest('mint');
    const [payer, payee] = [await issue(vat, mint, 50), await issue(vat, mint, 0)];
    const { purse: payment } = await vat.news(payer, { method: 'sprout' });
    await vat.done(payment!, { method: 'deposit', amount: 20, from: payer });
    await vat.done(payee, { method: 'deposit', amount: 20, from: payment });
    await vat.refused(payee, { method: 'deposit', amount: 20, from: payment });
    await vat.restart();
    expect([await balanceOf(vat, payer), await balanceOf(vat, payee)]).toEqual([30, 20]);
    // What a purse leaves with another one is gone after the deposit.
    expect(await vat.memory(mint)).toEqual({ issued: 50, maker: expect.anything() });
  });
});
