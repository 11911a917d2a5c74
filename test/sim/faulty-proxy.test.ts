import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { FAULTS, type FaultRates, type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts';
import { makeRandom } from './random.ts';

const ended: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(ended.splice(0).map((end) => end()));
});

/** Replies with its name and what it got, and remembers that. */
async function startTarget(name: string) {
  const got: string[] = [];
  const server = createServer(async (request, response) => {
    const text = (await buffer(request)).toString('latin1');
    got.push(text);
    response.setHeader('content-type', 'application/octet-stream');
    response.end(`${name} got ${text}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ended.push(() => server.close());
  return { got, host: '127.0.0.1', port: (server.address() as AddressInfo).port, path: '/box' };
}

async function start(faults: FaultRates, seed = 1) {
  const target = await startTarget('bob');
  const cross = await startTarget('carol');
  const proxy = await startFaultyProxy({ target, cross, random: makeRandom(seed), faults });
  ended.push(() => proxy.close());
  return { proxy, target, cross };
}

async function post(proxy: FaultyProxy, body: string): Promise<string> {
  const type = { 'content-type': 'application/octet-stream' };
  try {
    const response = await fetch(`${proxy.url}/box`, { method: 'POST', headers: type, body });
    const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
    return response.status === 200 ? text : `HTTP ${response.status}`;
  } catch {
    return 'broken';
  }
}

/** Hamming distance in bits of two texts of equal length. */
function bitsBetween(one: string, two: string): number {
  expect(one.length).toBe(two.length);
  return [...one].reduce((sum, char, index) => {
    const different = char.charCodeAt(0) ^ two.charCodeAt(index);
    return sum + different.toString(2).replaceAll('0', '').length;
  }, 0);
}

describe('faulty proxy', () => {
  it('without faults it passes everything on', async () => {
    const { proxy } = await start({});
    expect(await post(proxy, 'one')).toBe('bob got one');
    expect(await (await fetch(`${proxy.url}/contact`)).text()).toBe('bob got ');
    expect(proxy.counts.none).toBe(2);
  });

  it('loses requests, loses replies and refuses', async () => {
    const { proxy, target } = await start({ dropRequest: 1 });
    expect(await post(proxy, 'one')).toBe('broken');
    expect(target.got).toEqual([]);
    proxy.setFaults({ dropReply: 1 });
    expect(await post(proxy, 'two')).toBe('broken');
    expect(target.got).toEqual(['two']);
    proxy.setFaults({ refuse: 1 });
    expect(await post(proxy, 'three')).toBe('HTTP 502');
    expect(target.got).toEqual(['two']);
  });

  it('repeats and replays requests, and replays replies', async () => {
    const { proxy, target } = await start({ repeatRequest: 1 });
    expect(await post(proxy, 'one')).toBe('bob got one');
    expect(target.got).toEqual(['one', 'one']);
    proxy.setFaults({ replayRequest: 1 });
    expect(await post(proxy, 'two')).toBe('bob got two');
    expect(target.got).toEqual(['one', 'one', 'two', 'one']);
    proxy.setFaults({ replayReply: 1 });
    expect(await post(proxy, 'three')).toMatch(/^bob got (one|two)$/);
    expect(target.got).toHaveLength(4);
  });

  it('reflects, delivers to another vat, and makes replies up', async () => {
    const { proxy, target, cross } = await start({ reflect: 1 });
    expect(await post(proxy, 'one')).toBe('one');
    proxy.setFaults({ crossDeliver: 1 });
    expect(await post(proxy, 'two')).toBe('carol got two');
    expect([target.got, cross.got]).toEqual([[], ['two']]);
    proxy.setFaults({ emptyReply: 1 });
    expect(await post(proxy, 'three')).toBe('');
    proxy.setFaults({ garbageReply: 1 });
    expect(await post(proxy, 'four')).not.toContain('four');
    expect(target.got).toEqual(['three', 'four']);
  });

  it('cuts and damages requests and replies', async () => {
    const body = 'a body of some length';
    const { proxy, target } = await start({ truncateRequest: 1 });
    await post(proxy, body);
    expect(body.startsWith(target.got[0] ?? '?')).toBe(true);
    expect(target.got[0]).not.toBe(body);
    proxy.setFaults({ truncateReply: 1 });
    const reply = await post(proxy, body);
    expect(`bob got ${body}`.startsWith(reply)).toBe(true);
    expect(reply).not.toBe(`bob got ${body}`);
    proxy.setFaults({ flipRequest: 1 });
    await post(proxy, body);
    expect(bitsBetween(target.got[2] ?? '', body)).toBe(1);
    proxy.setFaults({ flipReply: 1 });
    expect(bitsBetween(await post(proxy, body), `bob got ${body}`)).toBe(1);
  });

  it('draws the same faults from the same seed, counts them, and can be switched off', async () => {
    const rates = Object.fromEntries(FAULTS.map((fault) => [fault, 1 / (FAULTS.length + 1)]));
    const run = async (seed: number) => {
      const { proxy } = await start(rates, seed);
      const hash = createHash('sha256');
      for (let turn = 0; turn < 100; turn += 1) hash.update(await post(proxy, `message ${turn}`));
      const counts = { ...proxy.counts };
      proxy.setFaults({});
      expect(await post(proxy, 'calm')).toBe('bob got calm');
      return { counts, digest: hash.digest('hex') };
    };
    const first = await run(7);
    expect(await run(7)).toEqual(first);
    expect((await run(8)).digest).not.toBe(first.digest);
    expect(Object.values(first.counts).filter((count) => count === 0)).toEqual([]);
    expect(Object.values(first.counts).reduce((sum, count) => sum + count, 0)).toBe(100);
  });
});
