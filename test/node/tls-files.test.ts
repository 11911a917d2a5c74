// The certificate and the key of a node with TLS of its own: what is taken, refused, and taken anew.

import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TLS_CHECK_MS, TLS_ENDS_SOON_MS, TLS_FILE_BYTES_MAX } from '../../src/core/tls-limits.ts';
import { checkTls } from '../../src/node/doctor-files.ts';
import { describeValidity, readTls, watchTls } from '../../src/node/tls-files.ts';
import { TEST_CERT, TEST_KEY } from '../transport/test-cert.ts';
import { RENEWED_CERT, RENEWED_KEY } from '../transport/test-cert-renewed.ts';

const FILES = { certificate: 'cert.pem', key: 'key.pem' };
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'qrt-tls-'));
  put(TEST_CERT, TEST_KEY);
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(dir, { recursive: true, force: true });
});

const put = (cert: string | Buffer, key: string): void => {
  writeFileSync(join(dir, FILES.certificate), cert);
  writeFileSync(join(dir, FILES.key), key);
};
const place = () => ({ base: { dir, config: join(dir, 'config.json') }, files: FILES });
const refusal = (): string => {
  try {
    readTls(place());
  } catch (error) {
    return (error as Error).message.replaceAll(`${dir}/`, '').replace(/ Mend .*$/, '');
  }
  return 'none';
};
const encrypted = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
  }).privateKey;

describe('readTls', () => {
  it('reads files below the directory of the node, or anywhere', () => {
    expect(readTls(place())).toMatchObject({ cert: TEST_CERT, key: TEST_KEY });
    const files = { certificate: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
    expect(readTls({ base: { dir: '/', config: '' }, files })).toMatchObject({ key: TEST_KEY });
  });

  it('takes a certificate with others behind it', () => {
    put(TEST_CERT + RENEWED_CERT, TEST_KEY);
    expect(readTls(place()).certificate.subject).toBe('CN=qrt test');
  });

  it.each<readonly [string, () => void, string]>([
    [
      'no file',
      () => rmSync(join(dir, 'key.pem')),
      'key.pem cannot be used for TLS: it cannot be read (ENOENT).',
    ],
    [
      'no certificate',
      () => put('none', TEST_KEY),
      'cert.pem cannot be used for TLS: it is no certificate in PEM.',
    ],
    [
      'no key',
      () => put(TEST_CERT, 'none'),
      'key.pem cannot be used for TLS: it is no private key in PEM without a passphrase.',
    ],
    [
      'a key with a passphrase',
      () => put(TEST_CERT, encrypted()),
      'key.pem cannot be used for TLS: it is no private key in PEM without a passphrase.',
    ],
    [
      'another key',
      () => put(TEST_CERT, RENEWED_KEY),
      'key.pem cannot be used for TLS: it is not the key of the certificate.',
    ],
    [
      'a file that is too large',
      () => put(Buffer.alloc(TLS_FILE_BYTES_MAX + 1), TEST_KEY),
      `cert.pem cannot be used for TLS: it has more than ${TLS_FILE_BYTES_MAX} bytes.`,
    ],
    [
      'what is broken further on',
      () => put(TEST_CERT.replace(/\n-----END/, 'AAAA\n-----END'), TEST_KEY),
      'cert.pem cannot be used for TLS: it is no certificate in PEM.',
    ],
  ])('%s is QRT_TLS_INVALID, which names the file', (_, change, message) => {
    change();
    expect(refusal()).toBe(message);
  });

  it('a certificate of exactly as many bytes as may be is read', () => {
    put(TEST_CERT.padEnd(TLS_FILE_BYTES_MAX, '\n'), TEST_KEY);
    expect(refusal()).toBe('none');
  });
});

describe('describeValidity', () => {
  const certificate = new X509Certificate(TEST_CERT);
  const [fromMs, toMs] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];

  it.each([
    [fromMs - 1, 'the certificate begins at 2026-11-21T21:33:12.000Z'],
    [fromMs, undefined],
    [toMs - TLS_ENDS_SOON_MS - 1, undefined],
    [toMs - TLS_ENDS_SOON_MS, 'the certificate ends at 2126-10-28T21:33:12.000Z'],
    [toMs, 'the certificate ends at 2126-10-28T21:33:12.000Z'],
    [toMs + 1, 'the certificate ended at 2126-10-28T21:33:12.000Z'],
  ])('at %i it says %s', (nowMs, words) => {
    expect(describeValidity({ certificate }, nowMs)).toBe(words);
  });
});

describe('doctor of a certificate', () => {
  const look = (urls = ['https://127.0.0.1:7001'], files = FILES) => {
    const config = { vat: 'x' as never, host: '127.0.0.1', port: 7001, urls };
    const base = { dir, config: join(dir, 'config.json') } as never;
    return checkTls(base, { ...config, tls: files });
  };
  beforeEach(() => chmodSync(join(dir, 'key.pem'), 0o640));

  it('is ok when it names all hosts, and a warning when it does not', async () => {
    expect(await look()).toMatchObject({
      state: 'ok',
      found: expect.stringMatching(/^certificate for 127\.0\.0\.1, /),
    });
    const [other, here] = ['https://vats.example.org', 'https://127.0.0.1'];
    expect(await look([here, other])).toMatchObject({
      state: 'warn',
      found: 'the certificate does not name vats.example.org',
    });
    expect(await look(['https://[::1]'])).toMatchObject({ state: 'warn' });
  });

  it('fails when everybody can read the key, and when it cannot be used', async () => {
    chmodSync(join(dir, 'key.pem'), 0o604);
    expect(await look()).toMatchObject({ state: 'fail', advice: expect.stringContaining('chmod') });
    const missing = { ...FILES, key: 'none.pem' };
    await expect(look(undefined, missing)).rejects.toMatchObject({ code: 'QRT_TLS_INVALID' });
  });

  it('of a node without it is none', async () => {
    const config = { vat: 'x' as never, host: '127.0.0.1', port: 7001 };
    expect(await checkTls({ dir } as never, config)).toEqual({
      state: 'ok',
      found: 'none of its own',
    });
  });
});

describe('watchTls', () => {
  const watch = () => {
    vi.useFakeTimers();
    const notes: string[] = [];
    const taken: string[] = [];
    const end = watchTls({
      ...place(),
      identity: readTls(place()),
      onRenewed: ({ key }) => taken.push(key),
      note: ({ text }) => notes.push(text.replaceAll(`${dir}/`, '')),
    });
    return { notes, taken, end, look: () => vi.advanceTimersByTime(TLS_CHECK_MS) };
  };

  it('takes what was renewed, once, and looks no more after its end', () => {
    const { notes, taken, end, look } = watch();
    look();
    put(RENEWED_CERT, RENEWED_KEY);
    expect(taken).toEqual([]);
    look();
    look();
    expect([taken, notes]).toEqual([[RENEWED_KEY], ['TLS: the certificate was renewed']]);
    end();
    put(TEST_CERT, TEST_KEY);
    look();
    expect(taken).toHaveLength(1);
  });

  it('says nothing of one file that comes before the other, and takes both then', () => {
    const { notes, taken, end, look } = watch();
    put(RENEWED_CERT, TEST_KEY);
    look();
    put(RENEWED_CERT, RENEWED_KEY);
    look();
    end();
    expect([taken, notes]).toEqual([[RENEWED_KEY], ['TLS: the certificate was renewed']]);
  });

  it('goes on with what it has when files cannot be used, and says so once', () => {
    const { notes, taken, end, look } = watch();
    put('none', TEST_KEY);
    for (let looks = 0; looks < 5; looks += 1) look();
    expect(taken).toEqual([]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain('QRT_TLS_INVALID: cert.pem cannot be used for TLS');
    put(TEST_CERT, TEST_KEY);
    look();
    chmodSync(join(dir, 'key.pem'), 0o600);
    look();
    end();
    expect([taken, notes.length]).toEqual([[], 1]);
  });
});
