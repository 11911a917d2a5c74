// What an operator types about items in doubt is checked before any node is asked.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settleDoubt } from '../../src/node/doubt.ts';
import { codeOf, makeScratch } from './scratch.ts';

const NONE = { resend: undefined, discard: undefined, reset: false };

describe('a decision about doubt', () => {
  const decide = (what: Partial<Parameters<typeof settleDoubt>[0]>) =>
    codeOf(() => settleDoubt({ dir: join(makeScratch(), 'none'), peer: 'bob', ...NONE, ...what }));

  it('takes numbers, ranges and all', async () => {
    for (const text of ['1', '3,5-9', '5-9,3', '7-7', 'all']) {
      expect([text, await decide({ resend: text })]).toEqual([text, 'QRT_NODE_MISSING']);
    }
    expect(await decide({ resend: 'all', discard: '4-6,9' })).toBe('QRT_NODE_MISSING');
  });

  it('refuses what is no number, no range, or named twice', async () => {
    for (const text of ['', '0', '-1', '3-', '9-5', '1.5', '3;4', 'ALL', '1,', '1'.repeat(16)]) {
      expect([text, await decide({ discard: text })]).toEqual([text, 'QRT_ARGUMENT_INVALID']);
    }
    expect(await decide({ resend: 'all', discard: 'all' })).toBe('QRT_ARGUMENT_INVALID');
    expect(await decide({ resend: '3-7', discard: '7-9' })).toBe('QRT_ARGUMENT_INVALID');
    expect(await decide({ resend: '3,4,3' })).toBe('QRT_ARGUMENT_INVALID');
    const many = Array.from({ length: 501 }, (_, at) => String(2 * at + 1)).join();
    expect(await decide({ resend: many })).toBe('QRT_ARGUMENT_INVALID');
    expect(await decide({ resend: many.slice(0, many.lastIndexOf(',')) })).toBe('QRT_NODE_MISSING');
  });

  it('refuses a peer that nobody can be called', async () => {
    const dir = makeScratch();
    const peer = 'x'.repeat(101);
    expect(await codeOf(() => settleDoubt({ dir, peer, ...NONE }))).toBe('QRT_PEER_UNKNOWN');
  });
});
