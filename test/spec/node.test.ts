// Nodes: directories, processes and the command line, as an operator meets them.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, isAlive, makeWorld, type World } from '../system/kit.ts';
import { kindOf, open, readKeys } from './wire.ts';

const LIST = `// Keeps what it gets.
(args, power) => { (power.memory.got ??= []).push(args); }`;

const WRONG = Buffer.alloc(32, 9).toString('base64url');

describe('nodes', () => {
  let world: World;
  beforeAll(() => {
    world = makeWorld();
  });
  afterAll(() => world.end());

  /** What the objects of a node keep that has the text of `LIST`. */
  const gotBy = async (dir: string): Promise<unknown[]> => {
    const rows = await world.dump(dir, 'memory');
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
    const { pid } = await world.status('q2');
    const again = await world.run(['start', 'q2']);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('QRT_NODE_RUNNING');
    expect((await world.status('q2')).pid).toBe(pid);
    const [url] = (await world.status('q2')).urls;
    const { vat } = await world.status('q2');
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
      for (const dir of ['a', 'b', 'c']) expect(await world.dump(dir, 'peers')).toEqual([]);
      await world.ok(['start', 'c']);
      const guessed = bare(qrid).replace(/\.[\w-]+$/, `.${WRONG}`);
      await world.ok(['send', '-d', 'c', guessed, '1']);
      await eventually(async () =>
        (await world.log('c')).some(({ text }) => String(text).includes('QRT_NO_OBJECT')),
      );
      expect(await world.dump('a', 'peers')).toEqual([]);
      expect(await gotBy('a')).toEqual([]);
      // With the QRID itself it works, for a node that never met the other.
      await world.ok(['send', '-d', 'c', bare(qrid), '"by gossip of a third"', '--wait']);
      await eventually(async () => (await gotBy('a')).length === 1);
      await world.ok(['stop', 'c']);
    });

    it('Q6 a QRID works where its vat is known or hinted, whoever hands it over, and nowhere else', async () => {
      // D was told nothing: refused at once, nothing queued; with the hint in the QRID it goes.
      const refused = await world.run(['send', '-d', 'd', bare(qrid), '"without"']);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('QRT_VAT_UNKNOWN');
      expect(await world.dump('d', 'outbox')).toEqual([]);
      await world.ok(['start', 'd']);
      await world.ok(['send', '-d', 'd', qrid, '"by hint"', '--wait']);
      // Once known, the bare form works too.
      await world.ok(['send', '-d', 'd', bare(qrid), '"by link"', '--wait']);
      // A reference in a message is as good for the object that gets it.
      const relay = await world.install('d', '(args) => { args.to.sendOnly("by an object"); }');
      await world.ok(['send', '-d', 'd', relay, '{}', '--ref', `to=${bare(qrid)}`]);
      await eventually(async () => (await gotBy('a')).length === 4);
      expect((await gotBy('a')).slice(1)).toEqual(['by hint', 'by link', 'by an object']);
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
    await eventually(async () => (await world.status('q4')).turns === 2);
    const values = (await world.dump('q4', 'memory')).map((row) => String(row['value']));
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

  it('Q5 send reaches an object here, elsewhere, and one whose node is down; bad JSON queues nothing', async () => {
    await world.startNew('n1', 'n2');
    const [here, there] = [await world.install('n2', LIST), await world.install('n1', LIST)];
    const send = (qrid: string, args: string, ...more: string[]): ReturnType<World['run']> =>
      world.run(['send', '-d', 'n2', qrid, args, ...more]);
    expect((await send(here, '{"n":1}')).code).toBe(0);
    expect((await send(there, '{"n":2}', '--wait')).code).toBe(0);
    await world.ok(['stop', 'n1']);
    expect((await send(there, '{"n":3}')).code).toBe(0);
    const before = [await world.counters('n2'), (await world.status('n2')).outbox];
    for (const bad of ['{n:1}', '{"n":1', '1e999']) {
      const ran = await send(there, bad);
      expect([ran.code, ran.stdout], bad).toEqual([2, '']);
      expect(ran.stderr).toContain('QRT_JSON_MALFORMED');
    }
    expect([await world.counters('n2'), (await world.status('n2')).outbox]).toEqual(before);
    await world.kill('n2');
    await world.ok(['start', 'n2', 'n1']);
    await eventually(async () => (await gotBy('n1')).length === 2);
    await eventually(async () => (await world.status('n2')).outbox.rows === 0);
    expect(await gotBy('n1')).toEqual([{ n: 2 }, { n: 3 }]);
    expect(await gotBy('n2')).toEqual([{ n: 1 }]);
    await world.ok(['stop', 'n1', 'n2']);
  });

  it('Q42 a box is the body of a POST and its receipt that of the reply: a plain proxy may carry them', async () => {
    const seen: { method: string; path: string; body: Buffer; status: number; reply: Buffer }[] =
      [];
    let port = 0;
    const proxy = createServer((incoming, reply) => void carry({ incoming, reply, port, seen }));
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { port: own } = JSON.parse(
      await world.ok(['create-node', 'p1', '--url', url, '--json']),
    ) as { port: number };
    port = own;
    await world.ok(['create-node', 'p2']);
    await world.ok(['start', 'p1', 'p2']);
    const qrid = await world.install('p1', LIST);
    expect(qrid.endsWith(`@${url}`)).toBe(true);
    await world.ok(['send', '-d', 'p2', qrid, '"through a proxy"', '--wait']);
    await eventually(async () => (await gotBy('p1')).length === 1);
    const keys = readKeys(world.path('p1'));
    const boxes = seen.filter(({ path }) => path === `/qrt/1/vat/${keys.id}/box`);
    expect(boxes.length).toBeGreaterThan(0);
    for (const { method, body, status, reply } of boxes) {
      expect([method, status]).toEqual(['POST', 200]);
      expect([kindOf(open(keys, body)!), kindOf(open(keys, reply)!)]).toEqual(['box', 'receipt']);
    }
    const rest = seen.filter((each) => !boxes.includes(each));
    expect(new Set(rest.map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set([`GET /qrt/1/vat/${keys.id}/contact`]),
    );
    await world.ok(['stop', 'p1', 'p2']);
    await new Promise((resolve) => proxy.close(resolve));
  });

  it('R16 SIGTERM lets the turn in flight end and exits with 0; kill -9 loses as little', async () => {
    await world.ok(['create-node', 'r16']);
    const slow = await world.install(
      'r16',
      `(args, power) => { let x = 0; for (let k = 0; k < 6e7; k += 1) x = (x + k) % 7; (power.memory.got ??= []).push(args); }`,
    );
    const begin = async (): Promise<{ pid: number; ended: ReturnType<World['run']> }> => {
      const ended = world.run(['run', 'r16']);
      const { pid } = await eventually(async () => {
        const status = await world.status('r16');
        return status.running ? status : undefined;
      });
      return { pid: pid ?? 0, ended };
    };
    for (const n of [1, 2, 3]) await world.ok(['send', '-d', 'r16', slow, `${n}`]);
    const first = await begin();
    await eventually(async () => (await world.status('r16')).worker === 'busy');
    process.kill(first.pid, 'SIGTERM');
    expect((await first.ended).code).toBe(0);
    const done = await gotBy('r16');
    expect(done.length).toBeGreaterThan(0);
    const second = await begin();
    process.kill(second.pid, 'SIGKILL');
    await second.ended;
    const third = await begin();
    await eventually(async () => (await gotBy('r16')).length === 3);
    expect(await gotBy('r16')).toEqual([1, 2, 3]);
    process.kill(third.pid, 'SIGTERM');
    expect((await third.ended).code).toBe(0);
    expect(isAlive(third.pid)).toBe(false);
  });
});

interface Carried {
  readonly incoming: IncomingMessage;
  readonly reply: ServerResponse;
  readonly port: number;
  readonly seen: { method: string; path: string; body: Buffer; status: number; reply: Buffer }[];
}

/** Knows HTTP and nothing of vats. */
async function carry({ incoming, reply, port, seen }: Carried): Promise<void> {
  const body = await readAll(incoming);
  const { method = '', url: path = '', headers } = incoming;
  const onward = request({ port, host: '127.0.0.1', method, path, headers }, (answer) => {
    void readAll(answer).then((bytes) => {
      const status = answer.statusCode ?? 0;
      seen.push({ method, path, body, status, reply: bytes });
      reply.writeHead(status, { 'content-length': bytes.length }).end(bytes);
    });
  });
  onward.on('error', () => reply.writeHead(502).end());
  onward.end(body);
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
