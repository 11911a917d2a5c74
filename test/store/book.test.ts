// Books: replies to requests are kept a day, and the newest of them however old they are.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeVatId } from '../../src/core/ids.ts';
import { createStore, type OpenStore, openStore } from '../../src/store/open.ts';

let directory: string;
let store: OpenStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qrt-book-'));
  const place = { path: join(directory, 'vat.db'), vat: makeVatId(new Uint8Array(32).fill(1)) };
  createStore(place);
  store = openStore(place);
  store.begin();
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

const insert = (id: number, timeMs: number): void =>
  store.insertRequest({ id: `${id}`, digest: new Uint8Array(32), reply: '{}', timeMs });
const kept = (count: number): number[] =>
  Array.from({ length: count }, (_, id) => id).filter((id) => store.request(`${id}`));

describe('requests', () => {
  it('a young one is kept whatever their number', () => {
    for (let id = 0; id < 20; id += 1) insert(id, 1_000 + id);
    store.trimRequests(1_000, 5);
    expect(kept(20)).toHaveLength(20);
  });

  it('of old ones the newest are kept', () => {
    for (let id = 0; id < 20; id += 1) insert(id, id);
    store.trimRequests(1_000, 5);
    const left = kept(20);
    expect(left.slice(-5)).toEqual([15, 16, 17, 18, 19]);
    expect(left.length).toBeLessThanOrEqual(6);
  });

  it('an old one goes when enough newer ones are kept', () => {
    for (let id = 0; id < 20; id += 1) insert(id, id < 10 ? id : 5_000);
    store.trimRequests(1_000, 5);
    expect(kept(20)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });
});
