// Undone: nothing of a turn that failed is anywhere.
//
// Objects of workloads put this mark into all that they do in a turn that they then make fail. It
// stands in no code and in no message that the workload itself sends.

import type { SimVat } from '../stage.ts';
import type { Disks } from './disks.ts';

/** What only a turn that failed has ever written. */
export const UNDONE_MARK = 'of-an-undone-turn';

const MARK = Buffer.from(UNDONE_MARK);

/** Every column that holds what turns make. */
const PLACES: readonly (readonly [string, string])[] = [
  ['memory', 'body'],
  ['object', 'body'],
  ['code', 'text'],
  ['inbox', 'body'],
  ['outbox', 'item'],
  ['quarantine', 'body'],
  ['promise', 'body'],
  ['pending', 'body'],
  ['log', 'text'],
];

export function isMarked(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(MARK);
}

/** Complaints about marks on the disk of a vat. */
export function findUndone(disks: Disks, vat: SimVat): string[] {
  return PLACES.flatMap(([table, column]) => {
    const sql = `SELECT count(*) AS rows FROM ${table} WHERE instr(CAST(${column} AS BLOB), ?) > 0`;
    const { rows } = disks.of(vat).one<{ rows: number }>(sql, MARK)!;
    return rows === 0 ? [] : [`undone: ${vat.name} has ${rows} marked rows in ${table}`];
  });
}
