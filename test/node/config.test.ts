import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TRUSTED_PROXIES_MAX } from '../../src/core/flood-limits.ts';
import { makeVatId } from '../../src/core/ids.ts';
import { CONTACT_URLS_MAX } from '../../src/core/limits.ts';
import { DEFAULT_LIMITS } from '../../src/core/node-limits.ts';
import { assertModes, layOut, openBaseDir, readVatId } from '../../src/node/base-dir.ts';
import {
  arePrivatePeersAllowed,
  formatConfig,
  limitsOf,
  localUrl,
  readConfig,
  urlsOf,
} from '../../src/node/config.ts';
import { createNode } from '../../src/node/create.ts';
import { codeOf, makeScratch } from './scratch.ts';

const VAT = makeVatId(new Uint8Array(32).fill(1));
const GOOD = { vat: VAT, host: '127.0.0.1', port: 7001 };

const write = (text: string) => {
  const base = layOut(makeScratch());
  writeFileSync(base.config, text);
  return base;
};

describe('configuration', () => {
  it('is read back as it was written', () => {
    const base = write(formatConfig(GOOD));
    expect(readConfig(base.config)).toEqual(GOOD);
    expect(readVatId(base)).toBe(VAT);
    expect(urlsOf(GOOD)).toEqual(['http://127.0.0.1:7001']);
    expect(urlsOf({ ...GOOD, urls: ['https://x.org'] })).toEqual(['https://x.org']);
    expect(urlsOf({ ...GOOD, host: '2001:db8::1' })).toEqual(['http://[2001:db8::1]:7001']);
  });

  it('may choose limits and the least wall of workers; all other limits are the defaults', () => {
    const chosen = { ...GOOD, limits: { turnCpuMs: 2_000 }, requireSandbox: 'full' as const };
    const config = readConfig(write(formatConfig(chosen)).config);
    expect(config).toEqual(chosen);
    expect(limitsOf(config)).toEqual({ ...DEFAULT_LIMITS, turnCpuMs: 2_000 });
    expect(limitsOf(GOOD)).toEqual(DEFAULT_LIMITS);
  });

  it('peers may be at private addresses where node and URLs are on loopback, or as it says', () => {
    const allowed = (change: object) => {
      const path = write(JSON.stringify({ ...GOOD, ...change })).config;
      return arePrivatePeersAllowed(readConfig(path));
    };
    const here = ['http://127.0.0.1:7001', 'http://localhost:7001/a'];
    const outside = ['https://vats.example.org/a'];
    for (const host of ['127.0.0.1', '127.9.9.9', 'localhost'])
      expect(allowed({ host })).toBe(true);
    expect(allowed({ host: '::1', urls: here })).toBe(true);
    expect(allowed({ host: '::1', urls: ['http://[::1]:7001'] })).toBe(true);
    expect(allowed({ host: '::1' })).toBe(true);
    expect(allowed({ host: '::1', urls: ['http://[2606:4700::1111]'] })).toBe(false);
    // A proxy in front lets strangers in.
    expect(allowed({ urls: [...here, ...outside] })).toBe(false);
    for (const host of ['0.0.0.0', '::', '192.168.0.2', 'vats.example.org']) {
      expect([host, allowed({ host, urls: here })]).toEqual([host, false]);
      expect([host, allowed({ host, urls: here, allowPrivatePeers: true })]).toEqual([host, true]);
    }
    expect(allowed({ allowPrivatePeers: false })).toBe(false);
    expect(() => allowed({ allowPrivatePeers: 'yes' })).toThrow(
      '"allowPrivatePeers" must be true or false',
    );
  });

  const VAT_WORDS = '"vat" must be the id of a vat';
  const HOST_WORDS = '"host" must be a host name or address';
  const PORT_WORDS = '"port" must be a whole number from 1 to 65535';
  const URL_WORDS = 'must be http://HOST:PORT or https://HOST:PORT';
  const RANGE_WORDS = 'must be an address, or a range like 10.0.0.0/8';
  const WALL_WORDS = '"requireSandbox" must be "full" or "spaces", or left out';

  it.each<[object | string, string]>([
    ['{', 'JSON'],
    ['', 'JSON'],
    ['7', 'it must be an object'],
    ['null', 'it must be an object'],
    ['[]', 'it must be an object'],
    ['{}', '"vat" is missing: it must be the id of a vat'],
    [{ vat: undefined }, '"vat" is missing: it must be the id of a vat'],
    [{ host: undefined }, '"host" is missing: it must be a host name or address'],
    [{ port: undefined }, '"port" is missing: it must be a whole number from 1 to 65535'],
    // With the mistyped field is told what there is, not what is missing because of it.
    [{ port: undefined, prot: 1 }, 'the field "prot" is unknown; there are vat, host, port, urls'],
    [`{"__proto__":1,${JSON.stringify(GOOD).slice(1)}`, 'the field "__proto__" is unknown'],
    [{ toString: 1 }, 'the field "toString" is unknown'],
    [{ 'a\n\u202eb': 1 }, 'the field "a\\n\\u202eb" is unknown'],
    ...['x', '', 7, null, [VAT], VAT.slice(1)].map(
      (vat) => [{ vat }, VAT_WORDS] as [object, string],
    ),
    ...['', 7, null, ['x'], 'h'.repeat(254)].map(
      (host) => [{ host }, HOST_WORDS] as [object, string],
    ),
    ...['x', '1', 0, -1, 65_536, 1.5, null].map(
      (port) => [{ port }, PORT_WORDS] as [object, string],
    ),
    [{ urls: [] }, '"urls" is empty: give one, or leave it out'],
    [{ urls: 'http://x.org' }, '"urls" must be a list'],
    [{ urls: { 0: 'http://x.org' } }, '"urls" must be a list'],
    [{ urls: ['http://x.org', 'x'] }, `"urls[1]" ${URL_WORDS}`],
    [{ urls: [7] }, `"urls[0]" ${URL_WORDS}`],
    [{ urls: Array(CONTACT_URLS_MAX + 1).fill('http://x.org') }, '"urls" has more than 8 items'],
    [{ host: '0.0.0.0' }, 'no URL follows from host 0.0.0.0: give "urls"'],
    [{ limits: 7 }, '"limits" must be an object'],
    [{ limits: [] }, '"limits" must be an object'],
    [{ tls: true }, '"tls" must be an object'],
    [{ tls: { certificate: 'c' } }, '"tls.key" is missing: it must be the path of a PEM file'],
    ...['', 7, 'a\0b', 'p'.repeat(4_097)].map(
      (key) =>
        [{ tls: { certificate: 'c', key } }, '"tls.key" must be the path of a PEM file'] as [
          object,
          string,
        ],
    ),
    [{ trustedProxies: '::1' }, '"trustedProxies" must be a list'],
    ...['', 'proxy.org', '10.0.0.0/33', '::/129', 7].map(
      (proxy) =>
        [{ trustedProxies: [proxy] }, `"trustedProxies[0]" ${RANGE_WORDS}`] as [object, string],
    ),
    [
      { trustedProxies: Array(TRUSTED_PROXIES_MAX + 1).fill('::1') },
      '"trustedProxies" has more than 64 items',
    ],
    ...['none', 'FULL', '', 1, null, true].map(
      (level) => [{ requireSandbox: level }, WALL_WORDS] as [object, string],
    ),
  ])('with %j is refused, naming the file: %s', async (change, reason) => {
    const base = write(
      typeof change === 'string' ? change : JSON.stringify({ ...GOOD, ...change }),
    );
    expect(await codeOf(() => readConfig(base.config))).toBe('QRT_CONFIG_INVALID');
    expect(() => readConfig(base.config)).toThrow(reason);
    expect(() => readConfig(base.config)).toThrow(base.config);
  });

  it(`may have ${CONTACT_URLS_MAX} URLs`, () => {
    const urls = Array.from({ length: CONTACT_URLS_MAX }, (_, n) => `http://x${n}.org`);
    expect(readConfig(write(formatConfig({ ...GOOD, urls })).config).urls).toEqual(urls);
  });

  it('with TLS has a URL that says so', () => {
    const tls = { certificate: 'c'.repeat(4_096), key: 'key.pem' };
    const config = readConfig(write(formatConfig({ ...GOOD, tls })).config);
    expect(config.tls).toEqual(tls);
    expect(urlsOf(config)).toEqual([`https://${GOOD.host}:${GOOD.port}`]);
    expect(localUrl({ ...config, host: '0.0.0.0' })).toBe(`https://127.0.0.1:${GOOD.port}`);
  });

  it(`may trust ${TRUSTED_PROXIES_MAX} proxies`, () => {
    const trustedProxies = Array.from({ length: TRUSTED_PROXIES_MAX }, (_, n) => `10.${n}.0.0/16`);
    const { config } = write(formatConfig({ ...GOOD, trustedProxies }));
    expect(readConfig(config).trustedProxies).toEqual(trustedProxies);
  });
});

describe('base directory', () => {
  it('a directory without a node is refused', async () => {
    const scratch = makeScratch();
    expect(await codeOf(() => openBaseDir(scratch))).toBe('QRT_NODE_MISSING');
    expect(await codeOf(() => openBaseDir(join(scratch, 'no')))).toBe('QRT_NODE_MISSING');
  });

  it('a key, database or directory that others can read is refused', async () => {
    const dir = join(makeScratch(), 'one');
    await createNode({ dir, host: '127.0.0.1', port: undefined, urls: undefined });
    const base = openBaseDir(dir);
    assertModes(base);
    for (const path of [base.key, base.database, base.lock, base.dir]) {
      chmodSync(path, path === base.dir ? 0o750 : 0o640);
      expect([path, await codeOf(() => assertModes(base))]).toEqual([path, 'QRT_MODE_OPEN']);
      chmodSync(path, path === base.dir ? 0o700 : 0o600);
    }
    chmodSync(base.config, 0o644);
    assertModes(base);
    chmodSync(base.config, 0o666);
    expect(await codeOf(() => assertModes(base))).toBe('QRT_MODE_OPEN');
  });
});
