import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer, isIP, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { isQrtError } from '../../src/core/errors.ts';
import { makeAddressGuard, type Resolve } from '../../src/transport/address-guard.ts';
import { endAll, ended, failed, makeTestPoster, serveRaw } from './kit.ts';
import { NAMES, URLS } from './url-corpus.ts';

afterEach(endAll);

/** A machine may have no IPv6. */
const hasLoopback6 = Object.values(networkInterfaces())
  .flat()
  .some((each) => each?.address === '::1');

/** Counts what comes in, and answers as a vat does that has nothing to say. */
async function listen(host = '127.0.0.1') {
  const seen = { connections: 0, bytes: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    seen.connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', ({ length }) => {
      seen.bytes += length;
      socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    });
  });
  server.listen(0, host);
  await once(server, 'listening');
  ended.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { seen, port: (server.address() as AddressInfo).port };
}

const toAddress = (address: string): LookupAddress => ({ address, family: isIP(address) || 4 });

/** A name server that says of each name what is given, one answer after another. */
function makeResolve(answers: Readonly<Record<string, readonly (readonly string[])[]>>) {
  const asked: string[] = [];
  const resolve: Resolve = (name, _options, callback) => {
    const before = asked.filter((each) => each === name).length;
    asked.push(name);
    const given = answers[name.toLowerCase()] ?? [];
    const addresses = (given[before] ?? given.at(-1) ?? []).map(toAddress);
    setImmediate(() => callback(null, addresses));
  };
  return { resolve, asked };
}

const refusal = (address: string, range: string): string =>
  `QRT_ADDRESS_REFUSED: ${address} is no public address (${range}), and no connection was made. ` +
  'If this node has peers there, start it with --allow-private-peers, or set "allowPrivatePeers" ' +
  'in its config.json.';

describe('URLs that others give', () => {
  it('there are more than a hundred spellings of them', () => {
    expect(new Set(URLS.map(({ url }) => url)).size).toBe(URLS.length);
    expect(URLS.length).toBeGreaterThan(100);
  });

  it('none of them gets a byte where private peers are not allowed', async () => {
    const { seen, port } = await listen();
    const { post, fetchContact } = makeTestPoster({ allowPrivate: false });
    for (const { url, verdict, why } of URLS) {
      const given = url.replace('PORT', String(port));
      for (const result of [await post(given), await fetchContact(given)]) {
        const reason = result.ok ? 'reached' : result.reason;
        const found = /^QRT_ADDRESS_REFUSED: \S+ is no public address \((.*?)\), and/.exec(reason);
        const wanted = verdict.is === 'refused' ? verdict.as : 'not a URL of a vat';
        expect([url, why, found?.[1] ?? reason]).toEqual([url, why, wanted]);
      }
    }
    expect(seen).toEqual({ connections: 0, bytes: 0 });
  });

  it('those that lead to loopback reach it where private peers are allowed', async () => {
    const { seen, port } = await listen();
    const { fetchContact } = makeTestPoster();
    const leading = URLS.filter(({ reaches }) => reaches);
    for (const { url } of leading) {
      const result = await fetchContact(url.replace('PORT', String(port)));
      expect([url, result]).toEqual([url, { ok: true, bytes: new Uint8Array() }]);
    }
    expect(leading.length).toBeGreaterThan(20);
    expect(seen.connections).toBe(leading.length);
  });

  it('what is no URL of a vat is none where private peers are allowed, either', async () => {
    const { seen, port } = await listen();
    const { post } = makeTestPoster();
    for (const { url, verdict } of URLS) {
      if (verdict.is === 'refused') continue;
      const result = await post(url.replace('PORT', String(port)));
      expect([url, result]).toEqual([url, failed('not a URL of a vat')]);
    }
    expect(seen).toEqual({ connections: 0, bytes: 0 });
  });

  it.runIf(hasLoopback6)('an IPv6 address is reached where it may be', async () => {
    const { seen, port } = await listen('::1');
    const url = `http://[::1]:${port}/a`;
    expect(await makeTestPoster().post(url)).toEqual({ ok: true, bytes: new Uint8Array() });
    const { post } = makeTestPoster({ allowPrivate: false });
    expect(await post(url)).toEqual(failed(refusal('::1', 'loopback')));
    expect(seen.connections).toBe(1);
  });

  it.each(NAMES)('a name is what it resolves to: $name', async ({ name, addresses, as }) => {
    const { seen, port } = await listen();
    const { resolve } = makeResolve({ [name.toLowerCase()]: [addresses] });
    const { post, fetchContact } = makeTestPoster({ allowPrivate: false, resolve });
    const result = failed(refusal(addresses[0]!, as));
    expect(await post(`http://${name}:${port}`)).toEqual(result);
    expect(await fetchContact(`https://${name}:${port}/a`)).toEqual(result);
    expect(seen).toEqual({ connections: 0, bytes: 0 });
  });

  it('a name is resolved once for a connection, and connected to as it was looked at', async () => {
    const { seen, port } = await listen();
    // Public when it is looked at, and loopback to whoever asks again.
    const answers = { 'rebind.example': [[], ['127.0.0.1'], ['127.0.0.1']] };
    const { resolve, asked } = makeResolve(answers);
    const url = `http://rebind.example:${port}`;
    const { post } = makeTestPoster({ allowPrivate: false, resolve });
    expect(await post(url)).toEqual(failed('no such host'));
    expect(asked).toHaveLength(1);
    expect(await post(url)).toEqual(failed(refusal('127.0.0.1', 'loopback')));
    expect(asked).toHaveLength(2);
    expect(seen.connections).toBe(0);
    const open = makeTestPoster({ resolve });
    expect(await open.post(url)).toMatchObject({ ok: true });
    expect(asked).toHaveLength(3);
    expect(seen.connections).toBe(1);
  });

  it('what is sent once more finds its way as the first, on a connection of its own', async () => {
    const sockets: Socket[] = [];
    const url = await serveRaw((socket) => {
      sockets.push(socket);
      if (sockets.length === 2) socket.resetAndDestroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
    const { resolve, asked } = makeResolve({ 'kept.example': [['127.0.0.1']] });
    const { post } = makeTestPoster({ resolve });
    const named = url.replace('127.0.0.1', 'kept.example');
    expect(await post(named)).toMatchObject({ ok: true });
    expect(await post(named)).toMatchObject({ ok: true });
    expect(sockets[0]).toBe(sockets[1]);
    expect(sockets[2]).not.toBe(sockets[0]);
    expect(asked).toHaveLength(2);
  });

  it('an address that changes to one that is allowed is reached at the next attempt', async () => {
    const { port } = await listen();
    const { resolve } = makeResolve({ 'moves.example': [['10.0.0.1'], []] });
    const { post } = makeTestPoster({ allowPrivate: false, resolve });
    const url = `http://moves.example:${port}`;
    expect(await post(url)).toEqual(failed(refusal('10.0.0.1', 'private')));
    expect(await post(url)).toEqual(failed('no such host'));
  });
});

describe('address guard', () => {
  const answers = {
    'mixed.example': [['127.0.0.1', '8.8.8.8', '::1', '2606:4700::1111', '10.0.0.1']],
    'nobody.example': [[]],
  };
  const look = (name: string, options: object, allowPrivate = false) =>
    new Promise<unknown[]>((done) => {
      const guard = makeAddressGuard({ allowPrivate, ...makeResolve(answers) });
      guard.lookup(name, options, (...args) => done(args));
    });

  it('of a name with several addresses those are left that are allowed, in their order', async () => {
    const allowed = ['8.8.8.8', '2606:4700::1111'].map(toAddress);
    expect(await look('mixed.example', { all: true })).toEqual([null, allowed]);
    expect(await look('mixed.example', {})).toEqual([null, '8.8.8.8', 4]);
    const all = answers['mixed.example'].flat().map(toAddress);
    expect(await look('mixed.example', { all: true }, true)).toEqual([null, all]);
    expect(await look('nobody.example', { all: true })).toMatchObject([{ code: 'ENOTFOUND' }, '']);
  });

  it('an address in a URL is looked at, a name is left to its lookup', () => {
    const { assertUrl } = makeAddressGuard({ allowPrivate: false });
    const isRefused = (url: string): boolean => {
      try {
        assertUrl(new URL(url));
        return false;
      } catch (error) {
        if (!isQrtError(error, 'QRT_ADDRESS_REFUSED')) throw error;
        return true;
      }
    };
    for (const host of ['[::1]', '[::ffff:10.0.0.1]', '127.0.0.1', '[fe80::1]', '0x7f.1']) {
      expect([host, isRefused(`http://${host}:80/x`)]).toEqual([host, true]);
    }
    for (const host of ['[2606:4700::1111]', '8.8.8.8', 'a.example', 'localhost', '134744072']) {
      expect([host, isRefused(`https://${host}/x`)]).toEqual([host, false]);
    }
  });

  it('passes on what the name server says when it fails', async () => {
    const fault = Object.assign(new Error('x'), { code: 'EAI_AGAIN' });
    const resolve: Resolve = (_name, _options, callback) => callback(fault, []);
    const { post } = makeTestPoster({ allowPrivate: false, resolve });
    expect(await post('http://a.example')).toEqual(failed('no such host for now'));
  });
});
