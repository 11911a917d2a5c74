// No room: what shipped guests have at hand is not lost when a queue is full at the wrong moment.
import { describe, expect, it } from 'vitest';
import { hoardAfter, ROWS } from './hoard.ts';
import { openVat, type TestObject, type Told } from './kit.ts';

const LIMITS = { limits: { inboxRows: ROWS } };

/** So many that their queue holds more of the inbox than it may add. */
const JOBS = [1, 2, 3, 4, 5, 6];
/** Writes a covered call, keeps what becomes of it, and answers the option. */
const WRITER = `({ write, self, value, context }, { memory, broker }) => {
  memory.self ??= self;
  if (write) return Q.when(broker.send(write), { fulfilled: self, context: 'written' });
  if (context === 'outcome') return void (memory.outcome = value);
  Q.when(value.outcome, { fulfilled: memory.self, context: 'outcome' });
  return value.option;
}`;

describe('a full inbox', () => {
  it('a covered call is written all the same, and its alarm clock runs', async () => {
    const vat = await openVat(LIMITS);
    const mints = [await vat.guest('mint'), await vat.guest('mint')];
    const [money, goods] = [
      await vat.answer<TestObject>(mints[0]!, { amount: 0 }),
      await vat.answer<TestObject>(mints[1]!, { amount: 0 }),
    ];
    const from = await vat.answer<TestObject>(mints[1]!, { amount: 7 });
    const broker = await vat.guest('covered-call', { power: { money, goods } });
    const writer = await vat.object(WRITER, { broker });
    await hoardAfter(vat, 10);
    const write = { from, amount: 7, price: 1, deadlineMs: 5_000 };
    const told = await vat.tell(writer, { write, self: writer });
    await vat.step();
    await vat.step();
    await vat.step();
    await vat.advance(10);
    await vat.run();
    expect(await vat.heard(told)).toMatchObject({ value: {} });
    const outcome = async () =>
      (await vat.read<{ outcome?: { purse: TestObject } }>(writer)).outcome;
    expect(await outcome()).toBeUndefined();
    await vat.advance(5_000);
    await vat.run();
    const { purse } = (await outcome())!;
    expect(await vat.answer(purse, { method: 'balance' })).toBe(7);
  });

  it('an order undoes what it booked as soon as there is room again', async () => {
    const vat = await openVat(LIMITS);
    const order = await vat.guest('order');
    const stock = await vat.guest('stock');
    await vat.answer(stock, { method: 'add', amount: 5 });
    const desk = await vat.answer<TestObject>(stock, { method: 'desk' });
    const thrower = await vat.object('() => { throw Error("sold out"); }');
    await hoardAfter(vat, 10);
    const bookings = [desk, desk, thrower].map((at) => ({ at, what: { amount: 2 } }));
    const told = await vat.tell(order, { bookings });
    await vat.step();
    await vat.advance(10);
    await vat.run();
    expect(await vat.heard(told)).toMatchObject({ error: { message: 'sold out' } });
    const free = async () => (await vat.answer<{ free: number }>(stock, { method: 'count' })).free;
    for (let left = 60; left > 0; left -= 1) {
      await vat.advance(1_000);
      await vat.run();
    }
    expect(await free()).toBe(5);
    expect(vat.log().filter(({ level }) => level === 'failure')).toHaveLength(1);
  });

  it('a work queue has each job done as soon as there is room again, and counts no attempt', async () => {
    const vat = await openVat(LIMITS);
    const queue = await vat.guest('work-queue', { power: { attempts: 2 } });
    // The first job takes a while, and fails.
    const code = `({ job, attempt }, { memory, make_object }) => {
      (memory.got ??= []).push([job, attempt]);
      if (job !== 1 || attempt > 1) return { did: job };
      const later = make_object('() => { throw Error("not yet"); }', {});
      return Q.when(Q.promise({ deadlineMs: 20 }).promise, { rejected: later });
    }`;
    const worker = await vat.object(code);
    await vat.done(queue, { method: 'hire', worker });
    await hoardAfter(vat, 10);
    const told: Told[] = [];
    for (const job of JOBS) told.push(await vat.tell(queue, { method: 'add', job }));
    for (let passed = 0; passed < 20; passed += 10) {
      await vat.run();
      await vat.advance(10);
    }
    await vat.run();
    const heard = () => Promise.all(told.map((each) => vat.heard(each)));
    expect(await heard()).toEqual(JOBS.map(() => undefined));
    await vat.restart();
    for (let left = 3; left > 0; left -= 1) {
      await vat.advance(10_000);
      await vat.run();
    }
    expect(await heard()).toEqual(JOBS.map((did) => ({ value: { did } })));
    const got = [...JOBS.map((job) => [job, 1]), [1, 2]];
    expect(await vat.read(worker)).toEqual({ got });
    const status = { waiting: 0, running: 0, idle: 1 };
    expect(await vat.answer(queue, { method: 'status' })).toEqual(status);
  });

  it('an escrow refuses a payment for which there is no room, and takes it later', async () => {
    const vat = await openVat(LIMITS);
    const mints = { money: await vat.guest('mint'), goods: await vat.guest('mint') };
    const issue = (mint: TestObject, amount: number) => vat.answer<TestObject>(mint, { amount });
    const power = { money: await issue(mints.money, 0), goods: await issue(mints.goods, 0) };
    const escrow = await vat.guest('escrow', { power });
    const [wallet, shelf] = [await issue(mints.money, 7), await issue(mints.goods, 3)];
    const terms = { money: 7, goods: 3 };
    const { buyer, seller } = await vat.answer(escrow, terms);
    await hoardAfter(vat, 10);
    const paid = await vat.tell(buyer!, { method: 'pay', from: wallet });
    await vat.step();
    await vat.advance(10);
    const refused = await vat.tell(seller!, { method: 'pay', from: shelf });
    await vat.run();
    expect(await vat.heard(refused)).toMatchObject({ error: { code: 'QRT_NO_ROOM' } });
    expect(await vat.heard(paid)).toBeUndefined();
    await vat.advance(1_000);
    await vat.answer(seller!, { method: 'pay', from: shelf });
    const got = await vat.heard<{ swapped: boolean; purse: TestObject }>(paid);
    expect(got).toMatchObject({ value: { swapped: true } });
    expect(await vat.answer(got!.value!.purse, { method: 'balance' })).toBe(3);
  });
});
