// Quarantine as rows: how many are kept, and whose go first.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalId, makeVatId } from '../../src/core/ids.ts';
import { createStore, type OpenStore, openStore } from '../../src/store/open.ts';

let directory: string;
let store: OpenStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qrt-quarantine-'));
  const place = { path: join(directory, 'vat.db'), vat: makeVatId(new Uint8Array(32).fill(1)) };
  createStore(place);
  store = openStore(place);
  store.begin();
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

const ROWS_MAX = 10;
let last = 0;
const insert = (owner: number, rowsMax = ROWS_MAX): number => {
  last += 1;
  const args = { body: `{"n":${last}}`, slots: ['o1.0' as LocalId] };
  const row = { id: last, owner, target: 'o1.0' as LocalId, cause: 'cpu', attempts: 2 };
  store.insertQuarantine({ ...row, args, trace: 't', timeMs: 1 });
  store.trimQuarantine(rowsMax);
  return last;
};
const isKept = (id: number): boolean => store.quarantined(id) !== undefined;

describe('quarantine', () => {
  it('keeps as many as fit, then the oldest go, also where some were taken out by hand', () => {
    const ids = Array.from({ length: ROWS_MAX }, () => insert(1));
    expect(ids.every(isKept)).toBe(true);
    store.deleteQuarantined(ids[5]!);
    insert(1);
    expect(isKept(ids[0]!)).toBe(true);
    insert(1);
    expect(isKept(ids[0]!)).toBe(false);
    expect(store.countQuarantine()).toBe(ROWS_MAX);
  });

  it('an owner whose messages end there without end pushes out its own, nobody else’s', () => {
    const others = [insert(2), insert(3), insert(2)];
    const flood = Array.from({ length: 100 }, () => insert(1));
    expect(others.every(isKept)).toBe(true);
    expect(flood.filter(isKept)).toEqual(flood.slice(-(ROWS_MAX - others.length)));
  });

  it('that is far beyond a lower limit is trimmed at once, by the same rule', () => {
    const many = Array.from({ length: 20_000 }, (_, n) => insert(n % 100 === 0 ? 2 : 1, 100_000));
    const others = many.filter((_, n) => n % 100 === 0);
    const ours = many.filter((_, n) => n % 100 !== 0);
    const beganMs = performance.now();
    store.trimQuarantine(300);
    // One by one it is a look at all of them for each.
    expect(performance.now() - beganMs).toBeLessThan(5_000);
    expect(store.countQuarantine()).toBe(300);
    expect(others.filter(isKept)).toEqual(others.slice(-150));
    expect(ours.filter(isKept)).toEqual(ours.slice(-150));
  });

  it('gives back what was put in', () => {
    const id = insert(4);
    expect(store.quarantined(id)).toEqual({
      id,
      owner: 4,
      target: 'o1.0',
      cause: 'cpu',
      attempts: 2,
      args: { body: `{"n":${id}}`, slots: ['o1.0'] },
      trace: 't',
      timeMs: 1,
    });
    expect(store.quarantined(id + 1)).toBeUndefined();
  });
});
