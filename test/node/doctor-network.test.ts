import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DOCTOR_FETCH_MS_MAX, DOCTOR_FETCHES_MAX } from '../../src/core/doctor-limits.ts';
import { makeVatId } from '../../src/core/ids.ts';
import { checkPeers, judgeLink, type LinkInput } from '../../src/node/doctor-network.ts';

const STRANGER = makeVatId(new Uint8Array(32).fill(3));
const NOW_MS = Date.UTC(2026, 0, 1);

describe('doctor of a link', () => {
  const link = {
    vat: STRANGER,
    petname: null,
    state: 'ok',
    reason: '',
    urls: ['http://127.0.0.1:9'],
    waiting: 0,
    oldestMs: null,
  };
  const judge = (input: Partial<LinkInput> & { of?: Partial<LinkInput['link']> }) =>
    judgeLink({
      failures: [undefined],
      nowMs: NOW_MS,
      isRunning: true,
      ...input,
      link: { ...link, ...input.of },
    });

  it('one that answers is ok, also when one of its URLs is old', () => {
    expect(judge({})).toEqual({ state: 'ok', found: 'it answers; nothing waits' });
    const urls = ['http://127.0.0.1:9', 'http://127.0.0.1:10'];
    expect(judge({ of: { urls }, failures: ['timed out', undefined] }).state).toBe('ok');
  });

  it('one that was not asked is not called out of reach, and of others only what was asked', () => {
    expect(judge({ failures: [] })).toMatchObject({
      state: 'warn',
      found: 'not asked for lack of time; nothing waits',
    });
    const urls = ['http://127.0.0.1:9', 'http://127.0.0.1:10'];
    expect(judge({ of: { urls }, failures: ['timed out'] }).found).toBe(
      'not reached (http://127.0.0.1:9: timed out); nothing waits',
    );
  });

  it('doubt fails, whether or not the peer answers', () => {
    const finding = judge({ of: { state: 'doubt', reason: 'its numbers went back' } });
    expect(finding).toMatchObject({ state: 'fail' });
    expect(finding.found).toContain('its numbers went back');
  });

  it('a peer without URL or out of reach is a warning with what waits for it', () => {
    expect(judge({ of: { urls: [] } }).advice).toContain('qrt gossip');
    const waiting = { waiting: 3, oldestMs: NOW_MS - 90_000 };
    const finding = judge({ of: waiting, failures: ['connection refused'] });
    expect(finding).toMatchObject({
      state: 'warn',
      found: 'not reached (http://127.0.0.1:9: connection refused); 3 wait, the oldest for 90 s',
    });
  });

  it('a peer whose address is refused has advice of its own', () => {
    const unreached = judge({ failures: ['connection refused'] });
    expect(unreached.advice).not.toContain('--allow-private-peers');
    const urls = ['http://127.0.0.1:9', 'http://127.0.0.1:10'];
    const failures = ['timed out', 'QRT_ADDRESS_REFUSED: 127.0.0.1 is no public address'];
    const refused = judge({ of: { urls }, failures });
    expect(refused).toMatchObject({ state: 'warn' });
    expect(refused.advice).toContain('`--allow-private-peers`');
    expect(refused.advice).toContain('Messages stay queued');
  });

  it('items that wait for a peer that answers are strange, unless this node is stopped', () => {
    const of = { waiting: 1, oldestMs: NOW_MS - 60_001 };
    expect(judge({ of }).state).toBe('warn');
    expect(judge({ of: { ...of, oldestMs: NOW_MS - 60_000 } }).state).toBe('ok');
    expect(judge({ of, isRunning: false }).state).toBe('ok');
  });
});

describe('doctor of all links', () => {
  it('asks the first URL of each before any other, in a bounded time, and counts the rest', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const links = Array.from({ length: DOCTOR_FETCHES_MAX }, (_, n) => ({
      vat: makeVatId(new Uint8Array(32).fill(n)),
      petname: `peer${n}`,
      state: 'ok',
      reason: '',
      urls: n === 0 ? [url, `${url}/second`, `${url}/third`] : [url],
      waiting: 0,
      oldestMs: null,
    }));
    const checks = await checkPeers({
      links,
      total: links.length,
      sealer: { verify: () => false },
      isRunning: true,
      allowPrivate: true,
      totalMs: DOCTOR_FETCH_MS_MAX + 500,
    });
    const [last] = checks.slice(-1);
    expect(last?.found).toBe('2 of 18 URLs were not asked: all of them may take 2.5 s together');
    const found = `not reached (${url}: timed out after 2 s); nothing waits`;
    expect(checks.slice(0, -1).map((check) => check.found)).toEqual(links.map(() => found));
  });
});
