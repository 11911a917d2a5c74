import { describe, expect, it } from 'vitest';
import { makeVatId } from '../../src/core/ids.ts';
import { judgeLink, type LinkInput } from '../../src/node/doctor-network.ts';

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

  it('items that wait for a peer that answers are strange, unless this node is stopped', () => {
    const of = { waiting: 1, oldestMs: NOW_MS - 60_001 };
    expect(judge({ of }).state).toBe('warn');
    expect(judge({ of: { ...of, oldestMs: NOW_MS - 60_000 } }).state).toBe('ok');
    expect(judge({ of, isRunning: false }).state).toBe('ok');
  });
});
