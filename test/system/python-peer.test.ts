// A peer that is not ours: the second implementation of the wire, in Python, against real nodes.
//
// It plays a bad network towards them, its process and theirs are ended in between, and still every
// entry is run once and in order on both sides.

import { copyFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPython, type PythonPeer, startPeer } from '../peer/python-peer.ts';
import { eventually, makeWorld, type World } from './kit.ts';

const python = findPython();
const ENTRIES = 200;
const SEED = 11;
const QUIET_MS_MAX = 60_000;
/** One in so many of its boxes and of its replies goes wrong. */
const FAULT_EVERY = 2;
const FAULTS = [
  ...['busy', 'noReceipt', 'flipReceipt', 'replayReceipt', 'reflect'],
  ...['gap', 'repeat', 'replayBox', 'cutBox', 'flipBox', 'told gap'],
];

/** As the ledger of the peer: at most 20 entries ahead of what it got, so there are many boxes. */
const LEDGER = `
function ledger({ entry, until, partner }, { memory }) {
  const { got = 0, sent = 0, breaks = [] } = memory;
  if (until !== undefined) Object.assign(memory, { until, partner });
  if (entry !== undefined && entry !== got + 1) breaks.push([got, entry]);
  Object.assign(memory, { got: entry ?? got, sent, breaks });
  while (memory.sent < Math.min(memory.until ?? 0, memory.got + 20)) {
    memory.sent += 1;
    memory.partner.sendOnly({ entry: memory.sent });
  }
}`;
/** Keeps what it is told, and passes it on to whoever stands in it. */
const KEEPER = `
function keeper(args, { memory }) {
  memory.got = [...(memory.got ?? []), args];
  if (args.tell) args.tell.sendOnly(args.what);
}`;

describe.skipIf(python === undefined)('a peer in Python (needs python3-nacl)', () => {
  let world: World;
  let peer: PythonPeer;
  /** Ends the peer and starts it anew, at another port. */
  const restart = async (): Promise<void> => {
    await peer.kill();
    peer = await startPeer(python!, world.path('PEER'));
  };
  const linkWith = async (dir: string) => {
    const { vat } = await world.status(dir);
    return (await peer.status()).links[vat]!;
  };
  /** Of the object that was installed last. */
  const memoryOf = async (dir: string): Promise<Record<string, unknown>> => {
    const row = (await world.dump(dir, 'memory')).at(-1);
    return JSON.parse(String(row?.['value'])) as Record<string, unknown>;
  };

  beforeAll(async () => {
    world = makeWorld();
    await world.startNew('A', 'B');
    peer = await startPeer(python!, world.path('PEER'));
  });
  afterAll(async () => {
    await peer.kill();
    await world.end();
  });

  it('exchanges numbered entries, each run once and in order, over faults and kills', async () => {
    const theirs = await peer.install('ledger');
    const ours = await world.install('A', LEDGER);
    await peer.faults(SEED, FAULT_EVERY);
    const until = { until: ENTRIES };
    const partner = ['--ref', `partner=${theirs.qrid}`];
    await world.ok(['send', '-d', 'A', ours, JSON.stringify(until), ...partner]);
    await peer.send({ to: theirs.ref, args: { ...until, partner: { $ref: ours } } });

    const got = async (): Promise<number> =>
      Number((await peer.status()).memories[theirs.ref]?.['got'] ?? 0);
    let killsMidway = 0;
    const kills = [() => world.kill('A'), restart, () => world.kill('A')];
    for (const [step, kill] of kills.entries()) {
      await eventually(async () => (await got()) > ((step + 1) * ENTRIES) / 6, QUIET_MS_MAX);
      if ((await got()) < ENTRIES) killsMidway += 1;
      await kill();
      if (!(await world.status('A')).running) await world.ok(['start', 'A']);
      await peer.faults(SEED + step, FAULT_EVERY);
    }
    await eventually(async () => (await got()) === ENTRIES, QUIET_MS_MAX);
    await eventually(async () => (await linkWith('A')).waiting.join() === '0,0', QUIET_MS_MAX);
    await eventually(async () => (await world.status('A')).inbox.rows === 0);
    await eventually(async () => (await world.status('A')).outbox.rows === 0);

    expect(killsMidway).toBeGreaterThan(0);
    const { memories } = await peer.status();
    expect(memories[theirs.ref]).toMatchObject({ got: ENTRIES, sent: ENTRIES });
    expect(memories[theirs.ref]).not.toHaveProperty('faults');
    expect(await memoryOf('A')).toMatchObject({ got: ENTRIES, sent: ENTRIES, breaks: [] });
    expect(await world.counters('A')).toMatchObject({ turns_done: ENTRIES + 1, quarantine: 0 });
    expect((await world.status('A')).links).toMatchObject([{ state: 'ok', refusals: 0 }]);
    expect(await linkWith('A')).toMatchObject({ doubt: null, refused: {} });
  });

  it('loses and repeats nothing, until each fault has happened', async () => {
    const asked = await world.install('A', KEEPER);
    const own = await peer.install('keeper');
    let sent = 0;
    const isEnough = async (): Promise<boolean> => {
      sent += 1;
      await peer.send({ to: asked, args: { tell: { $ref: own.qrid }, what: sent } });
      const { faults } = await peer.status();
      return FAULTS.every((fault) => (faults[fault] ?? 0) > 0);
    };
    await eventually(isEnough, QUIET_MS_MAX);
    await peer.faults(SEED, 0);
    const got = async () => (await peer.status()).memories[own.ref]?.['got'] as unknown[];
    await eventually(async () => (await got())?.length === sent, QUIET_MS_MAX);
    expect(await got()).toEqual(Array.from({ length: sent }, (_, at) => at + 1));
  });

  it('passes on things of others, forwards for them, and passes refusals back', async () => {
    const a = await world.install('A', KEEPER);
    const b = await world.install('B', KEEPER);
    const own = await peer.install('keeper');
    const gotAt = async (dir: string): Promise<readonly unknown[]> =>
      ((await memoryOf(dir)) as { got?: readonly unknown[] }).got ?? [];
    const gotHere = async (): Promise<readonly Record<string, string>[]> =>
      ((await peer.status()).memories[own.ref]?.['got'] ?? []) as Record<string, string>[];

    // A is told to tell an object of B, which it knows only through the peer.
    const { to } = await peer.send({ to: a, args: { tell: { $ref: b }, what: { by: 'peer' } } });
    await eventually(async () => (await gotAt('B')).length === 1);
    expect(await gotAt('B')).toEqual([{ by: 'peer' }]);

    // The peer is told of an object of B by A, which forwards for it; and its own comes home.
    const refs = ['--ref', `friend=${b}`, '--ref', `self=${own.qrid}`];
    await world.ok(['send', '-d', 'A', own.qrid, '{"$":"x"}', ...refs]);
    await eventually(async () => (await gotHere()).length === 1);
    const [args] = await gotHere();
    expect(args).toEqual({ $: 'x', friend: expect.stringMatching('/y[0-9]+$'), self: own.ref });
    const friend = args!['friend']!;
    await peer.send({ to: friend, args: { by: 'A' } });
    await eventually(async () => (await gotAt('B')).length === 2);
    expect(await gotAt('B')).toEqual([{ by: 'peer' }, { by: 'A' }]);

    // Each of these is refused, with its own code.
    const { vat } = await world.status('A');
    await peer.send({ to: friend, args: {}, hops: 16 });
    await peer.send({ to: `${vat}/y9999`, args: {} });
    await peer.send({ to, args: { $ref: `${vat}/y9999` } });
    await peer.send({ to: a.replace(/\.[^@]*/, `.${'A'.repeat(43)}`), args: {} });
    await peer.item(vat, '["dance"]');
    await world.ok(['delete', 'B', 'o1.0']);
    await peer.send({ to: friend, args: { by: 'A' } });
    await eventually(async () => Object.keys((await linkWith('A')).refused).length === 7);
    expect(Object.values((await linkWith('A')).refused)).toEqual([
      'QRT_TOO_FAR',
      'QRT_NO_OBJECT',
      'QRT_NAME_UNKNOWN',
      'QRT_NO_OBJECT',
      'QRT_NO_OBJECT',
      'QRT_ITEM_MALFORMED',
      'QRT_NO_OBJECT',
    ]);

    // A learns through the peer that what it sent to the object of B was refused.
    await peer.send({ to, args: { tell: { $ref: b }, what: {} } });
    const isTold = ({ text }: Readonly<Record<string, unknown>>) =>
      String(text).includes('was refused by this peer');
    await eventually(async () => (await world.log('A')).some(isTold));
    expect((await world.status('A')).links.map(({ state }) => state)).toEqual(['ok', 'ok']);
  });

  it('is given up where a QRID is wrong, and goes on with the next', async () => {
    const right = await world.install('B', KEEPER);
    const stranger = await startPeer(python!, world.path('STRANGER'));
    const wrong = right.replace(/\.[^@]*/, `.${'A'.repeat(43)}`);
    for (const to of [wrong, wrong, right]) await stranger.send({ to, args: { to } });
    const { vat } = await world.status('B');
    await eventually(async () => (await stranger.status()).links[vat]?.waiting.join() === '0,0');
    const { refused, doubt } = (await stranger.status()).links[vat]!;
    await stranger.kill();
    const code = 'QRT_NO_OBJECT';
    expect({ refused, doubt }).toEqual({ refused: { 1: code, 2: code, 3: code }, doubt: null });
    // A receipt says that it is stored, and no more.
    await eventually(async () => 'got' in (await memoryOf('B')));
    expect(await memoryOf('B')).toEqual({ got: [{ to: right }] });
  });

  it('is in doubt with us once its disk was copied back', async () => {
    const own = await peer.install('keeper');
    await world.ok(['send', '-d', 'A', own.qrid, '{}', '--wait']);
    copyFileSync(world.path('PEER', 'state.json'), world.path('old.json'));
    await world.ok(['send', '-d', 'A', own.qrid, '{}', '--wait']);
    await peer.kill();
    copyFileSync(world.path('old.json'), world.path('PEER', 'state.json'));
    peer = await startPeer(python!, world.path('PEER'));
    await world.ok(['send', '-d', 'A', own.qrid, '{}']);
    const states = async () => {
      const { links } = await world.status('A');
      return Object.fromEntries(links.map(({ vat, state }) => [vat, state]));
    };
    await eventually(async () => (await states())[peer.vat] === 'doubt');
    const { vat } = await world.status('A');
    await peer.send({ to: `${vat}/y1`, args: {} });
    await eventually(async () => (await linkWith('A')).doubt !== null);
    expect(Object.values(await states()).sort()).toEqual(['doubt', 'ok']);
  });
});
