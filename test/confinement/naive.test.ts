// The attacks bite: a sandbox made of `node:vm` falls to most of them, as the tables say.

import { describe, expect, it } from 'vitest';
import { isThorough } from '../thorough.ts';
import { measureAll } from './naive.ts';
import { KINDS, readTable } from './table.ts';

const MEASURE_MS_MAX = 240_000;

describe('the naive sandbox', () => {
  it.runIf(isThorough).each(KINDS)(
    'falls to what the table of the kind %s says, and to nothing else',
    async (kind) => {
      const attacks = readTable(kind).flatMap(({ name, code, naive }) =>
        naive === undefined ? [] : [{ name, code, ...naive }],
      );
      const measured = await measureAll(attacks);
      const differs = attacks.flatMap(({ name, succeeds }, at) =>
        measured[at]?.isMet === succeeds ? [] : [`${name}: ${measured[at]?.shown}`],
      );
      expect(differs).toEqual([]);
    },
    MEASURE_MS_MAX,
  );

  it('falls to more than half of all attacks', () => {
    const attacks = KINDS.filter((kind) => kind !== 'controls').flatMap((kind) => readTable(kind));
    const biting = attacks.filter(({ naive }) => naive?.succeeds);
    expect(attacks.length).toBeGreaterThanOrEqual(150);
    expect(biting.length / attacks.length).toBeGreaterThan(0.5);
    expect(readTable('controls').length).toBeGreaterThanOrEqual(25);
  });

  it('attacks have names of their own', () => {
    const names = KINDS.flatMap((kind) => readTable(kind).map(({ name }) => `${kind}: ${name}`));
    expect(new Set(names).size).toBe(names.length);
  });
});
