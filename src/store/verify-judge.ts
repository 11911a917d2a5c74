// Verify, judge: what the checks of single rows share: how a table is read, and what an id must be.

import type { Database } from 'better-sqlite3';
import {
  isImportId,
  isObjectId,
  isPromiseId,
  isResolverId,
  type LocalId,
  NOBODY,
  parseMadeId,
} from '../core/ids.ts';
import type { Finding, Part, Proofs } from './verify-part.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Reads a table from end to end; `judge` tells what is wrong with a row. */
export function eachRow(
  table: string,
  judge: (db: Database, proofs: Proofs) => (row: Row) => readonly string[],
  { sql = `SELECT * FROM ${table}`, key }: { readonly sql?: string; readonly key: string },
): Part {
  return {
    table,
    *check(db, proofs): Iterable<Finding> {
      const judgeRow = judge(db, proofs);
      let rows = 0;
      for (const row of db.prepare(sql).iterate() as Iterable<Row>) {
        rows += 1;
        for (const what of judgeRow(row)) yield { row: nameOf(row[key]), what };
      }
      yield { rows };
    },
  };
}

const nameOf = (key: unknown): string =>
  key instanceof Uint8Array ? Buffer.from(key).toString('hex').slice(0, 16) : String(key);

export const TRACE = /^[0-9a-f]{32}$/;

export function parse(json: unknown): unknown {
  try {
    return JSON.parse(String(json));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Null stands for a list without any. */
export function parseIds(json: unknown): LocalId[] | undefined {
  if (json === null || json === '[]') return [];
  const value = parse(json);
  return Array.isArray(value) && value.every(isReference) ? (value as LocalId[]) : undefined;
}

/** Whether a thing can stand in a body: not a memory slot. */
const isReference = (id: unknown): boolean => {
  const text = String(id);
  return isObjectId(text) || isImportId(text) || isPromiseId(text) || isResolverId(text);
};

/** A turn that is not numbered yet would name the same thing again. */
export function judgeMade(id: string, turn: number): readonly string[] {
  const made = parseMadeId(id)?.turn ?? 0;
  return id === NOBODY || made <= turn ? [] : [`made in turn ${made}, the counter is at ${turn}`];
}

export const readTurn = (db: Database): number =>
  db.prepare('SELECT turn FROM counters').pluck().get() as number;

/** What a row refers to exists; tombstones do, and a promise may have been forgotten. */
export function makeSlotJudge(db: Database): (slots: unknown) => readonly string[] {
  const judgeId = makeIdJudge(db);
  return (slots) => {
    if (slots === null) return [];
    return parseIds(slots)?.flatMap(judgeId) ?? ['its references are no list of ids'];
  };
}

/** The same for one reference. */
export function makeIdJudge(db: Database): (id: LocalId) => readonly string[] {
  const byObject = db.prepare('SELECT 1 FROM object WHERE id = ?').pluck();
  const byImport = db.prepare('SELECT 1 FROM import WHERE id = ?').pluck();
  const turn = readTurn(db);
  return (id) => {
    if (isPromiseId(id) || isResolverId(id)) {
      return judgeMade(id, turn).map((what) => `it refers to ${id}, ${what}`);
    }
    const found = (isImportId(id) ? byImport : byObject).get(id);
    return found === undefined ? [`it refers to ${id}, which does not exist`] : [];
  };
}

/** An answer belongs to a promise, which may have been forgotten. */
export function judgeAnswer(answer: unknown, turn: number): readonly string[] {
  if (answer === null) return [];
  const id = String(answer);
  if (!isPromiseId(id)) return [`its answer is for ${id}, which is no promise`];
  return judgeMade(id, turn).map((what) => `its answer is for ${id}, ${what}`);
}
