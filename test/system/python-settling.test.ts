// A peer that is not ours settles doubts with real nodes: one of the two was put back, or both were.

import { copyFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPython, type PythonPeer, startPeer } from '../peer/python-peer.ts';
import { someOf } from '../thorough.ts';
import { eventually, makeWorld, type World } from './kit.ts';

const python = findPython();
const WAIT_MS = 60_000;
const STATE = 'state.json';

/** Notes what it is told, and keeps things under the names of whoever gives them. */
const KEEPER = `
function keeper({ note, keep, name, tell }, { memory }) {
  if (note !== undefined && !tell) (memory.notes ??= []).push(note);
  if (keep) (memory.kept ??= {})[name] = keep;
  if (tell) memory.kept[tell].sendOnly({ note });
}`;

/** A keeper of the peer. */
type Thing = Awaited<ReturnType<PythonPeer['install']>>;

// Each test begins where the one before has left the link, under numbers that both began anew with.
describe.skipIf(python === undefined)('a doubt between a node and the Python peer', () => {
  let world: World;
  let peer: PythonPeer;
  let ofNode: string;
  let ofPeer: Thing;

  beforeAll(async () => {
    world = makeWorld();
    await world.startNew('A');
    peer = await startPeer(python!, world.path('PEER'));
    ofPeer = await peer.install('keeper');
    ofNode = await install();
    await tellPeer({ note: 'hello' });
    await tellNode('hello');
    await quiet();
  });
  afterAll(async () => {
    await peer.kill();
    await world.end();
  });

  const tellPeer = (args: object, refs: readonly string[] = [], to = ofPeer.qrid) =>
    world.ok(['send', '-d', 'A', to, JSON.stringify(args), ...refs]);
  const tellNode = (note: unknown, to = ofNode) => peer.send({ to, args: { note } });

  const linkOfNode = async () => (await world.status('A')).links[0]!;
  const linkOfPeer = async () => Object.values((await peer.status()).links)[0]!;
  /** Nothing is in doubt, and nothing waits on either side. */
  const isQuiet = async () => {
    const { stage, waiting } = await linkOfPeer();
    if (stage !== null || waiting.join() !== '0,0') return false;
    const { links, inbox } = await world.status('A');
    return links[0]?.state === 'ok' && links[0].outbox.rows === 0 && inbox.rows === 0;
  };
  const quiet = () => eventually(isQuiet, WAIT_MS);

  /** Keepers of the node, in the order of their memories. */
  const keepers: string[] = [];
  const install = async (): Promise<string> => {
    keepers.push(await world.install('A', KEEPER));
    return keepers.at(-1)!;
  };
  const notesOfNode = async (keeper = ofNode): Promise<readonly unknown[]> => {
    const row = (await world.dump('A', 'memory'))[keepers.indexOf(keeper)];
    return (JSON.parse(String(row?.['value'])) as { notes?: [] }).notes ?? [];
  };
  const notesOfPeer = async ({ ref }: Thing = ofPeer): Promise<readonly unknown[]> => {
    const got = (await peer.status()).memories[ref]?.['got'] as { note?: unknown }[] | undefined;
    return (got ?? []).flatMap(({ note }) => note ?? []);
  };

  const copyPeer = (name: string) => copyFileSync(world.path('PEER', STATE), world.path(name));
  const putBackPeer = async (name?: string): Promise<void> => {
    await peer.kill();
    if (name !== undefined) copyFileSync(world.path(name), world.path('PEER', STATE));
    peer = await startPeer(python!, world.path('PEER'));
  };
  /** The node as it was; `before` is done before it meets the peer. */
  const putBackNode = async (name: string, before: () => Promise<unknown>): Promise<void> => {
    await world.ok(['stop', 'A']);
    rmSync(world.path('A'), { recursive: true });
    await world.ok(['restore', name, 'A']);
    await before();
    await world.ok(['start', 'A']);
  };
  /** The node's operator has all sent again, as soon as there is somebody to ask. */
  const settle = () =>
    eventually(async () => {
      await world.run(['doubt', 'A', '--resend', 'all', '--', peer.vat]);
      return isQuiet();
    }, WAIT_MS);
  const doubted = () =>
    eventually(async () => {
      const [{ state }, { stage }] = [await linkOfNode(), await linkOfPeer()];
      return state === 'doubt' && stage !== null;
    }, WAIT_MS);

  it('is settled when the node was put back, and the peer gives up what it holds', async () => {
    await world.ok(['backup', 'A', 'old']);
    await tellPeer({ note: 'lost by its sender' });
    await tellNode('lost by its receiver');
    await quiet();
    await putBackNode('old', async () => {
      await tellPeer({ note: 'of the restored node' });
      await tellNode('given up');
    });
    await doubted();
    await peer.decide('discard');
    await settle();
    await tellNode('at last');
    await tellPeer({ note: 'at last' });
    await quiet();
    expect(await notesOfNode()).toEqual(['hello', 'at last']);
    const after = ['lost by its sender', 'of the restored node', 'at last'];
    expect(await notesOfPeer()).toEqual(['hello', ...after]);
    const { begun, refused } = await linkOfPeer();
    expect([begun, Object.values(refused)]).toEqual([1, ['QRT_ITEM_DISCARDED']]);
  });

  it('is settled when the peer was put back, which sends again what it holds', async () => {
    const other = await install();
    await copyPeer('old');
    await tellNode('of the lost history');
    await tellPeer({ note: 'forgotten' });
    await quiet();
    await world.ok(['stop', 'A']);
    await putBackPeer('old');
    // A name that is redeemed under a number that the node knows otherwise, and used at once.
    await tellNode('first', other);
    await tellNode('second', other);
    await peer.decide('resend');
    await world.ok(['start', 'A']);
    await settle();
    await tellNode('third', other);
    await tellPeer({ note: 'remembered' });
    await quiet();
    expect(await notesOfNode()).toEqual(['hello', 'at last', 'of the lost history']);
    expect(await notesOfNode(other)).toEqual(['first', 'second', 'third']);
    expect((await notesOfPeer()).slice(-2)).toEqual(['at last', 'remembered']);
    expect((await linkOfPeer()).begun).toBe(2);
  });

  it('is settled by a peer that is killed in each of its stages', async () => {
    await world.ok(['backup', 'A', 'older']);
    await tellPeer({ note: 'before the kills' });
    await quiet();
    await peer.decide(null);
    const first = peer.dieAt('doubt');
    await putBackNode('older', async () => {
      await tellPeer({ note: 'during the kills' });
      await tellNode('during the kills');
    });
    await first;
    for (const stage of ['ready', 'done'] as const) {
      await putBackPeer();
      await peer.decide('resend');
      const next = peer.dieAt(stage);
      if (stage === 'done') await world.run(['doubt', 'A', '--resend', 'all', '--', peer.vat]);
      await next;
    }
    await putBackPeer();
    await settle();
    await tellNode('after the kills');
    await quiet();
    expect((await notesOfPeer()).slice(-2)).toEqual(['before the kills', 'during the kills']);
    const notes = ['of the lost history', 'during the kills', 'after the kills'];
    expect((await notesOfNode()).slice(-3)).toEqual(notes);
    expect((await linkOfPeer()).begun).toBe(3);
  });

  // Both have gone on twice from here: what the one history redeemed has a name of the other.
  it.each(someOf(['peer', 'node'], 2))(
    'keeps two histories apart when the %s is of the other',
    async (who) => {
      await peer.decide('resend');
      const things = { common: await install(), first: await install(), second: await install() };
      const redeemed = { first: await install(), second: await install() };
      const given = { first: await peer.install('keeper'), second: await peer.install('keeper') };
      const give = async (thing: string): Promise<string> => {
        await tellPeer({}, ['--ref', `thing=${thing}`]);
        await quiet();
        const got = (await peer.status()).memories[ofPeer.ref]?.['got'] as { thing: string }[];
        return got.at(-1)!.thing;
      };
      /** The names by which the peer knows things of the node. */
      const goOn = async (history: 'first' | 'second') => {
        const thing = await give(things[history]);
        const { to } = await tellNode(history, redeemed[history]);
        const gift = { keep: { $ref: given[history].ref }, name: 'gift' };
        await peer.send({ to: ofNode, args: gift });
        await quiet();
        return { thing, to };
      };
      const common = await give(things.common);
      await copyPeer(`${who}-begin`);
      await world.ok(['backup', 'A', `A-${who}-begin`]);
      const names = await goOn('first');
      await copyPeer(`${who}-first`);
      await world.ok(['backup', 'A', `A-${who}-first`]);
      await putBackNode(`A-${who}-begin`, () => putBackPeer(`${who}-begin`));
      await quiet();
      const others = await goOn('second');
      expect(others.to).toBe(names.to);
      expect(others.thing).not.toBe(names.thing);

      // A box of the peer notices it: it has moved, or has something to say.
      if (who === 'node') await putBackNode(`A-${who}-first`, () => tellNode('noticed'));
      else await putBackPeer(`${who}-first`);
      await doubted();
      await settle();

      expect((await tellNode('of neither', names.thing)).refused).toBe('QRT_NO_OBJECT');
      expect((await tellNode('of neither', names.to)).refused).toBe('QRT_NO_OBJECT');
      await world.ok(['send', '-d', 'A', ofNode, '{"tell":"gift","note":"of neither"}']);
      for (const to of Object.values(redeemed)) await tellNode('at last', to);
      expect(await tellNode('still there', common)).toMatchObject({ refused: null });
      await tellNode('given anew', await give(things.first));
      await quiet();
      expect(await notesOfNode(things.common)).toEqual(['still there']);
      expect(await notesOfNode(things.first)).toEqual(['given anew']);
      expect(await notesOfNode(things.second)).toEqual([]);
      const ran = who === 'node' ? 'first' : 'second';
      for (const history of ['first', 'second'] as const) {
        const notes = [...(history === ran ? [history] : []), 'at last'];
        expect(await notesOfNode(redeemed[history])).toEqual(notes);
        expect(await notesOfPeer(given[history])).toEqual([]);
      }
    },
  );
});
