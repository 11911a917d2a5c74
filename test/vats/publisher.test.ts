// Publisher: every live subscriber gets each message once and in order, whatever the others do.
import { describe, expect, it } from 'vitest';
import { startKit } from '../guest/kit.ts';
import { makeRandom, pick } from '../sim/random.ts';
import { closeTestVats, openTestVat } from '../spec/kit.ts';
import { someOf } from '../thorough.ts';
import {
  type GuestVat,
  openVat,
  readGuestCode,
  type Sink,
  type TestObject,
  type TestReference,
} from './kit.ts';

interface Subscription {
  readonly number: number;
  readonly to: TestReference;
  readonly topic: string | null;
  readonly cancel: TestObject;
}

const subscribe = async (
  vat: GuestVat,
  desk: TestObject,
  { to, topic }: { to: TestReference; topic?: string | null },
): Promise<Subscription> => {
  const args = { method: 'subscribe', to, ...(topic ? { topic } : {}) };
  await vat.send(desk, args);
  const turns = await vat.run();
  const turn = turns.findLast(({ target }) => target === desk);
  expect(turn).toMatchObject({ status: 'done', args });
  const { number, cancel } = turn!.sends[0]!.args as Subscription;
  expect(turn!.sends).toEqual([{ target: to, args: { number, cancel } }]);
  return { number, to, topic: topic ?? null, cancel };
};

/** Subscribes, cancels, drops and publishes at random; returns what each sink should have got. */
async function runRandomly(vat: GuestVat, seed: number) {
  const random = makeRandom(seed);
  const publisher = await vat.guest('publisher');
  const { desk } = await vat.news(publisher, { method: 'desk', places: 5 });
  const sinks = [await vat.sink(), await vat.sink(), await vat.sink()];
  const thrower = await vat.object('() => { throw Error("on purpose"); }');
  const dead = [thrower, vat.outside('away'), vat.outside('farther away')];
  const expected = new Map<TestReference, unknown[]>(sinks.map((sink) => [sink, []]));
  let live: Subscription[] = [];
  for (let n = 0; n < 250; n += 1) {
    const dice = random();
    const topic = pick(random, [null, 'news', 'weather', '__proto__']);
    const chosen = pick(random, [undefined, ...live]);
    if (dice < 0.15) {
      const isAtDesk = random() < 0.2 && live.length < 5;
      const given = { to: pick(random, [...sinks, ...dead]), topic };
      const made = await subscribe(vat, isAtDesk ? desk! : publisher, given);
      live.push(made);
      expected.get(made.to)?.push({ number: made.number, cancel: made.cancel });
    } else if (dice < 0.2 && chosen) {
      if (random() < 0.5) await vat.send(chosen.cancel, 'anything');
      else await vat.send(publisher, { method: 'drop', number: chosen.number });
      live = live.filter((each) => each !== chosen);
    } else {
      await vat.send(publisher, { method: 'publish', message: n, ...(topic ? { topic } : {}) });
      for (const each of live) {
        const isMeant = each.topic === null || each.topic === topic;
        if (isMeant) expected.get(each.to)?.push({ topic, message: n, missed: 0 });
      }
    }
    if (random() < 0.1) await vat.step();
    if (random() < 0.01) await vat.restart();
  }
  const turns = await vat.run();
  expect(turns.filter(({ target, status }) => target === publisher && status === 'failed')).toEqual(
    [],
  );
  return { expected, turns };
}

describe('publisher', () => {
  it.each(someOf([1, 2], 2))(
    'each live subscriber gets every message once and in order, beside dead ones (seed %i)',
    async (seed) => {
      const vat = await openVat();
      const { expected } = await runRandomly(vat, seed);
      for (const [sink, messages] of expected) {
        expect(await (sink as Sink).received()).toEqual(messages);
        expect(messages.length).toBeGreaterThan(20);
      }
      expect(vat.log().filter(({ text }) => text.includes('on purpose')).length).toBeGreaterThan(5);
      expect(vat.outbox().length).toBeGreaterThan(5);
    },
  );

  it.each(someOf([1, 2], 2))(
    'a queue without room costs those behind it a message, which is counted (seed %i)',
    async (seed) => {
      const random = makeRandom(seed);
      const kit = await startKit();
      try {
        const publisher = kit.install(readGuestCode('publisher'));
        // An id with an `i` is an object of another vat, and its messages go to the outbox.
        const targets = ['i1', 'o900.0', 'i2', 'i3', 'o901.0', 'i4'];
        for (const to of targets) {
          await kit.done(publisher, { method: 'subscribe', to: { $: 0 } }, { slots: [to] });
        }
        const missed = targets.map(() => 0);
        for (let n = 0; n < 60; n += 1) {
          const room = { i: Math.floor(random() * 6), o: Math.floor(random() * 4) };
          const readings = {
            outbox: { rows: room.i, bytes: 1_000 },
            inbox: { rows: room.o, bytes: 1_000 },
          };
          const { sends } = await kit.done(
            publisher,
            { method: 'publish', message: n },
            { readings },
          );
          const expected = targets.flatMap((target, index) => {
            const queue = target.startsWith('i') ? 'i' : 'o';
            room[queue] -= 1;
            if (room[queue] < 0) {
              missed[index]! += 1;
              return [];
            }
            const body = JSON.stringify({ topic: null, message: n, missed: missed[index] });
            missed[index] = 0;
            return [[target, body]];
          });
          expect(sends.map(({ target, args }) => [target, args.body])).toEqual(expected);
        }
        const { subscribers } = kit.memory(publisher) as { subscribers: { missed: number }[] };
        expect(subscribers.map((each) => each.missed)).toEqual(missed);
      } finally {
        await kit.close();
      }
    },
  );

  it('a deleted subscriber costs the others nothing', async () => {
    const keep =
      '(args, { memory }) => { (memory.got ??= []).push(args.message ?? "subscribed"); }';
    const objects = { publisher: readGuestCode('publisher'), gone: keep, live: keep };
    const vat = await openTestVat({ objects });
    try {
      const publish = (message: number) => vat.send('publisher', { method: 'publish', message });
      for (const name of ['gone', 'live', 'gone']) {
        await vat.send('publisher', { method: 'subscribe', to: vat.ref(name) });
      }
      await publish(1);
      const deleted = await vat.ask({ type: 'delete', id: 'once', object: vat.ref('gone').id });
      expect(deleted).toMatchObject({ ok: true });
      await publish(2);
      await vat.crash();
      await publish(3);
      expect(vat.memory('live')).toEqual({ got: ['subscribed', 1, 2, 3] });
    } finally {
      await closeTestVats();
    }
  });

  it('a desk subscribes for its places, and can do nothing else', async () => {
    const vat = await openVat();
    const publisher = await vat.guest('publisher');
    const { desk } = await vat.news(publisher, { method: 'desk', places: 2 });
    const { desk: other } = await vat.news(publisher, { method: 'desk', places: 1 });
    const to = await vat.sink();
    const first = await subscribe(vat, desk!, { to });
    await subscribe(vat, desk!, { to, topic: 'news' });
    expect(await vat.refused(desk!, { to })).toMatch(/all places are taken/);
    await subscribe(vat, other!, { to });
    const before = await vat.memory(publisher);
    const attacks = [
      { method: 'publish', message: 1 },
      { method: 'drop', number: first.number },
      { method: 'desk', places: 9, to },
    ];
    for (const args of attacks) await vat.refused(desk!, args);
    expect(await vat.memory(publisher)).toEqual(before);
    await vat.done(first.cancel);
    await subscribe(vat, desk!, { to });
  });

  it('a cancel reference ends its own subscription only, and twice is as once', async () => {
    const vat = await openVat();
    const publisher = await vat.guest('publisher');
    const [one, two] = [await vat.sink(), await vat.sink()];
    const { cancel } = await subscribe(vat, publisher, { to: one });
    await subscribe(vat, publisher, { to: two });
    await vat.done(cancel, { number: 99 });
    await vat.done(cancel);
    await vat.done(publisher, { method: 'publish', message: 'hello' });
    expect(await one.received()).toHaveLength(1);
    expect((await two.received()).at(-1)).toEqual({ topic: null, message: 'hello', missed: 0 });
  });

  it('holds at most 200 subscriptions, and the longest message still reaches all of them', async () => {
    const vat = await openVat();
    const publisher = await vat.guest('publisher');
    const sink = await vat.sink();
    for (let n = 0; n < 200; n += 1) await vat.send(publisher, { method: 'subscribe', to: sink });
    await vat.run();
    expect(await vat.refused(publisher, { method: 'subscribe', to: sink })).toMatch(/all places/);
    const before = (await sink.received()).length;
    for (const text of ['語'.repeat(5_998), '"'.repeat(2_999), '\u0001'.repeat(999)]) {
      await vat.done(publisher, { method: 'publish', message: text });
    }
    const heavy = await vat.object(
      `(args, { memory, make_object, publisher }) => {
        memory.refs ??= [];
        if (args) publisher.call({ method: 'publish', message: [...memory.refs, args.text] });
        else for (let n = 0; n < 100; n += 1) memory.refs.push(make_object('() => {}'));
      }`,
      { publisher },
    );
    for (let n = 0; n < 9; n += 1) await vat.done(heavy);
    // 900 references take 2,700 characters as JSON sees them.
    await vat.done(heavy, { text: '語'.repeat(3_290) });
    expect((await sink.received()).length).toBe(before + 800);
    const long = { method: 'publish', message: 'x'.repeat(5_999) };
    expect(await vat.refused(publisher, long)).toMatch(/at most 6000 characters/);
  });

  it('refuses what would not be a subscription, a message or a method', async () => {
    const vat = await openVat();
    const publisher = await vat.guest('publisher');
    const to = await vat.sink();
    const refusals: [object, RegExp][] = [
      [{ method: 'subscribe' }, /needs a reference/],
      [{ method: 'subscribe', to: { sendOnly: 1 } }, /needs a reference/],
      [{ method: 'subscribe', to, topic: 5 }, /args.topic is a text/],
      [{ method: 'subscribe', to, topic: 'x'.repeat(101) }, /args.topic is a text/],
      [{ method: 'publish' }, /args.message is data/],
      [{ method: 'publish', message: 1, topic: {} }, /args.topic is a text/],
      [{ method: 'publish', message: 1, topic: 'x'.repeat(101) }, /args.topic is a text/],
      [{ method: 'desk', to }, /args.places is a whole number/],
      [{ method: 'desk', to, places: 201 }, /args.places is a whole number/],
      [{ method: 'drop' }, /args.number is the number/],
      [{}, /one of: publish, subscribe, desk, drop/],
    ];
    for (const [args, reason] of refusals) {
      expect(await vat.refused(publisher, args)).toMatch(reason);
    }
    expect(await vat.memory(publisher)).toEqual({});
  });
});
