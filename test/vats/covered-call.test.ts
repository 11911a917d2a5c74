// Covered call and title: the financial instruments of the capability literature, and their laws.
import { afterEach, describe, expect, it } from 'vitest';
import { makeRandom, pick } from '../sim/random.ts';
import { closeTestVats, openTestVat } from '../spec/kit.ts';
import { makeTestNet } from '../spec/net.ts';
import { someOf } from '../thorough.ts';
import { openVat, readGuestCode, type TestObject, type Told } from './kit.ts';

const PRICE = 10;
const AMOUNT = 7;
const FOREVER_MS = 86_400_000;

interface Outcome {
  readonly exercised: boolean;
  readonly purse: TestObject;
}

/** Keeps the option and has what became of it told. */
const WRITER = `(args, { memory, broker }) => {
  if (args.write) {
    memory.self = args.self;
    return Q.when(broker.send(args.write), { fulfilled: args.self });
  }
  if (args.context) return void (memory.outcome = args.value);
  Q.when(args.value.outcome, { fulfilled: memory.self, context: 'outcome' });
  return args.value.option;
}`;

const openExchange = async () => {
  const vat = await openVat();
  const mints = { money: await vat.guest('mint'), goods: await vat.guest('mint') };
  const issue = (kind: 'money' | 'goods', amount: number) =>
    vat.answer<TestObject>(mints[kind], { amount });
  const power = { money: await issue('money', 0), goods: await issue('goods', 0) };
  const broker = await vat.guest('covered-call', { power });
  const balance = async (purse: TestObject): Promise<number> =>
    vat.answer<number>(purse, { method: 'balance' });
  const write = async (deadlineMs: number) => {
    const from = await issue('goods', AMOUNT);
    const writer = await vat.object(WRITER, { broker });
    const terms = { from, amount: AMOUNT, price: PRICE, deadlineMs };
    const told = await vat.tell(writer, { write: terms, self: writer });
    const outcome = async () => (await vat.read<{ outcome?: Outcome }>(writer)).outcome;
    return { told, from, outcome };
  };
  return { vat, issue, broker, balance, write };
};

describe('covered call', () => {
  afterEach(closeTestVats);

  it('as published: an option is written, made exclusive, sold, and exercised by who has it then', async () => {
    const { vat, issue, balance, write } = await openExchange();
    const { told, outcome } = await write(FOREVER_MS);
    await vat.run();
    const option = (await vat.heard<TestObject>(told))!.value!;
    expect(await vat.answer(option, { method: 'terms' })).toEqual({ amount: AMOUNT, price: PRICE });

    const alices = await vat.answer<TestObject>(await vat.guest('title'), { right: option });
    const bobs = await vat.answer<TestObject>(alices, { method: 'sprout' });
    await vat.answer(bobs, { method: 'deposit', from: alices });
    const use = (from: TestObject) => ({ method: 'use', args: { method: 'exercise', from } });
    expect(await vat.refused(alices, use(await issue('money', PRICE)))).toBe('this title is empty');
    await vat.restart();

    const wallet = await issue('money', PRICE + 5);
    const { purse } = await vat.answer<{ purse: TestObject }>(bobs, use(wallet));
    expect([await balance(wallet), await balance(purse)]).toEqual([5, AMOUNT]);
    const earned = await outcome();
    expect(earned).toMatchObject({ exercised: true });
    expect(await balance(earned!.purse)).toBe(PRICE);
    // These are true purses of each mint.
    const own = await issue('goods', 0);
    expect(await vat.answer(own, { method: 'deposit', amount: AMOUNT, from: purse })).toBe(AMOUNT);
    expect(await vat.refused(option, { method: 'exercise', from: wallet })).toMatch(
      /exercised already/,
    );
  });

  it('there is no option without the goods for it, and what is no number is refused', async () => {
    const { vat, issue, broker } = await openExchange();
    const from = await issue('goods', AMOUNT - 1);
    const terms = { from, amount: AMOUNT, price: PRICE, deadlineMs: 5 };
    for (const each of [terms, { ...terms, from: await issue('money', AMOUNT) }]) {
      const told = await vat.tell(broker, each);
      await vat.run();
      expect(await vat.heard(told)).toMatchObject({ error: { message: /purse/ } });
    }
    for (const wrong of [{ amount: -1 }, { price: 1.5 }, { deadlineMs: null }]) {
      expect(await vat.refused(broker, { ...terms, ...wrong })).toMatch(/are whole numbers/);
    }
  });

  it.each(someOf([1, 2], 2))(
    'whoever tries to exercise it and whenever it ends, nothing is lost or made (seed %i)',
    async (seed) => {
      const random = makeRandom(seed);
      const { vat, issue, balance, write } = await openExchange();
      let exercised = 0;
      for (let n = 0; n < 5; n += 1) {
        const { told, outcome, from } = await write(random() < 0.5 ? 0 : FOREVER_MS);
        for (let steps = 20; steps > 0 && !(await vat.heard(told)); steps -= 1) await vat.step();
        const option = (await vat.heard<TestObject>(told))!.value!;
        const wallets = [
          await issue('money', 3),
          await issue('money', 12),
          await issue('money', PRICE),
        ];
        const tries: Told[] = [];
        for (let act = 0; act < 5; act += 1) {
          for (let steps = random() * 6; steps > 0; steps -= 1) await vat.step();
          tries.push(await vat.tell(option, { method: 'exercise', from: pick(random, wallets) }));
          if (random() < 0.2) await vat.restart();
        }
        await vat.run();
        const heard = await Promise.all(
          tries.map((each) => vat.heard<{ purse: TestObject }>(each)),
        );
        const bought = heard.flatMap((each) => each?.value ?? []);
        const end = await outcome();
        const spent =
          3 + 12 + PRICE - (await Promise.all(wallets.map(balance))).reduce((a, b) => a + b);
        expect(heard).not.toContain(undefined);
        expect(await balance(from)).toBe(0);
        expect(spent).toBe(bought.length * PRICE);
        if (bought.length > 0) {
          exercised += 1;
          expect(bought).toHaveLength(1);
          expect(await balance(bought[0]!.purse)).toBe(AMOUNT);
          expect(end).toMatchObject({ exercised: true });
          expect(await balance(end!.purse)).toBe(PRICE);
        } else if (end) {
          expect(end).toMatchObject({ exercised: false });
          expect(await balance(end.purse)).toBe(AMOUNT);
        }
      }
      expect(exercised).toBeGreaterThan(0);
    },
  );

  it('of all titles for a right exactly one holds it, whatever is tried with them', async () => {
    const random = makeRandom(7);
    const vat = await openVat();
    const right = await vat.object('() => {}');
    const maker = await vat.guest('title');
    const first = await vat.answer<TestObject>(maker, { right });
    const other = await vat.answer<TestObject>(maker, { right: first });
    const titles = [first];
    for (let n = 0; n < 3; n += 1) titles.push(await vat.answer(first, { method: 'sprout' }));
    const impostor = await vat.object('(args, { first }) => first.call(args)', { first });
    let moved = 0;
    for (let n = 0; n < 60; n += 1) {
      const from = pick(random, [...titles, ...titles, other, impostor, right]);
      const told = await vat.tell(pick(random, titles), { method: 'deposit', from });
      await vat.run();
      const isMoved = (await vat.heard(told))?.value !== undefined;
      expect(isMoved && !titles.includes(from)).toBe(false);
      if (isMoved) moved += 1;
      const holds = [];
      for (const title of titles) holds.push(await vat.answer<object>(title, { method: 'holds' }));
      expect(holds.filter((each) => 'holds' in each && each.holds)).toHaveLength(1);
    }
    expect(moved).toBeGreaterThan(3);
    expect(await vat.answer(other, { method: 'holds' })).toEqual({ holds: true });
    expect(await vat.refused(maker, {})).toMatch(/args.right is a reference/);
  });

  it('of two who pay at once one buys, and the other keeps what is his', async () => {
    const { vat, issue, balance, write } = await openExchange();
    const { told, outcome } = await write(FOREVER_MS);
    await vat.run();
    const option = (await vat.heard<TestObject>(told))!.value!;
    const wallets = [await issue('money', PRICE), await issue('money', PRICE)];
    const tries: Told[] = [];
    for (const from of wallets) tries.push(await vat.tell(option, { method: 'exercise', from }));
    await vat.run();
    const [first, second] = [await vat.heard<Outcome>(tries[0]!), await vat.heard(tries[1]!)];
    expect(second?.error?.message).toBe('this option is being exercised');
    expect(await balance(first!.value!.purse)).toBe(AMOUNT);
    expect(await balance((await outcome())!.purse)).toBe(PRICE);
    expect(await Promise.all(wallets.map(balance))).toEqual([0, PRICE]);
  });

  /** An option in a vat with a clock, whose money is taken when the test says so. */
  const openLate = async () => {
    const net = makeTestNet();
    // Stand for purses: one answers at once, the other when it is told to.
    const purse = `({ method }, { make_object }) =>
      (method === 'sprout' ? make_object("() => 7") : null)`;
    const slow = `(args, { memory }) => {
      if (args.end) return void memory.resolver.sendOnly(args.end);
      if (args.method === 'sprout') return memory.self;
      if (args.self) return void (memory.self = args.self);
      const { promise, resolver } = Q.promise();
      memory.resolver = resolver;
      return promise;
    }`;
    const buyer = `(args, { memory }) => {
      if (args.self) Object.assign(memory, args);
      else if (args.context) memory.heard = args.error ? 'refused' : 'bought';
      else {
        const bought = args.option.send({ method: 'exercise', from: null });
        Q.when(bought, { fulfilled: memory.self, rejected: memory.self, context: 'bought' });
      }
    }`;
    const user = `(args, power) => {
      const { memory, buyer } = power;
      if (args.self) Object.assign(memory, args);
      if (args.write) Q.when(power.broker.send(args.write), { fulfilled: memory.self });
      if (args.context) memory.outcome = args.value.exercised;
      else if (args.value) {
        memory.option = args.value.option;
        Q.when(args.value.outcome, { fulfilled: memory.self, context: 'outcome' });
      }
      if (args.exercise) buyer.sendOnly({ option: memory.option });
    }`;
    const vat = await openTestVat({ net, objects: { purse, slow, buyer } });
    const broker = readGuestCode('covered-call');
    const power = { money: vat.ref('slow'), goods: vat.ref('purse') };
    await vat.install('broker', broker, { power });
    await vat.install('user', user, {
      power: { broker: vat.ref('broker'), buyer: vat.ref('buyer') },
    });
    for (const name of ['slow', 'buyer', 'user']) await vat.send(name, { self: vat.ref(name) });
    const terms = { from: vat.ref('purse'), amount: AMOUNT, price: PRICE, deadlineMs: 3_600_000 };
    await vat.send('user', { write: terms });
    return { vat, net, outcome: () => vat.memory('user') as { outcome?: boolean } };
  };

  it.each([
    ['was good, the option is exercised', { value: 0 }, true],
    ['was refused, the goods go back', { error: { name: 'Error', message: 'no' } }, false],
  ])('when a payment that was under way at the deadline %s', async (_, end, isExercised) => {
    const { vat, net, outcome } = await openLate();
    await vat.send('user', { exercise: true });
    await net.pass(3_700_000, 500_000);
    await vat.run();
    expect(outcome()).not.toHaveProperty('outcome');
    await vat.crash();
    await vat.send('slow', { end });
    expect(outcome()).toMatchObject({ outcome: isExercised });
    expect(vat.memory('buyer')).toMatchObject({ heard: isExercised ? 'bought' : 'refused' });
  });

  it('when the time is over the goods go back, also when nobody was there at that moment', async () => {
    const { vat, net, outcome } = await openLate();
    await net.pass(3_500_000, 500_000);
    await vat.run();
    expect(outcome()).not.toHaveProperty('outcome');
    await vat.halt();
    await net.pass(200_000, 100_000);
    await vat.start();
    await net.pass(60_000, 30_000);
    await vat.run();
    expect(outcome()).toMatchObject({ outcome: false });
    await vat.send('user', { exercise: true });
    expect(vat.memory('buyer')).toMatchObject({ heard: 'refused' });
  });
});
