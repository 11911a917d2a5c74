// A node's folder from before, put back: the link with whoever remembers more goes into doubt,
// says why, and neither takes, sends nor deletes anything any more.

import { cpSync, renameSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { someOf } from '../thorough.ts';
import { eventually, makeWorld, type World } from './kit.ts';

type Status = Awaited<ReturnType<World['status']>>;

const KEEPER = 'function ({ value }, { memory }) { (memory.values ??= []).push(value); }';

const tried = someOf(['more', 'others', 'lost'], 2);

describe('a node whose folder was copied back', () => {
  let world: World;
  let keeper: string;

  beforeEach(async () => {
    world = makeWorld();
    await world.startNew('A', 'B');
    await world.ok(['gossip', 'A', 'B']);
    keeper = await world.install('B', KEEPER);
    await send(1, ['--wait']);
    await send(2, ['--wait']);
  });
  afterEach(() => world.end());

  const send = (value: number, options: readonly string[] = []) =>
    world.ok(['send', '-d', 'A', keeper, JSON.stringify({ value }), ...options]);

  /** Copies a node's folder, lets `more` happen, and puts the copy in the folder's place. */
  const copyBack = async (name: string, more: () => Promise<unknown>): Promise<void> => {
    await world.ok(['stop', name]);
    cpSync(world.path(name), world.path(`${name}-copy`), { recursive: true });
    await world.ok(['start', name]);
    await more();
    await world.ok(['stop', name]);
    renameSync(world.path(name), world.path(`${name}-later`));
    renameSync(world.path(`${name}-copy`), world.path(name));
  };

  const linkOf = async (name: string): Promise<Status['links'][number]> => {
    const [link] = (await world.status(name)).links;
    if (link === undefined) throw new Error(`${name} has no link`);
    return link;
  };

  const inDoubt = (name: string) =>
    eventually(async () => {
      const link = await linkOf(name);
      return link.state === 'doubt' ? link : undefined;
    });

  const values = async (): Promise<unknown> => {
    await eventually(async () => (await world.status('B')).inbox.rows === 0);
    const [row] = await world.dump('B', 'memory');
    return (JSON.parse(String(row?.['value'])) as { values: unknown }).values;
  };

  it.runIf(tried.includes('more'))(
    'doubts the peer that has more of its messages than it ever sent',
    async () => {
      await copyBack('A', async () => {
        await send(3, ['--wait']);
        await send(4, ['--wait']);
      });
      await world.ok(['start', 'A']);
      expect((await inDoubt('A')).reason).toMatch(/the peer has items up to 5, ours end at 3/);
      const refused = await world.run(['send', '-d', 'A', keeper, '{"value":5}']);
      expect(refused.stderr).toContain('QRT_LINK_DOUBTED');
      expect(refused.code).toBe(2);
      expect(await values()).toEqual([1, 2, 3, 4]);
    },
  );

  it.runIf(tried.includes('others'))(
    'is doubted by the peer when it sends other messages under the same numbers',
    async () => {
      await copyBack('A', () => send(3, ['--wait']));
      for (const value of [30, 40]) await send(value);
      await world.ok(['start', 'A']);
      expect((await inDoubt('B')).reason).toMatch(/another history below 5/);
      expect((await inDoubt('A')).reason).toMatch(/doubt/);
      // What could not be delivered is still there to be looked at.
      expect((await linkOf('A')).outbox.rows).toBe(2);
      expect(await values()).toEqual([1, 2, 3]);
    },
  );

  it.runIf(tried.includes('lost'))(
    'is doubted by the sender whose receipted messages it lost',
    async () => {
      await copyBack('B', () => send(3, ['--wait']));
      await send(4);
      await world.ok(['start', 'B']);
      expect((await inDoubt('A')).reason).toMatch(/the peer lost items 4 to 4/);
      expect((await linkOf('A')).outbox.rows).toBe(1);
      // What B had when it was copied is all it has: nothing came out of order.
      expect(await values()).toEqual([1, 2]);
    },
  );
});
