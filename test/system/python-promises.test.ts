// Promises with a peer that is not ours: the second implementation of the wire asks real nodes and
// answers them, pipelines, passes promises of its own, and gives up what it needs no more.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPython, type PythonPeer, startPeer } from '../peer/python-peer.ts';
import { isPicked, isThorough } from '../thorough.ts';
import { eventually, makeWorld, type World } from './kit.ts';

const python = findPython();
/** Of the two with restarts a quick run has one. */
const isPart = (at: number): boolean => isThorough || isPicked(at, 2);

/** Answers with a new box, throws, or waits for a bell. */
const SHOP = `
function shop({ item, bell }, { make_object }) {
  if (bell) return Q.when(bell, { fulfilled: make_object('({ value }) => ["heard", value]', {}) });
  if (item === 'gold') throw new TypeError('there is no gold');
  const code = 'function box({ put }, { memory }) { memory.all = [...(memory.all ?? []), put]; return memory.all; }';
  return { item, box: make_object(code, { memory: {} }) };
}`;
/** Answers an object to send to, at once. */
const MAKER = `
function maker(args, { make_object }) {
  const code = 'function box({ put }, { memory }) { memory.all = [...(memory.all ?? []), put]; return memory.all; }';
  return make_object(code, { memory: {} });
}`;
/** Asks, and keeps what it hears. */
const ASKER = `
function asker({ ask, args, value, error, context }, { memory, make_object }) {
  const note = '({ value, error, context }, { memory }) => { memory.got = { ...memory.got, [context]: value ?? error }; }';
  memory.note ??= make_object(note, { memory });
  if (!ask) return;
  Q.when(ask.send(args), { fulfilled: memory.note, rejected: memory.note, context: args.name });
}`;

describe.skipIf(python === undefined)('promises with a peer in Python', () => {
  let world: World;
  let peer: PythonPeer;
  const restart = async (): Promise<void> => {
    await world.kill('A');
    await peer.kill();
    await world.ok(['start', 'A']);
    peer = await startPeer(python!, world.path('PEER'));
  };
  const linkWith = async (dir: string) => {
    const { vat } = await world.status(dir);
    return (await peer.status()).links[vat]!;
  };
  const endOf = async (ref: string) => {
    await eventually(async () => (await peer.end(ref)).end !== null);
    const [code, body, refs] = (await peer.end(ref)).end!;
    return { code, value: JSON.parse(body) as unknown, refs };
  };
  const gotAt = async (): Promise<Record<string, unknown>> => {
    const rows = await world.dump('A', 'memory');
    const values = rows.map(({ value }) => JSON.parse(String(value)) as { got?: object });
    return Object.assign({}, ...values.map(({ got }) => got ?? {})) as Record<string, unknown>;
  };
  /** Whether the node has forgotten all promises. */
  const hasNone = async (): Promise<boolean> => {
    const { pending, settled } = (await world.status('A')).promises;
    return pending + settled === 0;
  };
  beforeAll(async () => {
    world = makeWorld();
    await world.startNew('A');
    peer = await startPeer(python!, world.path('PEER'));
  });
  afterAll(async () => {
    await peer.kill();
    await world.end();
  });

  it('asks a node, and hears values, references and errors', async () => {
    const shop = await world.install('A', SHOP);
    const [tea, gold] = [
      await peer.ask({ to: shop, args: { item: 'tea' } }),
      await peer.ask({ to: shop, args: { item: 'gold' } }),
    ];
    const answer = await endOf(tea.ref);
    expect(answer).toMatchObject({ code: '', value: { item: 'tea', box: { $: 0 } } });
    expect(await endOf(gold.ref)).toMatchObject({
      code: 'THREW',
      value: { name: 'TypeError', message: 'there is no gold' },
    });
    const { ref } = await peer.ask({ to: answer.refs[0]!, args: { put: 1 } });
    expect(await endOf(ref)).toMatchObject({ code: '', value: [1] });
    for (const each of [tea.ref, gold.ref, ref]) await peer.drop(each);
    await eventually(async () => (await linkWith('A')).far.length === 0);
    await eventually(hasNone);
  });

  it.runIf(isPart(0))('sends to an answer that is not there, over restarts of both', async () => {
    const maker = await world.install('A', MAKER);
    const { ref: box } = await peer.ask({ to: maker, args: {} });
    await peer.send({ to: box, args: { put: 1 } });
    await peer.send({ to: box, args: { put: 2 } });
    await restart();
    const { ref } = await peer.ask({ to: box, args: { put: 3 } });
    expect(await endOf(ref)).toMatchObject({ code: '', value: [1, 2, 3] });
    for (const each of [box, ref]) await peer.drop(each);
    await eventually(hasNone);
  });

  it('is refused by rejected answers, and what was sent to them, too', async () => {
    const { vat } = await world.status('A');
    const { ref } = await peer.ask({ to: `${vat}/y9999`, args: {} });
    const { ref: next } = await peer.ask({ to: ref, args: {} });
    const code = 'QRT_NO_OBJECT';
    expect(await endOf(ref)).toMatchObject({ code: 'THREW', value: { code } });
    expect(await endOf(next)).toMatchObject({ code: 'THREW', value: { code } });
    for (const each of [ref, next]) await peer.drop(each);
  });

  it('answers a node with values, errors, and its own promises', async () => {
    const echo = await peer.install('echo');
    const asker = await world.install('A', ASKER);
    const ask = async (name: string, args: object) => {
      const text = JSON.stringify({ args: { name, ...args } });
      await world.ok(['send', '-d', 'A', asker, text, '--ref', `ask=${echo.qrid}`]);
    };
    await ask('value', { value: [1, 'two'] });
    await ask('error', { error: { name: 'RangeError', message: 'no', code: 'OWN' } });
    await eventually(async () => Object.keys(await gotAt()).length === 2);
    expect(await gotAt()).toEqual({
      value: [1, 'two'],
      error: { name: 'RangeError', message: 'no', code: 'OWN' },
    });
    // Whatever was asked is given up, at both ends.
    await eventually(async () => Object.keys((await linkWith('A')).sent).length === 0);
    await eventually(hasNone);
  });

  it.runIf(isPart(1))('gives a promise of its own, and fulfils it after a restart', async () => {
    const shop = await world.install('A', SHOP);
    const { ref: bell } = await peer.promise();
    const { ref } = await peer.ask({ to: shop, args: { bell: { $ref: bell } } });
    await eventually(async () => (await linkWith('A')).waiting.join() === '0,0');
    await restart();
    expect((await peer.end(ref)).end).toBeNull();
    await peer.settle(bell, 'ding');
    expect(await endOf(ref)).toMatchObject({ code: '', value: ['heard', 'ding'] });
    await peer.drop(ref);
    await eventually(async () => Object.keys((await linkWith('A')).sent).length === 0);
    await eventually(hasNone);
    expect((await world.status('A')).links).toMatchObject([{ state: 'ok' }]);
  });
});
