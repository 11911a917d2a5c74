import { once } from 'node:events';
import { chmodSync, chownSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { DOCTOR_FREE_BYTES_MIN } from '../../src/core/doctor-limits.ts';
import { makeVatId } from '../../src/core/ids.ts';
import { DEFAULT_LIMITS, makeLimits } from '../../src/core/node-limits.ts';
import { type BaseDir, openBaseDir, readVatId } from '../../src/node/base-dir.ts';
import { readConfig } from '../../src/node/config.ts';
import { serveControl } from '../../src/node/control-server.ts';
import { createNode } from '../../src/node/create.ts';
import { examineNode } from '../../src/node/doctor.ts';
import type { Check } from '../../src/node/doctor-check.ts';
import {
  checkClock,
  checkDatabase,
  checkFlush,
  checkSpace,
  measureFlushes,
} from '../../src/node/doctor-disk.ts';
import { checkOwner, judgeRunning } from '../../src/node/doctor-files.ts';
import { checkNodeVersion, checkSqlite, checkWorker } from '../../src/node/doctor-program.ts';
import { examineStore } from '../../src/store/examine.ts';
import { acquireLock } from '../../src/store/lock.ts';
import { levelsHere } from '../worker/sandbox-kit.ts';
import { codeOf, makeScratch } from './scratch.ts';

const STRANGER = makeVatId(new Uint8Array(32).fill(3));
const NOW_MS = Date.UTC(2026, 0, 1);

describe('doctor', () => {
  let base: BaseDir;
  beforeEach(async () => {
    const dir = join(makeScratch(), 'one');
    await createNode({ dir, host: '127.0.0.1', port: undefined, urls: undefined });
    base = openBaseDir(dir);
  });

  const examine = async () => {
    const checks: Check[] = [];
    const onCheck = (check: Check) => void checks.push(check);
    const code = await codeOf(() => examineNode({ dir: base.dir, onBegin: () => {}, onCheck }));
    const bad = Object.fromEntries(
      checks.filter(({ state }) => state !== 'ok').map((check) => [check.check, check]),
    );
    return { code, checks, bad };
  };
  const run = (sql: string) => {
    const db = new Database(base.database);
    db.exec(sql);
    db.close();
  };

  it('a new node is in order, and looking at it leaves it as it was', async () => {
    // Reading makes SQLite lay its two auxiliary files beside the database.
    const filesOf = () => readdirSync(base.dir).filter((name) => !/-(wal|shm)$/.test(name));
    const contents = () =>
      filesOf().map((name) => [name, readFileSync(join(base.dir, name), 'hex')]);
    const before = contents();
    const { code, checks } = await examine();
    expect(code).toBe('nothing');
    // On a machine without bubblewrap that is said, and nothing else.
    const sandbox = levelsHere[0] === 'full' ? 'ok' : 'warn';
    expect(checks.map(({ check, state }) => `${check} ${state}`)).toEqual(
      [
        'node',
        'sqlite',
        'files',
        'owner',
        'config',
        'key',
        'lock',
        'database',
        'space',
        'flush',
        'sandbox',
        'worker',
        'tls',
        'port',
        'peers',
        'clock',
      ].map((name) => `${name} ${name === 'sandbox' ? sandbox : 'ok'}`),
    );
    expect(contents()).toEqual(before);
  });

  it('what is not ok comes with advice, and the error names what failed', async () => {
    rmSync(base.key);
    const { bad } = await examine();
    for (const { advice } of Object.values(bad)) expect(advice).toMatch(/^[A-Z].*\.$/s);
    const failing = examineNode({ dir: base.dir, onBegin: () => {}, onCheck: () => {} });
    await expect(failing).rejects.toMatchObject({
      code: 'QRT_DOCTOR_FAILED',
      kind: 'usage',
      message: expect.stringContaining('checks of'),
      details: { names: 'files, key' },
    });
  });

  it('files that are missing or open are named with the line that closes them', async () => {
    chmodSync(base.database, 0o644);
    chmodSync(base.dir, 0o755);
    const { bad } = await examine();
    expect(bad['files']).toMatchObject({ state: 'fail' });
    expect(bad['files']?.advice).toContain(`chmod 600 ${base.database}`);
    expect(bad['files']?.advice).toContain(`chmod 700 ${base.dir}`);
    rmSync(base.lock);
    expect((await examine()).bad['files']?.found).toBe('missing: lock.db');
  });

  it('files of somebody else fail, for root they are a warning', () => {
    const uid = process.geteuid?.() ?? 0;
    expect(checkOwner({ base, uid })).toMatchObject({ state: 'ok' });
    const other = checkOwner({ base, uid: uid + 1 });
    expect(other).toMatchObject({ state: 'fail' });
    expect(other.found).toContain(base.key);
    if (uid !== 0) return;
    chownSync(base.key, 12_345, 12_345);
    const given = checkOwner({ base, uid });
    expect(given).toMatchObject({ state: 'warn' });
    expect(given.found).toBe(`of user 12345, not 0: ${base.key}`);
  });

  it('a broken configuration, a broken key and a foreign key fail', async () => {
    writeFileSync(base.config, '{');
    const config = await examine();
    expect(config.bad['config']).toMatchObject({ state: 'fail' });
    expect(config.bad['config']?.found).toContain('QRT_CONFIG_INVALID');
    expect(config.bad['port']).toMatchObject({ state: 'warn' });
    const text = { vat: STRANGER, host: '127.0.0.1', port: 21_000 };
    writeFileSync(base.config, JSON.stringify(text));
    expect((await examine()).bad['key']?.found).toContain(`names ${STRANGER}`);
    writeFileSync(base.key, 'no key');
    expect((await examine()).bad['key']?.found).toContain('QRT_KEY_INVALID');
  });

  it('a lock that nobody answers for fails', async () => {
    const lock = acquireLock({ path: base.lock, waitMs: 0, dir: base.dir });
    const { bad } = await examine();
    lock.release();
    expect(bad['lock']).toMatchObject({ state: 'fail' });
    expect(bad['lock']?.advice).toContain(`fuser ${base.lock}`);
  });

  it('a running node of another version is a warning; one that does not answer its URL fails', async () => {
    const server = await serveControl({
      base,
      vat: readVatId(base),
      workerPids: () => [],
      sandbox: { level: 'none', open: [], line: '' },
      allowPrivatePeers: false,
      onRequest: () => {},
      onGone: () => {},
      onStop: () => {},
    });
    onTestFinished(() => server.close());
    const { bad, checks } = await examine();
    expect(checks.find(({ check }) => check === 'lock')?.found).toContain('held by the running');
    expect(bad['port']).toMatchObject({ state: 'fail' });
    expect(bad['port']?.found).toContain('connection refused');
    expect(judgeRunning({ pid: 7, version: '0.0.0' })).toMatchObject({ state: 'warn' });
  });

  it('a damaged database fails, also one that only a look at all pages shows', async () => {
    run(`INSERT INTO log (seq, owner, time_ms, level, source, text)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
      SELECT i, 0, 1, 'log', 'o1.0', hex(randomblob(100)) FROM n`);
    const db = new Database(base.database);
    db.pragma('wal_checkpoint(TRUNCATE)');
    const { page_size: pageBytes } = (db.pragma('page_size') as { page_size: number }[])[0]!;
    db.close();
    // Lines of the log: nothing that opening the database looks at.
    const bytes = readFileSync(base.database);
    bytes.fill(0xff, bytes.length - 8 * pageBytes, bytes.length - 7 * pageBytes);
    writeFileSync(base.database, bytes);
    const { bad } = await examine();
    expect(bad['database']).toMatchObject({ state: 'fail' });
    writeFileSync(base.database, 'no longer what it was '.repeat(1_000));
    expect((await examine()).bad['database']?.found).toContain('QRT_STORE_CORRUPT');
  });

  it('what SQLite complains about fails; a database too large to read through is a warning', () => {
    const whole = {
      schema: 1,
      schemaKnown: 1,
      bytes: 2 ** 20,
      problems: [],
      isReadThrough: true,
      latestMs: 0,
    };
    expect(checkDatabase(whole)).toMatchObject({ state: 'ok' });
    expect(checkDatabase({ ...whole, schemaKnown: 2 }).found).toContain('becomes schema 2');
    const bad = checkDatabase({ ...whole, problems: ['row 3 missing', 'page 4'] });
    expect(bad).toMatchObject({ state: 'fail', found: 'row 3 missing; page 4' });
    expect(checkDatabase({ ...whole, isReadThrough: false })).toMatchObject({ state: 'warn' });
    const { bytes, isReadThrough } = examineStore({
      path: base.database,
      vat: readVatId(base),
      bytesMax: 1_000,
    });
    expect(bytes).toBeGreaterThan(1_000);
    expect(isReadThrough).toBe(false);
  });

  it('a clock behind what the database has seen, and one that was set meanwhile, are warnings', async () => {
    run(`INSERT INTO log (seq, owner, time_ms, level, source, text)
      VALUES (1, 0, ${Date.UTC(2090, 0, 1)}, 'log', 'o1.0', 'later')`);
    const { bad, code } = await examine();
    expect(code).toBe('nothing');
    expect(bad['clock']?.found).toContain('the database has seen 2090-01-01');
    const at = (nowMs: number, monotonicMs: number) => ({ nowMs, monotonicMs });
    const state = (nowMs: number, latestMs?: number) =>
      checkClock({ before: at(NOW_MS, 0), after: at(nowMs, 500), latestMs }).state;
    expect(state(NOW_MS + 500)).toBe('ok');
    expect(state(NOW_MS + 500 + 2_000)).toBe('ok');
    expect(state(NOW_MS + 500 + 2_001)).toBe('warn');
    expect(state(NOW_MS + 500 - 2_001)).toBe('warn');
    expect(state(NOW_MS + 500, NOW_MS + 2_500)).toBe('ok');
    expect(state(NOW_MS + 500, NOW_MS + 2_501)).toBe('warn');
  });

  it('too little room is a warning below what full queues need, a failure below what is useful', () => {
    const at = { dir: base.dir, limits: DEFAULT_LIMITS };
    const spaceWith = (freeBytes: number) => checkSpace({ ...at, freeBytes });
    expect(spaceWith(2 ** 40).state).toBe('ok');
    expect(spaceWith(2 ** 30).state).toBe('ok');
    expect(spaceWith(2 ** 30 - 1).state).toBe('warn');
    expect(spaceWith(DOCTOR_FREE_BYTES_MIN).state).toBe('warn');
    expect(spaceWith(DOCTOR_FREE_BYTES_MIN - 1).state).toBe('fail');
    const smaller = makeLimits({ inboxBytes: 2 ** 27 });
    expect(checkSpace({ ...at, limits: smaller, freeBytes: 2 ** 30 - 1 }).state).toBe('ok');
  });

  it('a disk with slow flushes is a warning; one slow flush among fast ones is none', () => {
    const fast = Array.from({ length: 20 }, () => 20);
    expect(checkFlush(fast).state).toBe('ok');
    expect(checkFlush([...fast, 900])).toMatchObject({ state: 'ok' });
    expect(checkFlush([...fast, 900]).found).toContain('worst 900 ms');
    const slow = checkFlush(fast.map((ms) => ms + 1));
    expect(slow).toMatchObject({ state: 'warn' });
    expect(slow.found).toContain('at most 47 commits a second');
    expect(measureFlushes(base.dir)).toHaveLength(20);
  });

  it('an old Node and an SQLite that cannot be loaded fail', async () => {
    expect(checkNodeVersion('20.19.0', '20.19').state).toBe('ok');
    expect(checkNodeVersion('22.0.0', '20.19').state).toBe('ok');
    expect(checkNodeVersion('20.18.9', '20.19').state).toBe('fail');
    expect(checkNodeVersion('18.20.0', '20.19').state).toBe('fail');
    const sqlite = await checkSqlite(() => Promise.reject(new Error('NODE_MODULE_VERSION\nmore')));
    expect(sqlite).toMatchObject({
      state: 'fail',
      found: 'SQLite cannot be loaded: NODE_MODULE_VERSION',
    });
    expect(sqlite.advice).toContain('npm rebuild better-sqlite3');
  });

  it('a worker that does not start is a coded failure', async () => {
    const path = join(makeScratch(), 'worker.cjs');
    writeFileSync(path, 'process.exit(1)');
    expect(await codeOf(() => checkWorker(path))).toBe('QRT_WORKER_UNSTARTED');
  });

  it('a port in use fails and is named', async () => {
    const { port } = readConfig(base.config);
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { bad } = await examine();
    expect(bad['port']).toMatchObject({ state: 'fail' });
    expect(bad['port']?.advice).toContain(`${port}`);
  });
});
