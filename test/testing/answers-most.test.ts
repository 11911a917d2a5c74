// Answers as deep and as large as one may be: what waits is told all of it or, where what it would be
// told has more levels or bytes than args may have, that it was too large.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ARGS_BYTES_MAX, DATA_DEPTH_MAX } from '../../src/core/limits.ts';
import { makeTestVat, type TestVat } from '../../src/testing/make-test-vat.ts';

/** Each test has a worker process of its own, and those take their time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const DEEP = `({ levels, bytes, resolver }) => {
  let value = 'x'.repeat(bytes);
  for (let n = 0; n < levels; n += 1) value = [value];
  return resolver ? resolver.send({ value }) : value;
}`;
const TOLD = `({ value, error, context }, { memory }) => {
  let [levels, inner] = [0, value];
  for (; typeof inner === 'object' && inner !== null; levels += 1) [inner] = Object.values(inner);
  memory[context] = error ? error.code : [levels, inner && inner.length];
}`;
const ASK = `({ deep, told, levels, bytes }) => {
  const ask = (more) => deep.send({ levels, bytes, ...more });
  const answer = ask();
  const { promise, resolver } = Q.promise();
  const waits = {
    answer, all: Q.all([answer]), settled: Q.settled([answer]), first: Q.first([answer]),
    promise, resolver: ask({ resolver }),
  };
  for (const [context, one] of Object.entries(waits)) {
    Q.when(one, { fulfilled: told, rejected: told, context });
  }
}`;
const WAYS = ['answer', 'all', 'settled', 'first', 'promise', 'resolver'];
const NONE = [0, null];
const OVERSIZE = 'QRT_DATA_OVERSIZE';

let vat: TestVat;
beforeEach(async () => {
  vat = await makeTestVat();
});
afterEach(() => vat.close());

/** What everyone who waits for an answer of that size is told, by how it waits. */
async function toldOf(levels: number, bytes: number): Promise<unknown> {
  const told = await vat.install({ code: TOLD, name: 'told' });
  const deep = await vat.install({ code: DEEP, name: 'deep' });
  const ask = await vat.install({ code: ASK, name: 'ask' });
  await vat.send(ask, { deep, told, levels, bytes });
  await vat.run();
  return vat.memory(told);
}

/** The args of a continuation are one level above the value, and what combines values is more. */
const LEVELS_ABOVE = { answer: 1, first: 1, promise: 1, all: 2, settled: 3 };

it.each([4, 3, 2, 1, 0])('Q58 %i levels less than may be', async (less) => {
  const levels = DATA_DEPTH_MAX - less;
  const added = { answer: 0, first: 0, promise: 0, all: 1, settled: 2 };
  const ends = Object.entries(LEVELS_ABOVE).map(([way, above]) => {
    if (above <= less) return [way, [levels + added[way as keyof typeof added], 1]];
    return [way, OVERSIZE];
  });
  const expected: Record<string, unknown> = { ...Object.fromEntries(ends), resolver: NONE };
  // The message to the resolver cannot be sent, so that its promise is still open.
  if (less === 0) {
    expected['resolver'] = OVERSIZE;
    delete expected['promise'];
  }
  expect(await toldOf(levels, 1)).toEqual(expected);
});

it.each([200, 40, 20, 4, 2])('Q58 %i bytes less than may be', async (less) => {
  const bytes = ARGS_BYTES_MAX - less;
  const told = (await toldOf(0, bytes)) as Record<string, unknown>;
  for (const way of WAYS) {
    if (way === 'promise' && told['resolver'] === OVERSIZE) expect(told[way]).toBeUndefined();
    else if (way === 'resolver') expect([NONE, OVERSIZE]).toContainEqual(told[way]);
    else expect([OVERSIZE, bytes]).toContainEqual([told[way]].flat().at(-1));
  }
  const whole = WAYS.filter((way) => told[way] !== OVERSIZE && told[way] !== undefined);
  if (less === 200) expect(whole).toEqual(WAYS);
  if (less === 2) expect(whole).toEqual([]);
});
