import { describe, expect, it } from 'vitest';
import { type CheckOptions, checkCode, checkCodes } from '../../src/worker/check.ts';
import { fixture, levelsHere, sandboxAt } from './sandbox-kit.ts';

/** Behind the best wall that there is. */
const behind = (program: string) => sandboxAt(levelsHere[0] ?? 'none', program);
const sandbox = await behind(fixture('checker.cjs'));

const check = (text: string, options: Partial<CheckOptions> = {}) =>
  checkCode({ sandbox, text, bytesMax: 7, ...options });

describe('check', () => {
  it('gives the function’s own text and its hash', async () => {
    expect(await check('good one')).toEqual({ text: 'good one 7', hash: 'ab'.repeat(32) });
  });

  it('gives the reason of a refusal, and the place where there is one', async () => {
    const place = { line: 2, column: 3 };
    expect(await check('bad')).toEqual({ reason: 'no function', place });
    expect(await check('placeless')).toEqual({ reason: 'too long' });
  });

  it('several texts are checked in one process, each by its own bound, up to the first refusal', async () => {
    const codes = ['good 1', 'good 2', 'bad', 'crash'].map((text, n) => ({ text, bytesMax: n }));
    const results = await checkCodes({ sandbox, codes });
    expect(results).toEqual([
      { text: 'good 1 0', hash: 'ab'.repeat(32) },
      { text: 'good 2 1', hash: 'ab'.repeat(32) },
      { reason: 'no function', place: { line: 2, column: 3 } },
    ]);
  });

  it('a text that takes the parser too long, too much memory or down is refused', async () => {
    expect(await check('loop', { checkMsMax: 200 })).toEqual({
      reason: 'parsing took longer than 0.2 s',
    });
    expect(await check('heap')).toEqual({ reason: 'parsing took too much memory' });
    expect(await check('crash')).toEqual({ reason: 'the parser broke down over it' });
  }, 20_000);

  it('a reply that is none is the worker’s fault (QRT_WORKER_BROKEN)', async () => {
    for (const text of ['lie', 'other', 'noise']) {
      await expect(check(text)).rejects.toMatchObject({ code: 'QRT_WORKER_BROKEN' });
    }
  });

  it('a worker that cannot be started, or never is ready, is QRT_WORKER_UNSTARTED', async () => {
    const missing = check('good', { sandbox: await sandboxAt('none', '/nowhere/worker.cjs') });
    await expect(missing).rejects.toMatchObject({ code: 'QRT_WORKER_UNSTARTED' });
    await expect(missing).rejects.toThrow('Cannot find module');
    const mute = check('good', { sandbox: await behind(fixture('mute.cjs')), startMsMax: 100 });
    await expect(mute).rejects.toMatchObject({ code: 'QRT_WORKER_UNSTARTED' });
    await expect(mute).rejects.toThrow('not ready in 0.1 s');
  });
});
