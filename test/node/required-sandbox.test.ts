// Required sandbox: what is not good enough is never looked for.

import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { findRequired, levelsFor } from '../../src/node/required-sandbox.ts';
import { levelsHere } from '../worker/sandbox-kit.ts';
import { codeOf } from './scratch.ts';

const hideBubblewrap = (): void => {
  vi.stubEnv('QRT_BWRAP', '/nonexistent');
  onTestFinished(() => void vi.unstubAllEnvs());
};

describe('a required sandbox', () => {
  it('the strictest word counts, whoever says it', () => {
    expect(levelsFor([])).toEqual(['full', 'spaces', 'none']);
    expect(levelsFor([undefined, undefined])).toEqual(['full', 'spaces', 'none']);
    expect(levelsFor(['spaces', undefined])).toEqual(['full', 'spaces']);
    expect(levelsFor([undefined, 'full'])).toEqual(['full']);
    expect(levelsFor(['spaces', 'full'])).toEqual(['full']);
    expect(levelsFor(['full', 'spaces'])).toEqual(['full']);
  });

  it('without one the best of this machine is taken', async () => {
    expect((await findRequired()).report.level).toBe(levelsHere[0]);
  });

  it('that this machine does not have is an error that says why, never less', async () => {
    hideBubblewrap();
    expect(await codeOf(() => findRequired('spaces'))).toBe('QRT_SANDBOX_UNAVAILABLE');
    await expect(findRequired(undefined, 'full')).rejects.toThrow('bubblewrap is not installed');
    expect((await findRequired()).report.level).toBe('none');
  });
});
