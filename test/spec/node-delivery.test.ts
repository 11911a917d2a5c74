// Delivery between nodes: real processes that send, are stopped and are killed, and a proxy.

import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layOut } from '../../src/node/base-dir.ts';
import { eventually, isAlive, makeWorld, type World } from '../system/kit.ts';
import { type Disk, makeDisk } from './disk.ts';
import { kindOf, open, readKeys } from './wire.ts';

const LIST = `// Keeps what it gets.
(args, power) => { (power.memory.got ??= []).push(args); }`;

describe('delivery between nodes', () => {
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

  it('Q5 send reaches an object here, elsewhere, and one whose node is down; bad JSON queues nothing', async () => {
    await world.startNew('n1', 'n2');
    const [here, there] = [await world.install('n2', LIST), await world.install('n1', LIST)];
    const send = (qrid: string, args: string, ...more: string[]): ReturnType<World['run']> =>
      world.run(['send', '-d', 'n2', qrid, args, ...more]);
    expect((await send(here, '{"n":1}')).code).toBe(0);
    expect((await send(there, '{"n":2}', '--wait')).code).toBe(0);
    await world.ok(['stop', 'n1']);
    expect((await send(there, '{"n":3}')).code).toBe(0);
    // The turn of the first one may still wait for its worker.
    await eventually(() => gotBy('n2').length === 1);
    const before = [diskOf('n2').counters(), diskOf('n2').rows('outbox')];
    for (const bad of ['{n:1}', '{"n":1', '1e999']) {
      const ran = await send(there, bad);
      expect([ran.code, ran.stdout], bad).toEqual([2, '']);
      expect(ran.stderr).toContain('QRT_JSON_MALFORMED');
    }
    expect([diskOf('n2').counters(), diskOf('n2').rows('outbox')]).toEqual(before);
    await world.kill('n2');
    await world.ok(['start', 'n2', 'n1']);
    await eventually(() => gotBy('n1').length === 2);
    await eventually(() => diskOf('n2').rows('outbox').length === 0);
    expect(gotBy('n1')).toEqual([{ n: 2 }, { n: 3 }]);
    expect(gotBy('n2')).toEqual([{ n: 1 }]);
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
    await eventually(() => gotBy('p1').length === 1);
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
    // Sends itself the next message for ever: there is always a turn in flight.
    const chain = await world.install(
      'r16',
      `({ self, n }, { memory }) => {
        for (let k = 0; k < 1e7; k += 1);
        (memory.got ??= []).push(n);
        self.sendOnly({ self, n: n + 1 });
      }`,
    );
    await world.ok(['send', '-d', 'r16', chain, '{"n":1}', '--ref', `self=${chain}`]);
    const run = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<number> => {
      const before = gotBy('r16').length;
      const ended = world.run(['run', 'r16']);
      const { pid } = await eventually(async () => {
        const status = await world.status('r16');
        return status.running && gotBy('r16').length > before ? status : undefined;
      });
      process.kill(pid ?? 0, signal);
      const { code } = await ended;
      expect(isAlive(pid ?? 0)).toBe(false);
      return code;
    };
    /** No turn that was numbered was cut off: installing the object took the first number. */
    const expectWhole = (): void => {
      const counters = diskOf('r16').counters();
      expect(counters['turn']).toBe(Number(counters['turns_done']) + 1);
    };
    expect(await run('SIGTERM')).toBe(0);
    expectWhole();
    await run('SIGKILL');
    expect(await run('SIGTERM')).toBe(0);
    const got = gotBy('r16');
    expect(got).toEqual(got.map((_, n) => n + 1));
    expect(got.length).toBe(diskOf('r16').counters()['turns_done']);
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
