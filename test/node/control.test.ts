import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeVatId, type VatId } from '../../src/core/ids.ts';
import { CONTROL_BYTES_MAX, LABEL_CHARACTERS_MAX } from '../../src/core/limits.ts';
import type { ControlRequest } from '../../src/kernel/ports.ts';
import { type BaseDir, layOut } from '../../src/node/base-dir.ts';
import { connectNode } from '../../src/node/control-client.ts';
import { openSocketDirectory } from '../../src/node/control-path.ts';
import { type ControlServer, serveControl } from '../../src/node/control-server.ts';
import { codeOf, makeScratch } from './scratch.ts';

const VAT = makeVatId(new Uint8Array(32).fill(1));
const OTHER = makeVatId(new Uint8Array(32).fill(2));

const INSTALL: ControlRequest = {
  type: 'install',
  id: 'a',
  name: 'a.js',
  code: { text: '() => {}', hash: '0'.repeat(64) },
  grants: [],
  power: { body: '{}', slots: [] },
};

interface Served {
  readonly server: ControlServer;
  readonly requests: (readonly [number, ControlRequest])[];
  readonly gone: number[];
  stops: number;
}

const makeBase = (dir: string, vat: VatId): BaseDir => {
  mkdirSync(dir, { recursive: true });
  const base = layOut(dir);
  writeFileSync(base.config, JSON.stringify({ vat }));
  return base;
};

/** A node that answers nothing by itself. */
const serve = async (base: BaseDir, vat: VatId): Promise<Served> => {
  const requests: (readonly [number, ControlRequest])[] = [];
  const gone: number[] = [];
  const served = { stops: 0 };
  const server = await serveControl({
    base,
    vat,
    workerPids: () => [],
    sandbox: { level: 'none', open: [], line: '' },
    allowPrivatePeers: false,
    onRequest: (ticket, request) => requests.push([ticket, request]),
    onGone: (ticket) => gone.push(ticket),
    onStop: () => {
      served.stops += 1;
    },
  });
  onTestFinished(() => server.close());
  return Object.assign(served, { server, requests, gone });
};

const until = async (check: () => boolean): Promise<void> => {
  for (let tries = 0; !check() && tries < 200; tries += 1) await delay(5);
  expect(check()).toBe(true);
};

const openRaw = (base: BaseDir): Socket => {
  const directory = openSocketDirectory(base.dir);
  const socket = directory.withPath((path) => connect({ path }));
  socket.on('close', () => directory.close());
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
};

describe('control socket', () => {
  it('carries requests and their replies in any order, and can be opened by its owner only', async () => {
    const base = makeBase(makeScratch(), VAT);
    const { server, requests } = await serve(base, VAT);
    expect(statSync(base.socket).mode & 0o777).toBe(0o600);
    const node = await connectNode(base);
    expect(node?.hello).toMatchObject({ vat: VAT, pid: process.pid });
    const first = node?.ask({ type: 'status' });
    const second = node?.ask({ type: 'ping' });
    await until(() => requests.length === 2);
    const [[one], [two]] = requests as [[number, unknown], [number, unknown]];
    server.reply(two, { ok: true, value: 'second' });
    server.reply(one, { ok: false, code: 'QRT_NO_OBJECT', message: 'There is none.' });
    expect(await second).toBe('second');
    expect(await codeOf(() => first)).toBe('QRT_NO_OBJECT');
    node?.close();
  });

  it('a reply that is too large is refused, and the node serves on', async () => {
    const base = makeBase(makeScratch(), VAT);
    const { server, requests } = await serve(base, VAT);
    const node = await connectNode(base);
    const large = node?.ask({ type: 'contacts' });
    const small = node?.ask({ type: 'ping' });
    await until(() => requests.length === 2);
    const [[one], [two]] = requests as [[number, unknown], [number, unknown]];
    server.reply(one, { ok: true, value: { records: ['x'.repeat(CONTROL_BYTES_MAX)] } });
    server.reply(two, { ok: true, value: 'small' });
    expect(await codeOf(() => large)).toBe('QRT_REQUEST_OVERSIZE');
    expect(await small).toBe('small');
    node?.close();
  });

  it('a node that does not run is undefined, with and without a socket left by a killed one', async () => {
    const base = makeBase(makeScratch(), VAT);
    expect(await connectNode(base)).toBeUndefined();
    writeFileSync(base.socket, '');
    expect(await connectNode(base)).toBeUndefined();
    await serve(base, VAT);
    const node = await connectNode(base);
    expect(node).toBeDefined();
    node?.close();
  });

  it('a process that serves another vat is refused', async () => {
    const base = makeBase(makeScratch(), VAT);
    await serve(base, OTHER);
    expect(await codeOf(() => connectNode(base))).toBe('QRT_NODE_OTHER');
  });

  it('two sockets in directories whose paths agree in their first 107 bytes are two', async () => {
    const deep = join(makeScratch(), 'a'.repeat(100), 'b'.repeat(100));
    const one = makeBase(join(deep, 'one'), VAT);
    const two = makeBase(join(deep, 'two'), OTHER);
    await serve(one, VAT);
    await serve(two, OTHER);
    for (const [base, vat] of [
      [one, VAT],
      [two, OTHER],
    ] as const) {
      const node = await connectNode(base);
      expect(node?.hello.vat).toBe(vat);
      node?.close();
    }
  });

  it('a client that goes away is reported, and its reply is dropped', async () => {
    const base = makeBase(makeScratch(), VAT);
    const { server, requests, gone } = await serve(base, VAT);
    const node = await connectNode(base);
    const asked = codeOf(() => node?.ask({ type: 'status' }));
    await until(() => requests.length === 1);
    node?.close();
    await until(() => gone.length === 1);
    expect(gone).toEqual([requests[0]?.[0]]);
    server.reply(gone[0] ?? 0, { ok: true, value: 1 });
    expect(await asked).toBe('QRT_NODE_SILENT');
  });

  it('a node that ends in the middle of a request is silent', async () => {
    const base = makeBase(makeScratch(), VAT);
    const { server, requests } = await serve(base, VAT);
    const node = await connectNode(base);
    const asked = codeOf(() => node?.ask({ type: 'status' }));
    await until(() => requests.length === 1);
    await server.close();
    expect(await asked).toBe('QRT_NODE_SILENT');
    expect(await codeOf(() => node?.ask({ type: 'status' }))).toBe('QRT_NODE_SILENT');
    expect(await connectNode(base)).toBeUndefined();
  });

  it('stop is answered before the node ends', async () => {
    const base = makeBase(makeScratch(), VAT);
    const served = await serve(base, VAT);
    const node = await connectNode(base);
    await node?.ask({ type: 'stop' });
    expect(served.stops).toBe(1);
    node?.close();
  });

  it.each([
    ['an unknown type', { type: 'format-disk' }],
    ['a missing field', { type: 'send', id: 'a' }],
    ['an extra field', { type: 'ping', more: 1 }],
    ['a wrong id', { type: 'install', id: '../x' }],
    ['no object', 'ping'],
    ['a label of two lines', { ...INSTALL, label: 'a\nb' }],
    ['a long label', { ...INSTALL, label: 'x'.repeat(LABEL_CHARACTERS_MAX + 1) }],
  ])('%s is refused and reaches no vat', async (_, request) => {
    const base = makeBase(makeScratch(), VAT);
    const { requests } = await serve(base, VAT);
    const node = await connectNode(base);
    const asked = codeOf(() => node?.ask(request as never));
    expect(await asked).toBe('QRT_REQUEST_MALFORMED');
    expect(requests).toEqual([]);
    node?.close();
  });

  it.each([undefined, 'for Bob', 'ä'.repeat(LABEL_CHARACTERS_MAX)])(
    'an install with the label %j reaches the vat as it is',
    async (label) => {
      const base = makeBase(makeScratch(), VAT);
      const { requests } = await serve(base, VAT);
      const node = await connectNode(base);
      const request = label === undefined ? INSTALL : { ...INSTALL, label };
      const asked = codeOf(() => node?.ask(request));
      await until(() => requests.length === 1);
      expect(requests[0]?.[1]).toEqual(request);
      node?.close();
      await asked;
    },
  );

  it.each([
    ['no JSON', Buffer.from([0, 0, 0, 1, 0x7b]), 'QRT_REQUEST_MALFORMED'],
    ['an empty frame', Buffer.alloc(4), 'QRT_REQUEST_MALFORMED'],
    ['a length beyond the bound', lengthOf(CONTROL_BYTES_MAX + 1), 'QRT_REQUEST_OVERSIZE'],
  ])('%s ends the connection with a coded error', async (_, bytes, code) => {
    const base = makeBase(makeScratch(), VAT);
    await serve(base, VAT);
    const socket = openRaw(base);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    const ended = new Promise((resolve) => socket.on('close', resolve));
    socket.write(bytes);
    await ended;
    expect(text).toContain(code);
  });

  it('a frame of the largest size that comes in pieces arrives whole', async () => {
    const base = makeBase(makeScratch(), VAT);
    const { requests } = await serve(base, VAT);
    const socket = openRaw(base);
    const request = {
      type: 'learn',
      records: Array.from({ length: 4_000 }, () => 'x'.repeat(4_000)),
    };
    const json = Buffer.from(JSON.stringify({ seq: 1, request }));
    expect(json.length).toBeLessThan(CONTROL_BYTES_MAX);
    const bytes = Buffer.concat([lengthOf(json.length), json]);
    socket.write(bytes.subarray(0, 2));
    await delay(10);
    socket.write(bytes.subarray(2, 1_000_000));
    await delay(10);
    socket.write(bytes.subarray(1_000_000));
    await until(() => requests.length === 1);
    expect(requests[0]?.[1]).toEqual(request);
  });
});

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return length;
}
