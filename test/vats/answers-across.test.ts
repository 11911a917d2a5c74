// Answers across vats: guests that need answers keep their laws wherever their partners live.
import { afterEach, describe, expect, it } from 'vitest';
import { makeRandom } from '../sim/random.ts';
import { closeTestVats } from '../spec/kit.ts';
import { someOf } from '../thorough.ts';
import { type Agent, makeBadWire, openAgents } from './agent.ts';
import { readGuestCode } from './kit.ts';

const SEEDS = [1, 2, 3];

/** Two mints on two vats, and an escrow beside the first. The buyer lives here, the seller there. */
const openEscrow = async () => {
  const { net, agents } = await openAgents(2, { mint: readGuestCode('mint') });
  const [buyer, seller] = agents as [Agent, Agent];
  await seller.know({ other: buyer.ref });
  await buyer.know({ other: seller.ref });
  for (const agent of agents) await agent.tell('mint', { amount: 0 }, 'empty');
  await net.run();
  await seller.tell('other', { goods: '$empty' });
  await net.run();
  await buyer.make('escrow', readGuestCode('escrow'), { money: '$empty', goods: '$goods' });
  return { net, agents, buyer, seller };
};

/** What a payer was answered: a purse, or why the payment was refused. */
interface Given {
  readonly swapped?: boolean;
  readonly error?: unknown;
}

/** What becomes of one who has 10 and pays. Who comes after a cancellation keeps all. */
const fateOf = ({ error }: Given, fate: { readonly left: number; readonly got: number }) =>
  error === undefined
    ? fate
    : { left: 10, given: { error: { name: 'Error', message: 'this deal is over' } } };

describe('guests across vats', () => {
  afterEach(closeTestVats);

  it.each(someOf(SEEDS, 3))(
    'an escrow between mints on two vats loses and makes nothing, over crashes and bad wires (seed %i)',
    async (seed) => {
      const random = makeRandom(seed);
      const { net, agents, buyer, seller } = await openEscrow();
      let swaps = 0;
      const rounds = 5;
      for (let round = 0; round < rounds; round += 1) {
        net.setWire(({ bytes }, forward) => forward(bytes));
        await buyer.tell('escrow', { money: 7, goods: 3 }, 'deal');
        for (const agent of agents) await agent.tell('mint', { amount: 10 }, 'own');
        await net.run();
        await buyer.tell('other', { seat: '$deal.seller' });
        await buyer.tell('me', { seat: '$deal.buyer', given: null });
        await seller.tell('me', { given: null });
        await net.run();

        net.setWire(makeBadWire(seed * 100 + round));
        for (const agent of agents)
          await agent.tell('seat', { method: 'pay', from: '$own' }, 'given');
        for (let n = 0; n < 3; n += 1) {
          const agent = agents[Math.floor(random() * 2)]!;
          if (random() < 0.4) await agent.vat.crash();
          if (random() < 0.2) await agent.tell('seat', { method: 'cancel' });
          await net.pass(Math.floor(random() * 3_000), 500);
        }
        await net.run();
        // What is not settled yet is called off.
        for (const agent of agents) await agent.tell('seat', { method: 'cancel' });
        await net.run();
        for (const agent of agents) {
          await agent.tell('own', { method: 'balance' }, 'left');
          await agent.tell('given.purse', { method: 'balance' }, 'got');
        }
        await net.run();
        const found = agents.map(
          (agent) => agent.keeps() as { given: Given; left: number; got: number },
        );
        const [here, there] = found.map(({ given }) => given) as [Given, Given];
        const isSwapped = here.swapped === true;
        if (isSwapped) swaps += 1;
        expect(there.swapped === true).toBe(isSwapped);
        expect(found).toMatchObject([
          fateOf(here, { left: 3, got: isSwapped ? 3 : 7 }),
          fateOf(there, { left: 7, got: isSwapped ? 7 : 3 }),
        ]);
      }
      expect(swaps).toBeGreaterThan(0);
    },
  );

  it('an order books in two vats from a third, or undoes what it booked in one', async () => {
    const objects = { order: readGuestCode('order'), stock: readGuestCode('stock') };
    const { net, agents } = await openAgents(3, objects);
    const [customer, shop, bank] = agents as [Agent, Agent, Agent];
    for (const [agent, amount, name] of [
      [shop, 5, 'goods'],
      [bank, 100, 'credit'],
    ] as const) {
      await agent.know({ other: customer.ref });
      await agent.tell('stock', { method: 'add', amount });
      await agent.tell('stock', { method: 'desk' }, 'desk');
      await net.run();
      await agent.tell('other', { [name]: '$desk' });
    }
    await net.run();
    net.setWire(makeBadWire(5));
    const buy = async (goods: number, credit: number) => {
      const bookings = [
        { at: '$goods', what: { amount: goods } },
        { at: '$credit', what: { amount: credit } },
      ];
      await customer.tell('order', { bookings }, 'booked');
      await shop.vat.crash();
      await net.run();
      for (const agent of [shop, bank]) await agent.tell('stock', { method: 'count' }, 'count');
      await net.run();
      return [shop, bank].map((agent) => (agent.keeps()['count'] as { free: number }).free);
    };
    expect(await buy(2, 30)).toEqual([3, 70]);
    expect(customer.keeps()['booked']).toHaveLength(2);
    expect(await buy(2, 80)).toEqual([3, 70]);
    const error = { name: 'Error', message: 'there are only 70 left' };
    expect(customer.keeps()['booked']).toEqual({ error });
    expect(await buy(4, 10)).toEqual([3, 70]);
    expect(await buy(3, 70)).toEqual([0, 0]);
  });

  it('a pipeline over five vats asks for all steps at once, and its answer comes all the way back', async () => {
    const LINK = `(args, { memory }) => {
      Object.assign(memory, args);
      return memory.next ?? memory.name;
    }`;
    const { net, agents } = await openAgents(5, { link: LINK });
    for (const [n, agent] of agents.entries()) {
      const next = agents[n + 1];
      await agent.vat.queue('link', {
        name: `vat ${n}`,
        ...(next && { next: next.vat.ref('link') }),
      });
    }
    await net.run();
    for (const agent of agents.slice(1)) await agent.vat.crash();
    await agents[0]!.tell('link', [{}, {}, {}, {}, {}], 'end');
    await net.run();
    expect(agents[0]!.keeps()['end']).toBe('vat 4');
  });

  it('a membrane between vats wraps answers and promises, and a revocation rejects what is open', async () => {
    const bell = `({ ring }, { memory }) => {
      if (ring) return void memory.resolver.sendOnly({ value: ring });
      const { promise, resolver } = Q.promise();
      memory.resolver = resolver;
      return { promise };
    }`;
    const { net, agents } = await openAgents(2, { bell, membrane: readGuestCode('membrane') });
    const [inside, outside] = agents as [Agent, Agent];
    await inside.know({ other: outside.ref });
    const lend = async () => {
      await inside.tell('membrane', { target: '$bell' }, 'made');
      await net.run();
      await inside.tell('other', { bell: '$made.wrapped' });
      await net.run();
      await outside.tell('bell', {}, 'first');
      await net.run();
      await outside.tell('first.promise', { ring: 'never' }, 'second');
    };
    await lend();
    await outside.tell('bell', { ring: '$me' });
    await net.run();
    // It became the agent itself, which came home as itself.
    await outside.tell('first.promise', { came: 'home' });
    await net.run();
    expect(outside.keeps()).toMatchObject({ came: 'home', ring: 'never' });

    await lend();
    await inside.tell('made.revoker', {});
    await net.run();
    await inside.tell('bell', { ring: '$me' });
    await outside.tell('bell', {}, 'third');
    await net.run();
    const revoked = { error: { name: 'Error', message: 'this membrane was revoked' } };
    expect(outside.keeps()).toMatchObject({ second: revoked, third: revoked });
  });

  it('workers and listeners in other vats are heard, and those of a vat that was dropped are let go', async () => {
    const worker = '({ job }, { memory }) => { memory.did = job; return { did: job }; }';
    const objects = {
      worker,
      queue: readGuestCode('work-queue'),
      room: readGuestCode('chat-room'),
    };
    const { net, agents } = await openAgents(2, objects);
    const [home, away] = agents as [Agent, Agent];
    await home.vat.queue(home.ref, { theirs: away.vat.ref('worker'), ear: away.ref });
    await home.tell('queue', { method: 'hire', worker: '$theirs' });
    await home.tell('queue', { method: 'add', job: 'tea' }, 'job');
    await home.tell('room', { method: 'invite', name: 'Ann' }, 'seat');
    await net.run();
    expect(home.keeps()['job']).toEqual({ did: 'tea' });
    await home.tell('seat', { method: 'enter', ear: '$ear' });
    await home.tell('seat', { method: 'say', text: 'hello' });
    await net.run();
    expect(away.keeps()).toMatchObject({ number: 1, name: 'Ann', text: 'hello' });

    await away.vat.halt();
    await home.tell('queue', { method: 'add', job: 'milk' }, 'job');
    await home.tell('seat', { method: 'say', text: 'still there?' });
    await home.vat.run();
    const dropped = await home.vat.ask({ type: 'peer-drop', id: 'drop', peer: away.vat.id });
    expect(dropped).toMatchObject({ ok: true });
    await home.vat.run();
    expect(home.vat.memory('queue')).toMatchObject({ idle: [], busy: [], jobs: [{ job: 'milk' }] });
    const { seats } = home.vat.memory('room') as { seats: readonly object[] };
    expect(seats).toHaveLength(1);
    expect(seats[0]).not.toHaveProperty('ear');
  });
});
