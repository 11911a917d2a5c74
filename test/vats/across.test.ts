// Across vats: boxes and purses work from other vats, as long as they come home by their own way.
import { afterEach, describe, expect, it } from 'vitest';
import { closeTestVats, openTestVat, type TestRef, type TestVat } from '../spec/kit.ts';
import { makeTestNet, type TestNet } from '../spec/net.ts';
import { readGuestCode } from './kit.ts';

/** Keeps what it is sent under its name; told to, it sends on what it keeps. */
const AGENT = `({ send, args, ...news }, { memory }) => {
  Object.assign(memory, news);
  if (send === undefined) return;
  const spelled = Object.entries(args).map(([key, value]) => [key, memory[value] ?? value]);
  memory[send].sendOnly(Object.fromEntries(spelled));
}`;

interface Agent {
  readonly vat: TestVat;
  readonly ref: TestRef;
}

const openAgent = async (net: TestNet, objects: Record<string, string> = {}): Promise<Agent> => {
  const vat = await openTestVat({ net, objects, grants: [] });
  const ref = await vat.install('agent', AGENT);
  await vat.queue(ref, { me: ref });
  return { vat, ref };
};

/** The home of the guests, and two agents in vats of their own, each of which knows the others. */
const openThree = async () => {
  const net = makeTestNet();
  const names = ['sealer', 'mint', 'caretaker'];
  const guests = Object.fromEntries(names.map((name) => [name, readGuestCode(name)]));
  const alice = await openAgent(net, guests);
  const bob = await openAgent(net);
  const carol = await openAgent(net);
  const { vat } = alice;
  await vat.queue(alice.ref, { bob: bob.ref, carol: carol.ref });
  for (const name of names) await vat.queue(alice.ref, { [name]: vat.ref(name) });
  await bob.vat.queue(bob.ref, { carol: carol.ref });
  await net.run();
  /** Has an agent send `args` to what it keeps as `send`; strings name what else it keeps. */
  const tell = async ({ vat, ref }: Agent, send: string, args: object): Promise<void> => {
    await vat.queue(ref, { send, args });
    await net.run();
  };
  return { alice, bob, carol, tell };
};

const keeps = ({ vat }: Agent): Record<string, unknown> =>
  vat.memory('agent') as Record<string, unknown>;

describe('across vats', () => {
  afterEach(closeTestVats);

  it('a box opens for whoever has both it and its unsealer by the same way', async () => {
    const { alice, bob, carol, tell } = await openThree();
    await tell(alice, 'sealer', { to: 'bob' });
    await tell(bob, 'sealer', { contents: 'a secret', to: 'me' });
    await tell(bob, 'unsealer', { box: 'box', to: 'me' });
    expect(keeps(bob)).toMatchObject({ contents: 'a secret' });
    await tell(bob, 'carol', { box: 'box', unsealer: 'unsealer' });
    expect(keeps(carol)).not.toHaveProperty('contents');
    await tell(carol, 'unsealer', { box: 'box', to: 'me' });
    expect(keeps(carol)).toMatchObject({ contents: 'a secret' });
  });

  it('a box that comes by a third vat to an unsealer from home is refused, until it goes by home', async () => {
    const { alice, bob, carol, tell } = await openThree();
    await tell(alice, 'sealer', { to: 'me' });
    await tell(alice, 'bob', { sealer: 'sealer' });
    await tell(alice, 'carol', { unsealer: 'unsealer' });
    await tell(bob, 'sealer', { contents: 'a secret', to: 'me' });
    await tell(bob, 'carol', { box: 'box' });
    await tell(carol, 'unsealer', { box: 'box', to: 'me' });
    expect(keeps(carol)).not.toHaveProperty('contents');
    expect(await alice.vat.log('failure')).toEqual([
      expect.stringContaining('args.box is no box of this pair'),
    ]);
    // By a forwarder at home, Bob's box comes home first and goes to Carol from there.
    await tell(alice, 'caretaker', { target: 'carol', to: 'me' });
    await tell(alice, 'bob', { forwarder: 'forwarder' });
    await tell(bob, 'forwarder', { box: 'box' });
    await tell(carol, 'unsealer', { box: 'box', to: 'me' });
    expect(keeps(carol)).toMatchObject({ contents: 'a secret' });
  });

  it('a payment goes from one vat to another by way of the vat of the mint', async () => {
    const { alice, bob, carol, tell } = await openThree();
    await tell(alice, 'mint', { amount: 100, to: 'me' });
    await tell(alice, 'bob', { main: 'purse' });
    await tell(alice, 'mint', { amount: 0, to: 'me' });
    await tell(alice, 'carol', { own: 'purse' });
    await tell(bob, 'main', { method: 'sprout', to: 'me' });
    await tell(bob, 'purse', { method: 'deposit', amount: 30, from: 'main' });

    const take = { method: 'deposit', amount: 30, from: 'payment', to: 'me' };
    await tell(bob, 'carol', { payment: 'purse' });
    await tell(carol, 'own', take);
    expect(keeps(carol)).not.toHaveProperty('balance');
    expect(await alice.vat.log('failure')).toEqual([
      expect.stringContaining('args.from is in another vat than this mint'),
    ]);

    await tell(alice, 'caretaker', { target: 'carol', to: 'me' });
    await tell(alice, 'bob', { forwarder: 'forwarder' });
    await tell(bob, 'forwarder', { payment: 'purse' });
    await tell(carol, 'own', take);
    expect(keeps(carol)).toMatchObject({ balance: 30 });
    await tell(bob, 'main', { method: 'balance', to: 'me' });
    expect(keeps(bob)).toMatchObject({ balance: 70 });
  });
});
