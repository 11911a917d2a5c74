// Nodes: directories, processes and the command line, as an operator meets them.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layOut } from '../../src/node/base-dir.ts';
import { acquireLock } from '../../src/store/lock.ts';
import { eventually, makeWorld, type World } from '../system/kit.ts';
import { type Disk, makeDisk } from './disk.ts';
import { readKeys } from './wire.ts';

const LIST = `// Keeps what it gets.
(args, power) => { (power.memory.got ??= []).push(args); }`;

const WRONG = Buffer.alloc(32, 9).toString('base64url');

describe('nodes', () => {
  let world: World;
  beforeAll(() => {
    world = makeWorld();
  });
  afterAll(() => world.end());

  /** What is committed, read beside the running node as `dump` does. */
  const diskOf = (dir: string): Disk => makeDisk(layOut(world.path(dir)));

  /** What the objects of a node keep that has the text of `LIST`. */
  const gotBy = (dir: string): unknown[] => {
    const rows = diskOf(dir).rows('memory');
    return rows.flatMap(
      (row) => (JSON.parse(String(row['value'])) as { got?: unknown[] }).got ?? [],
    );
  };
  const bare = (qrid: string): string => qrid.replace(/@.*$/, '');

  /** Every file of a node with its mode and content. */
  const filesOf = (dir: string): unknown =>
    readdirSync(world.path(dir))
      .sort()
      .map((name) => {
        const path = world.path(dir, name);
        return [
          name,
          (statSync(path).mode & 0o777).toString(8),
          createHash('sha256').update(readFileSync(path)).digest('hex'),
        ];
      });

  it('Q1 create-node makes a node with a key of its own, closed to others, and never twice', async () => {
    const made = await Promise.all(
      ['q1a', 'q1b'].map((dir) => world.ok(['create-node', dir, '--json'])),
    );
    const [first, second] = made.map((text) => (JSON.parse(text) as { vat: string }).vat);
    expect(first).not.toBe(second);
    expect(readKeys(world.path('q1a')).id).toBe(first);
    expect((statSync(world.path('q1a')).mode & 0o777).toString(8)).toBe('700');
    const before = filesOf('q1a') as string[][];
    expect(before.map(([name]) => name)).toEqual(['config.json', 'key', 'lock.db', 'vat.db']);
    expect(new Set(before.map(([, mode]) => mode))).toEqual(new Set(['600']));
    const again = await world.run(['create-node', 'q1a']);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toContain('QRT_NODE_EXISTS');
    expect(filesOf('q1a')).toEqual(before);
  });

  it('Q2 start serves once at a time, and after kill -9 without anybody tidying up', async () => {
    await world.startNew('q2');
    const { pid, urls, vat } = await world.status('q2');
    const again = await world.run(['start', 'q2']);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('QRT_NODE_RUNNING');
    expect((await world.status('q2')).pid).toBe(pid);
    // Not only because it answers: nobody else could write to the vat.
    const take = (): unknown =>
      acquireLock({ path: world.path('q2', 'lock.db'), waitMs: 0, dir: 'q2' });
    expect(take).toThrow(expect.objectContaining({ code: 'QRT_NODE_LOCKED' }));
    const [url] = urls;
    const contact = async (): Promise<number> =>
      (await fetch(`${url}/qrt/1/vat/${vat}/contact`)).status;
    expect(await contact()).toBe(200);
    for (const _ of ['once', 'again']) {
      await world.kill('q2');
      await expect(contact()).rejects.toThrow();
      await world.ok(['start', 'q2']);
      expect(await contact()).toBe(200);
    }
    expect((await world.status('q2')).pid).not.toBe(pid);
    await world.ok(['stop', 'q2']);
  });

  describe('that tell each other', () => {
    let qrid: string;
    beforeAll(async () => {
      for (const dir of ['a', 'b', 'c', 'd']) await world.ok(['create-node', dir]);
      qrid = await world.install('a', LIST);
      await world.ok(['start', 'a']);
    });
    afterAll(() => world.ok(['stop', 'a']));

    it('Q3 gossip tells both ways and of third nodes, again changes nothing, and grants nothing', async () => {
      const learnt = async (...dirs: string[]): Promise<unknown[]> =>
        (await world.ok(['gossip', ...dirs, '--json']))
          .split('\n')
          .map((line) => JSON.parse(line).learnt);
      expect(await learnt('a', 'b')).toEqual([1, 1]);
      expect(await learnt('b', 'c')).toEqual([1, 2]);
      expect(await learnt('b', 'c')).toEqual([0, 0]);
      expect(await learnt('a', 'b')).toEqual([1, 0]);
      expect(await learnt('c', 'a', 'b')).toEqual([0, 0, 0]);
      // They can be reached, and still hold no link and no right of each other.
      for (const dir of ['a', 'b', 'c']) expect(diskOf(dir).rows('peers')).toEqual([]);
      await world.ok(['start', 'c']);
      const guessed = bare(qrid).replace(/\.[\w-]+$/, `.${WRONG}`);
      await world.ok(['send', '-d', 'c', guessed, '1']);
      await eventually(async () =>
        (await world.log('c')).some(({ text }) => String(text).includes('QRT_NO_OBJECT')),
      );
      expect(diskOf('a').rows('peers')).toEqual([]);
      expect(gotBy('a')).toEqual([]);
      // With the QRID itself it works, for a node that never met the other.
      await world.ok(['send', '-d', 'c', bare(qrid), '"by gossip of a third"', '--wait']);
      await eventually(() => gotBy('a').length === 1);
      await world.ok(['stop', 'c']);
    });

    it('Q6 a QRID works where its vat is known or hinted, whoever hands it over, and nowhere else', async () => {
      // D was told nothing: refused at once, nothing queued; with the hint in the QRID it goes.
      const refused = await world.run(['send', '-d', 'd', bare(qrid), '"without"']);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('QRT_VAT_UNKNOWN');
      expect(diskOf('d').rows('outbox')).toEqual([]);
      await world.ok(['start', 'd']);
      await world.ok(['send', '-d', 'd', qrid, '"by hint"', '--wait']);
      // Once known, the bare form works too.
      await world.ok(['send', '-d', 'd', bare(qrid), '"by link"', '--wait']);
      // A reference in a message is as good for the object that gets it.
      const relay = await world.install('d', '(args) => { args.to.sendOnly("by an object"); }');
      await world.ok(['send', '-d', 'd', relay, '{}', '--ref', `to=${bare(qrid)}`]);
      await eventually(() => gotBy('a').length === 4);
      expect(gotBy('a').slice(1)).toEqual(['by hint', 'by link', 'by an object']);
      await world.ok(['stop', 'd']);
    });
  });

  it('Q4 install prints an unguessable QRID that is the same for good', async () => {
    await world.startNew('q4');
    const install = (name: string, id: string): Promise<string> =>
      world.ok(['install', 'q4', name, '--id', id]);
    const sample = await install('sample-methods', 'id-1');
    const { vat } = await world.status('q4');
    const [, owner, swissnum = ''] =
      /^qrt:([\w-]{43})\.([\w-]{43})@http:\/\/127\.0\.0\.1:\d+$/.exec(sample) ?? [];
    expect(owner).toBe(vat);
    // 256 bits, and another 256 for the next object of the same code.
    expect(Buffer.from(swissnum, 'base64url')).toHaveLength(32);
    const other = await install('sample-methods', 'id-2');
    expect(other.slice(48, 91)).not.toBe(swissnum);
    // Only its hash is on disk.
    const disk = readdirSync(world.path('q4'))
      .filter((name) => !name.endsWith('.sock'))
      .map((name) => readFileSync(world.path('q4', name), 'latin1'))
      .join('');
    expect(disk).not.toContain(swissnum);
    expect(disk).not.toContain(Buffer.from(swissnum, 'base64url').toString('latin1'));
    const record = (value: number): Promise<string> =>
      world.ok(['send', '-d', 'q4', sample, JSON.stringify({ method: 'record', value })]);
    await record(1);
    await world.kill('q4');
    await world.ok(['start', 'q4']);
    await record(2);
    expect(await install('sample-methods', 'id-1')).toBe(sample);
    await eventually(() => diskOf('q4').counters()['turns_done'] === 2);
    const values = diskOf('q4')
      .rows('memory')
      .map((row) => String(row['value']));
    expect(values.filter((value) => value.includes('"values":[1,2]'))).toHaveLength(1);
    // One letter more or less is nobody.
    const near = sample.replace(
      swissnum,
      `${swissnum.startsWith('A') ? 'B' : 'A'}${swissnum.slice(1)}`,
    );
    const missed = await world.run(['send', '-d', 'q4', near, '{}']);
    expect(missed.code).not.toBe(0);
    expect(missed.stderr).toContain('QRT_NO_OBJECT');
    await world.ok(['stop', 'q4']);
  });
});
