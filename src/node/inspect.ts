// Inspect: what is on disk, read beside a running node or without one.

import { openReader, type Row } from '../store/reader.ts';
import { assertModes, openBaseDir } from './base-dir.ts';
import type { Table } from './tables.ts';

/** Rows of plain JSON; for `counters` one record. */
export type TableRows = readonly Row[] | Row;

/** Reads tables, each as it was committed last. */
export function readTables(dir: string, tables: readonly Table[]): ReadonlyMap<Table, TableRows> {
  process.umask(0o077);
  const base = openBaseDir(dir);
  assertModes(base);
  const reader = openReader({ path: base.database });
  try {
    return new Map(
      tables.map((table) => [
        table,
        table === 'objects' ? reader.objects().map(markPowerless) : reader[table](),
      ]),
    );
  } finally {
    reader.close();
  }
}

/** An object that holds no memory, no native and no reference can only compute. */
function markPowerless(row: Row): Row {
  const { memory, natives, slots } = row;
  const isEmpty = (value: unknown): boolean => Object.keys(value ?? {}).length === 0;
  return { ...row, powerless: memory === null && isEmpty(natives) && isEmpty(slots) };
}
