// Sending: sendOnly to objects of this vat and of others, and the order in which it arrives.

import { afterEach, describe, expect, it } from 'vitest';
import { makeRandom } from '../sim/random.ts';
import { HeldRef } from './disk.ts';
import { closeTestVats, openTestVat, TestRef } from './kit.ts';
import { cutWire, honestWire, makeTestNet, type Wire } from './net.ts';

const LIST = '(args, power) => { (power.memory.got ??= []).push(args); }';
const range = (to: number): number[] => Array.from({ length: to }, (_, n) => n);

/** Values that pretend to be references, each noting if any of its code runs. */
const IMPOSTORS: readonly string[] = [
  'null',
  'undefined',
  '5',
  '"text"',
  '() => run("function")',
  '{}',
  '[]',
  '{ sendOnly: () => run("method"), call: () => run("method") }',
  '{ get sendOnly() { run("getter"); return () => run("method"); } }',
  '{ get then() { run("then"); }, get toJSON() { run("toJSON"); }, valueOf() { run("valueOf"); }, toString() { run("toString"); } }',
  '{ [Symbol.toPrimitive]() { run("toPrimitive"); }, get [Symbol.toStringTag]() { run("tag"); return "Reference"; } }',
  'new Proxy({}, traps)',
  'new Proxy(() => 1, traps)',
  'new Proxy(args.to, traps)',
  'new Proxy(args.to, {})',
  'Object.create(args.to)',
  'Object.create(Object.getPrototypeOf(args.to))',
  'Object.setPrototypeOf({ sendOnly: args.to.sendOnly }, args.to)',
  'Object.create(new Proxy({}, traps))',
  '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()',
  'new (class extends function (x) { return x; } { own = 1; })({})',
  '[args.to]',
  '{ to: args.to }',
  'args.to.sendOnly',
];

describe('sending', () => {
  afterEach(closeTestVats);

  it('Q22 messages through one reference run in the order sent, here and over a bad network', async () => {
    const net = makeTestNet();
    const random = makeRandom(3);
    const one = await openTestVat({ net, objects: { here: LIST } });
    const two = await openTestVat({ net, objects: { there: LIST } });
    const wire: Wire = async ({ bytes }, forward) => {
      const chance = random();
      if (chance < 0.3) return { ok: false, reason: 'lost' };
      if (chance < 0.6) {
        await forward(bytes);
        return { ok: false, reason: 'the receipt was lost' };
      }
      if (chance < 0.7) await forward(bytes);
      return forward(bytes);
    };
    net.setWire(wire);
    const power = { here: one.ref('here'), there: two.ref('there') };
    const sender = `(args, power) => { for (const n of args) { power.there.sendOnly(n); power.here.sendOnly(n); } }`;
    for (const name of ['a', 'b']) await one.install(name, sender, { power });
    for (let n = 0; n < 300; n += 5) await one.queue('a', [n, n + 1, n + 2, n + 3, n + 4]);
    await one.run();
    // Numbers that two objects send in turns of their own keep the order of these turns.
    for (let n = 300; n < 400; n += 2) {
      await one.queue('a', [n]);
      await one.queue('b', [n + 1]);
    }
    await net.run();
    expect(one.memory('here')).toEqual({ got: expect.any(Array) });
    const orders = [one.memory('here'), two.memory('there')].map(
      (memory) => (memory as { got: number[] }).got,
    );
    expect(orders[0]?.slice(0, 300)).toEqual(range(300));
    for (const name of [0, 1]) {
      const own = orders.map((order) => order.filter((n) => n >= 300 && n % 2 === name));
      expect(own[0]).toEqual(range(400).filter((n) => n >= 300 && n % 2 === name));
      expect(own[1]).toEqual(own[0]);
    }
    // Both references saw the very same order of the vat's turns.
    expect(orders[1]).toEqual(orders[0]);
  });

  it('Q22 order holds over crashes of both vats and through a vat between', async () => {
    const net = makeTestNet();
    const [one, two, three] = [
      await openTestVat({ net }),
      await openTestVat({
        net,
        objects: { give: '(args, power) => { args.to.sendOnly({ ref: args.ref }); }' },
      }),
      await openTestVat({ net, objects: { list: LIST } }),
    ];
    const keeper = await one.install(
      'keeper',
      `(args, power) => { if (args.ref) power.memory.ref = args.ref; else for (const n of args) power.memory.ref.sendOnly(n); }`,
    );
    // One gets a reference to an object of three from two, and sends by way of two.
    await two.queue('give', { to: keeper, ref: three.ref('list') });
    await net.run();
    const count = 120;
    for (let n = 0; n < count; n += 3) await one.queue(keeper, [n, n + 1, n + 2]);
    for (const vat of [two, one, three]) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      await vat.crash();
    }
    await net.run();
    expect(three.memory('list')).toEqual({ got: range(count) });
  });

  it('Q23 sendOnly returns nothing, throws nothing for the target, and acts in a later turn', async () => {
    const net = makeTestNet();
    const list =
      '(args, power) => { (power.memory.got ??= []).push(args); throw Error("target"); }';
    const vat = await openTestVat({ net, objects: { throws: list, list: LIST } });
    const down = await openTestVat({ net, objects: { list: LIST } });
    const lost = await openTestVat({ net, objects: { list: LIST } });
    const wrong = new TestRef(
      down.ref('list').qrid.replace(/\.[\w-]{43}/, `.${'A'.repeat(43)}`),
      '',
    );
    await lost.close();
    await down.halt();
    const targets = {
      throws: vat.ref('throws'),
      down: down.ref('list'),
      gone: lost.ref('list'),
      wrong,
      list: vat.ref('list'),
    };
    const found = await vat.value(
      `(() => {
        const before = JSON.stringify(power.memory);
        const returned = Object.values(args).flatMap((to) => [to.sendOnly({ n: 1 }), Q.sendOnly(to, { n: 2 })]);
        return [returned.every((each) => each === undefined), returned.length, before === JSON.stringify(power.memory)];
      })()`,
      targets,
    );
    expect(found).toEqual([true, 10, true]);
    expect(vat.memory('list')).toEqual({ got: [{ n: 1 }, { n: 2 }] });
    await down.start();
    await net.pass(5_000);
    expect(down.memory('list')).toEqual({ got: [{ n: 1 }, { n: 2 }] });
    // What went wrong is seen by operators, not by the object that sent.
    expect((await vat.log('link')).join()).toContain('QRT_NO_OBJECT');
  });

  it('Q23 nothing of a send shows in its own turn, even to whoever calls the target', async () => {
    const vat = await openTestVat({
      objects: { list: LIST, count: '(args, power) => (power.memory.got ?? []).length' },
    });
    const facets = await vat.install(
      'facets',
      `(args, power) => { power.memory.got = [];
        const list = power.make_object(${JSON.stringify(LIST)}, power);
        const count = power.make_object('(args, power) => power.memory.got.length', power);
        list.sendOnly(1); const first = count.call(); list.sendOnly(2); power.memory.seen = [first, count.call()]; }`,
    );
    await vat.send(facets);
    expect(vat.memory(facets)).toEqual({ got: [1, 2], seen: [0, 0] });
  });

  it('Q23 Q.sendOnly is safe with impostors: none of their code runs, and none gets anything', async () => {
    const vat = await openTestVat({ objects: { list: LIST } });
    const found = (await vat.value(
      `(() => {
        const ran = [];
        const run = (what) => { ran.push(what); };
        const traps = new Proxy({}, { get: (target, trap) => (...rest) => { run(trap); return Reflect[trap](...rest); } });
        const impostors = [${IMPOSTORS.map((text) => `() => (${text})`).join(',\n')}].map((make) => make());
        ran.length = 0;
        const ways = [(x) => Q.sendOnly(x, 'fake'), (x) => args.to.sendOnly.call(x, 'fake'), (x) => Reflect.apply(args.to.sendOnly, x, ['fake'])];
        const codes = impostors.map((impostor) => ways.map((way) => {
          try { return String(way(impostor)); } catch (error) { return error.code ?? String(error); }
        }));
        Q.sendOnly(args.to, 'real');
        return { ran, codes };
      })()`,
      { to: vat.ref('list') },
    )) as { ran: string[]; codes: string[][] };
    expect(found.ran).toEqual([]);
    expect(found.codes).toEqual(IMPOSTORS.map(() => Array(3).fill('QRT_TARGET_INVALID')));
    expect(vat.memory('list')).toEqual({ got: ['real'] });
  });

  it('Q23 the one refusal is for want of room, it can be caught, and nothing is queued then', async () => {
    const net = makeTestNet();
    const vat = await openTestVat({ net });
    const peer = await openTestVat({ net, objects: { list: LIST } });
    const to = peer.ref('list');
    const code = `(args, power) => {
      try { for (let n = 0; n < 900; n += 1) { args.to.sendOnly(n); power.memory.sent = (power.memory.sent ?? 0) + 1; } }
      catch (error) { power.memory.code = error.code; }
    }`;
    const eager = await vat.install('eager', code);
    await vat.queue(to, 'first contact');
    await net.run();
    net.setWire(cutWire);
    await vat.halt();
    // Almost full: items for a peer that nobody reaches.
    vat.tamper(`
      WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 99000)
      INSERT INTO outbox SELECT 999, 1, n, x'00', x'00', 'l999', 0 FROM count`);
    await vat.start();
    await vat.send(eager, { to });
    const { sent, code: thrown } = vat.memory(eager) as { sent: number; code: string };
    expect(thrown).toBe('QRT_NO_ROOM');
    // Half of what is left is what one sender may take.
    expect(sent).toBeGreaterThan(300);
    expect(sent).toBeLessThan(900);
    await vat.halt();
    vat.tamper('DELETE FROM outbox WHERE link = 999');
    await vat.start();
    net.setWire(honestWire);
    await net.run();
    expect((peer.memory('list') as { got: unknown[] }).got).toHaveLength(sent + 1);
  });

  it('Q24 args are copied when they are sent: later changes are not seen', async () => {
    const net = makeTestNet();
    const vat = await openTestVat({ net, objects: { list: LIST } });
    const peer = await openTestVat({ net, objects: { list: LIST } });
    await vat.value(
      `(() => {
        const shared = { deep: { list: [1] } };
        for (const to of [args.here, args.there]) {
          to.sendOnly(shared);
          shared.deep.list.push(2); shared.more = true;
          Q.sendOnly(to, shared);
          delete shared.more; shared.deep = { list: [1] };
        }
        power.memory.own = { n: 1 };
        args.here.sendOnly(power.memory.own);
        power.memory.own.n = 2;
        return 0;
      })()`,
      { here: vat.ref('list'), there: peer.ref('list') },
    );
    await net.run();
    const got = [{ deep: { list: [1] } }, { deep: { list: [1, 2] }, more: true }];
    expect(vat.memory('list')).toEqual({ got: [...got, { n: 1 }] });
    expect(peer.memory('list')).toEqual({ got });
  });

  it('Q25 local and remote targets are sent to in the same way, and both wait for a later turn', async () => {
    const net = makeTestNet();
    const vat = await openTestVat({ net, objects: { list: LIST } });
    const peer = await openTestVat({ net, objects: { list: LIST } });
    const sender = await vat.install(
      'sender',
      `(args, power) => {
        power.memory.same = ['sendOnly', 'call'].map((name) => args.list[0][name] === args.list[1][name]);
        power.memory.kinds = args.list.map((to) => [typeof to, String(to), Object.keys(to).length]);
        for (const to of args.list) to.sendOnly({ ref: args.list[0] });
      }`,
    );
    await vat.send('list', 'before');
    await vat.queue(peer.ref('list'), 'before');
    await net.run();
    const turns = (await vat.status()).turns;
    await vat.queue(sender, { list: [vat.ref('list'), peer.ref('list')] });
    await net.run();
    const { same, kinds } = vat.memory(sender) as { same: unknown; kinds: unknown[] };
    expect(same).toEqual([true, true]);
    expect(kinds[0]).toEqual(kinds[1]);
    // The local message was a turn of its own, and passed through the queue.
    expect((await vat.status()).turns).toBe(turns + 2);
    expect(vat.counters()['inbox']).toBe(3);
    expect(vat.memory('list')).toEqual({
      got: ['before', { ref: new HeldRef(vat.ref('list').id) }],
    });
    expect(peer.memory('list')).toEqual({ got: ['before', { ref: expect.any(HeldRef) }] });
  });
});
