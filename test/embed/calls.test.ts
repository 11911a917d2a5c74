// How many calls of a program may wait for their vat.

import { expect, it } from 'vitest';
import { EMBED_CALLS_MAX } from '../../src/core/embed-limits.ts';
import { makeCalls } from '../../src/embed/calls.ts';
import { coded } from './kit.ts';

it('EMBED_CALLS_MAX may wait; one more is refused and never begun', async () => {
  const call = makeCalls({ assertOpen: () => undefined });
  let begun = 0;
  let end = (): void => {};
  const wait = () =>
    call(() => {
      begun += 1;
      return new Promise<void>((resolve) => {
        end = resolve;
      });
    });
  const waiting = Array.from({ length: EMBED_CALLS_MAX - 1 }, wait);
  const last = wait();
  const full = coded('QRT_CALLS_FULL', String(EMBED_CALLS_MAX));
  await expect(wait()).rejects.toEqual(full);
  expect(begun).toBe(EMBED_CALLS_MAX);
  end();
  await last;
  // One that fails makes room, too.
  await expect(call(() => Promise.reject(Error('refused')))).rejects.toThrow('refused');
  waiting.push(wait());
  await expect(wait()).rejects.toEqual(full);
  expect(begun).toBe(EMBED_CALLS_MAX + 1);
});

it('a call that comes after the end is refused', async () => {
  const assertOpen = (): void => {
    throw Error('closed');
  };
  await expect(makeCalls({ assertOpen })(async () => 1)).rejects.toThrow('closed');
});
