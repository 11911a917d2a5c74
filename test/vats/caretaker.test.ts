// Caretaker: what reaches the target is what was passed on before the revocation, whatever the order.
import { describe, expect, it } from 'vitest';
import { makeRandom, pick } from '../sim/random.ts';
import { someOf } from '../thorough.ts';
import { type GuestVat, openVat, type Sink, type TestObject } from './kit.ts';

interface Pair {
  readonly forwarder: TestObject;
  readonly revoker: TestObject;
  readonly target: Sink;
}

/** Of another owner than the caretaker: its messages overtake those that wait for a forwarder. */
const REVOKE_NOW = '({ revoker }) => { revoker.call(); }';

const lend = async (vat: GuestVat, caretaker: TestObject, target: Sink): Promise<Pair> => {
  const { forwarder, revoker } = await vat.news(caretaker, { target });
  return { forwarder: forwarder!, revoker: revoker!, target };
};

/** Sends, steps, restarts and revokes at random; everything that was sent has run in the end. */
async function runRandomly(seed: number) {
  const random = makeRandom(seed);
  const vat = await openVat();
  const caretaker = await vat.guest('caretaker');
  const urgent = await vat.object(REVOKE_NOW);
  const targets = [await vat.sink(), await vat.sink()];
  const pairs: Pair[] = [];
  for (let n = 0; n < 12; n += 1) pairs.push(await lend(vat, caretaker, pick(random, targets)));

  const turns = [];
  for (let n = 0; n < 250; n += 1) {
    const { forwarder, revoker } = pick(random, pairs);
    const dice = random();
    if (dice < 0.93) await vat.send(forwarder, n);
    else if (dice < 0.965) await vat.send(revoker);
    else await vat.send(urgent, { revoker });
    if (random() < 0.3) turns.push(await vat.step());
    if (random() < 0.01) await vat.restart();
  }
  turns.push(...(await vat.run()));
  return { pairs, targets, turns, urgent };
}

describe('caretaker', () => {
  it.each(someOf([1, 2, 3], 3))(
    'the target gets exactly what ran before its revocation, in order (seed %i)',
    async (seed) => {
      const { pairs, targets, turns, urgent } = await runRandomly(seed);
      const revoked = new Set<TestObject>();
      const expected = new Map<Sink, unknown[]>(targets.map((target) => [target, []]));
      let refusals = 0;
      for (const turn of turns) {
        const pair = pairs.find(({ forwarder }) => forwarder === turn?.target);
        if (pair && revoked.has(pair.revoker)) {
          refusals += 1;
          expect(turn).toMatchObject({ status: 'failed', sends: [] });
          expect(turn?.failure?.message).toMatch(/^this forwarder was revoked; ask for another/);
        } else if (pair) {
          expected.get(pair.target)?.push(turn?.args);
        } else if (turn?.target === urgent) {
          revoked.add((turn.args as Pair).revoker);
        } else if (pairs.some(({ revoker }) => revoker === turn?.target)) {
          revoked.add(turn!.target);
        }
      }
      for (const [target, args] of expected) expect(await target.received()).toEqual(args);
      expect(refusals).toBeGreaterThan(20);
      expect([...expected.values()].flat().length).toBeGreaterThan(20);
    },
  );

  it('what waits for the forwarder when it is revoked does not arrive, what was passed on does', async () => {
    const vat = await openVat();
    const target = await vat.sink();
    const { forwarder, revoker } = await lend(vat, await vat.guest('caretaker'), target);
    const urgent = await vat.object(REVOKE_NOW);
    for (let n = 1; n <= 10; n += 1) await vat.send(forwarder, n);
    await vat.step();
    await vat.send(urgent, { revoker });
    const turns = await vat.run();
    const refused = turns.filter(({ status }) => status === 'failed').map(({ args }) => args);
    expect(refused.length).toBeGreaterThan(5);
    expect([...(await target.received()), ...refused]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('a revocation outlives a restart, and touches no other forwarder', async () => {
    const vat = await openVat();
    const caretaker = await vat.guest('caretaker');
    const target = await vat.sink();
    const pairs = [await lend(vat, caretaker, target), await lend(vat, caretaker, target)];
    await vat.done(pairs[0]!.revoker);
    await vat.restart();
    await vat.refused(pairs[0]!.forwarder, 'revoked');
    await vat.done(pairs[1]!.forwarder, 'still lent');
    expect(await target.received()).toEqual(['still lent']);
    await vat.done(pairs[0]!.revoker);
    await vat.done(pairs[1]!.revoker);
    await vat.refused(pairs[1]!.forwarder, 'revoked');
    expect(await target.received()).toEqual(['still lent']);
  });

  it('whoever holds a forwarder gets nothing out of it that reaches the target later', async () => {
    const vat = await openVat();
    const target = await vat.sink();
    const { forwarder, revoker } = await lend(vat, await vat.guest('caretaker'), target);
    const thief = await vat.object(
      `(args, { memory, forwarder }) => {
      const attempts = [
        () => forwarder.call('called'),
        () => forwarder.call({ get: (it) => { memory.stolen = it; } }),
        () => forwarder.call({ get stolen() { return forwarder; } }),
        () => forwarder.call(new Proxy({}, { get(on, key) { memory.stolen = key; } })),
        () => forwarder.target, () => forwarder.memory, () => Object.values(forwarder)[0],
      ];
      memory.loot = attempts.map((attempt) => {
        try { return attempt() ?? null; } catch (error) { return error.code ?? error.message.slice(0, 26); }
      });
    }`,
      { forwarder },
    );
    await vat.done(thief);
    const refusal = 'QRT_DATA_UNCARRIED';
    const promise = expect.objectContaining({ id: expect.stringMatching(/^p/) });
    expect(await vat.memory(thief)).toEqual({
      loot: [promise, refusal, refusal, refusal, null, null, null],
    });
    await vat.done(revoker);
    await vat.done(thief);
    expect(await target.received()).toEqual(['called']);
  });

  it('what the target answers comes back, value or error, also after the revocation', async () => {
    const vat = await openVat();
    const target = await vat.object(`({ no, ring }, { memory }) => {
      if (no) throw RangeError('no');
      if (ring) return void memory.resolver.sendOnly({ value: 7 });
      const { promise, resolver } = Q.promise();
      memory.resolver = resolver;
      return promise;
    }`);
    const { forwarder, revoker } = await vat.answer(await vat.guest('caretaker'), { target });
    const later = await vat.ask(forwarder!, {});
    await expect(vat.answer(forwarder!, { no: true })).rejects.toMatchObject({
      name: 'RangeError',
    });
    await vat.done(revoker!);
    expect(await later.end()).toBeUndefined();
    await vat.done(target, { ring: true });
    expect(await later.end()).toEqual({ value: 7 });
    await expect(vat.answer(forwarder!)).rejects.toMatchObject({ message: /revoked/ });
  });

  it('messages pass with all that they carry, also to another vat', async () => {
    const vat = await openVat();
    const away = vat.outside('away');
    const { forwarder } = await vat.news(await vat.guest('caretaker'), { target: away });
    const args = { deep: [{ ref: away, forwarder }], text: 'x' };
    await vat.done(forwarder!, args);
    expect(vat.outbox()).toEqual([{ to: 'away', args }]);
  });

  it('a target that is no reference is refused with what to send instead', async () => {
    const vat = await openVat();
    const caretaker = await vat.guest('caretaker');
    for (const args of [
      {},
      ...[null, 'qrt:text', { '@ref': 0 }, 5].map((target) => ({ target })),
    ]) {
      expect(await vat.refused(caretaker, args)).toMatch(/send { target, to }/);
    }
  });
});
