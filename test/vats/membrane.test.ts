// Membrane: nothing is ever held on both of its sides, and after the revocation nothing passes.
import { describe, expect, it } from 'vitest';
import { makeRandom, pick } from '../sim/random.ts';
import { isThorough, someOf } from '../thorough.ts';
import { openVat, type TestObject } from './kit.ts';
import { type Act, type Agents, openAgents, SIDES } from './membrane-agents.ts';

const ACTS = isThorough ? 300 : 160;

const makeAct = (random: () => number): Act => {
  const draw = (below: number) => Math.floor(random() * below);
  return {
    // What it had first is agents and the way to others; later come more and more promises.
    to: random() < 0.5 ? draw(8) : draw(1_000),
    give: Array.from({ length: draw(3) }, () => draw(1_000)),
    reply: draw(8) === 0 ? 0 : 1 + draw(1_000),
    ...(random() < 0.6 && { hear: random() < 0.5 ? 0 : draw(1_000) }),
    makes: random() < 0.15,
    resolves: random() < 0.25,
  };
};

const actRandomly = async (agents: Agents, random: () => number, count: number) => {
  const { vat, all, act } = agents;
  let last = 0;
  for (let n = 0; n < count; n += 1) {
    last = await act(pick(random, all[pick(random, SIDES)]), makeAct(random));
    for (let steps = random() * 6; steps > 0; steps -= 1) await vat.step();
    if (random() < 0.02) await vat.restart();
  }
  await vat.run();
  return last;
};

/** What is held on both sides at once. */
const shared = async ({ held }: Agents): Promise<readonly string[]> => {
  const inside = await held('inside');
  return [...(await held('outside'))].filter((each) => inside.has(each));
};

/** Answers what it is sent; `keep` and `is` tell whether the same comes again. */
const ECHO = `({ give, keep, is }, { memory }) => {
  if (keep !== undefined) memory.kept = keep;
  if (is !== undefined) return { same: is === memory.kept, isPromise: Q.isPromise(is) };
  return give ?? memory.kept ?? null;
}`;

describe('membrane', () => {
  it.each(someOf([1, 2, 3, 4], 4))(
    'whatever both sides hand each other, nothing is held on both; revoked, nothing passes (seed %i)',
    async (seed) => {
      const random = makeRandom(seed);
      const agents = await openAgents(await openVat());
      const last = await actRandomly(agents, random, ACTS);
      expect(await shared(agents)).toEqual([]);
      const counts = (await Promise.all(SIDES.map(agents.heard))).map((acts) => acts.length);
      expect(Math.min(...counts)).toBeGreaterThan(2);
      const kinds = (await Promise.all(SIDES.map(agents.held))).map(
        (each) => [...each].filter((name) => name.startsWith('promise')).length,
      );
      expect(Math.min(...kinds)).toBeGreaterThan(2);

      await agents.vat.done(agents.revoker);
      await actRandomly(agents, random, ACTS / 2);
      const later = (await Promise.all(SIDES.map(agents.heard))).flat().filter((act) => act > last);
      expect(later).toEqual([]);
      expect(await shared(agents)).toEqual([]);
    },
  );

  it('the same thing has the same wrapper, and comes home as itself', async () => {
    const vat = await openVat();
    const [inner, thing] = [await vat.object(ECHO), await vat.object(ECHO)];
    const { wrapped } = await vat.answer(await vat.guest('membrane'), { target: inner });
    // Outwards, twice, and by two ways.
    await vat.done(inner, { keep: thing });
    const out = await vat.answer<TestObject>(wrapped!);
    expect(out).not.toBe(thing);
    expect(await vat.answer(wrapped!)).toBe(out);
    await vat.restart();
    expect(await vat.answer(wrapped!, { give: out })).toBe(out);
    // Home again.
    expect(await vat.answer(wrapped!, { is: out })).toEqual({ same: true, isPromise: false });
    // Inwards: what is kept there is a wrapper, and the same as the next time.
    const mine = await vat.object(ECHO);
    await vat.answer(wrapped!, { keep: mine, is: mine });
    expect(await vat.answer(wrapped!, { is: mine })).toEqual({ same: true, isPromise: false });
    expect((await vat.read<{ kept: TestObject }>(inner)).kept).not.toBe(mine);
    expect(await vat.answer(wrapped!)).toBe(mine);
  });

  it('a promise passes at once, and what it becomes is wrapped when it is settled', async () => {
    const vat = await openVat();
    const [inner, thing] = [await vat.object(ECHO), await vat.object(ECHO)];
    const { wrapped } = await vat.answer(await vat.guest('membrane'), { target: inner });
    const giver = await vat.object(
      `({ settle }, { memory, wrapped }) => {
        if (settle) return memory.resolver.sendOnly({ value: settle });
        const { promise, resolver } = Q.promise();
        memory.resolver = resolver;
        promise.sendOnly({ keep: 'pipelined' });
        return wrapped.send({ keep: { promise }, is: promise });
      }`,
      { wrapped },
    );
    expect(await vat.answer(giver)).toEqual({ same: false, isPromise: true });
    await vat.done(giver, { settle: thing });
    const reader = await vat.object(
      `(args, { memory, inner }) => {
        if (args.value?.promise) return Q.when(args.value.promise, { fulfilled: memory.self });
        if (args.value) memory.value = args.value;
        if (!args.self) return;
        memory.self = args.self;
        Q.when(inner.send({}), { fulfilled: args.self });
      }`,
      { inner },
    );
    await vat.done(reader, { self: reader });
    const { value } = await vat.read<{ value: TestObject }>(reader);
    expect(value).not.toBe(thing);
    expect(await vat.answer(inner, { give: value })).toBe(value);
    expect(await vat.answer(wrapped!, { give: thing })).toBe(thing);
    expect(await vat.read(thing)).toEqual({ kept: 'pipelined' });
  });

  it('what is answered, rejected or settled after the revocation does not pass, nor what waits for its turn', async () => {
    const vat = await openVat();
    const late = await vat.object(
      `({ end, nested }, { memory }) => {
        memory.open ??= [];
        for (const resolver of end ? memory.open : []) resolver.sendOnly(end);
        if (end) return;
        const { promise, resolver } = Q.promise();
        memory.open.push(resolver);
        return nested ? { promise } : promise;
      }`,
    );
    for (const end of [{ value: 'secret' }, { error: { name: 'Error', message: 'secret' } }]) {
      const made = await vat.answer(await vat.guest('membrane'), { target: late });
      const nested = await vat.object(
        '({ value }, { hear }) => Q.when(value.promise, { fulfilled: hear })',
        {
          hear: await vat.object('({ value }) => value'),
        },
      );
      const waits = await vat.object(
        '(args, { wrapped, nested }) => Q.when(wrapped.send({ nested: true }), { fulfilled: nested })',
        { wrapped: made['wrapped'], nested },
      );
      const told = [await vat.tell(made['wrapped']!), await vat.tell(waits)];
      await vat.run();
      await vat.done(made['revoker']!);
      told.push(await vat.tell(made['wrapped']!));
      await vat.run();
      await vat.done(late, { end });
      const revoked = { error: { message: 'this membrane was revoked' } };
      for (const each of told) {
        expect(await vat.heard(each)).toMatchObject(revoked);
      }
    }
  });

  it('an immediate call with hostile args passes nothing unwrapped, and cannot outlast a revocation', async () => {
    const vat = await openVat();
    const inner = await vat.object(ECHO);
    const { wrapped, revoker } = await vat.answer(await vat.guest('membrane'), { target: inner });
    const user = await vat.object(
      `({ attack, self }, { wrapped, revoker, memory }) => {
        memory.self ??= self;
        const mine = memory.self;
        let reads = 0;
        const shifty = { get keep() { reads += 1; return reads > 1 ? mine : 'harmless'; } };
        const list = [1];
        Object.defineProperty(list, 'map', { value: () => [mine] });
        Object.defineProperty(list, Symbol.iterator, { value: function* () { yield mine; } });
        const like = { [Symbol.toStringTag]: 'Reference', mine };
        const attacks = {
          shifty: () => wrapped.call(shifty),
          list: () => wrapped.call({ keep: list }),
          proxy: () => wrapped.call({ keep: new Proxy([mine], { get: (on, key) => (key === 'length' ? 1 : mine) }) }),
          like: () => wrapped.call({ keep: like }),
          closure: () => wrapped.call({ keep: () => mine }),
          late: () => wrapped.call({ get keep() { revoker.call(); return 'late'; } }),
        };
        try { attacks[attack](); } catch (error) { return error.message; }
      }`,
      { wrapped, revoker },
    );
    await vat.done(user, { attack: 'shifty', self: user });
    for (const attack of ['shifty', 'list', 'proxy', 'like', 'closure', 'late']) {
      await vat.send(user, { attack });
      await vat.run();
      const { kept } = await vat.read<{ kept?: unknown }>(inner);
      expect(JSON.stringify(kept ?? null)).not.toContain(user.id);
      expect(kept).not.toBe('late');
    }
  });

  it('what cannot be lent, and more than it has room for, is refused with the reason', async () => {
    const vat = await openVat();
    const membrane = await vat.guest('membrane');
    for (const args of [{}, null, { target: 'text' }]) {
      expect(await vat.refused(membrane, args)).toMatch(/send { target }/);
    }
    const maker = await vat.object(
      `({ count }, { make_object }) =>
        Array.from({ length: count }, () => make_object('() => 1'))`,
    );
    const { wrapped } = await vat.answer(membrane, { target: maker });
    for (let n = 0; n < 44; n += 1) await vat.answer(wrapped!, { count: 90 });
    const told = [await vat.tell(wrapped!, { count: 90 }), await vat.tell(wrapped!, { count: 39 })];
    await vat.run();
    expect(await vat.heard(told[0]!)).toMatchObject({ error: { message: /too much has passed/ } });
    expect((await vat.heard<unknown[]>(told[1]!))?.value).toHaveLength(39);
  });
});
