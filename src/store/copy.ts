// Copy: all rows of a vat's database as they stood at one moment, in a new file, beside a running
// node too.
//
// Row by row, where SQLite could copy pages: every row is read, so damage is found now and not when
// the copy is needed; indexes are made anew; and what was deleted does not come along.

import { closeSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { checkHeader, type DatabasePlace, guarded, openReadOnly } from './open.ts';

export interface CopyInput extends DatabasePlace {
  /** A file that MUST NOT exist. It is written without a flush. */
  readonly to: string;
}

/** What was copied. */
export interface Copied {
  readonly schema: number;
  readonly counters: Readonly<Record<string, number>>;
}

/** How far a copy is; the total is an estimate. */
export interface CopyStep {
  readonly bytes: number;
  readonly bytesTotal: number;
}

/** Copies in small steps. Throws QRT_STORE_* when the database cannot be read to its end. */
export function* copyStore({ path, vat, to }: CopyInput): Generator<CopyStep, Copied> {
  const from = openReadOnly(path);
  try {
    // One read transaction: what is committed meanwhile is not seen, and keeps nobody waiting.
    guarded(path, () => from.exec('BEGIN'));
    guarded(path, () => checkHeader(from, { path, vat }));
    const bytesTotal = guarded(path, () => sizeOf(from));
    closeSync(openSync(to, 'wx', 0o600));
    const copy = guarded(to, () => new Database(to));
    try {
      yield* fill({ from, path, copy, to, bytesTotal });
    } finally {
      copy.close();
    }
    return guarded(path, () => ({
      schema: from.pragma('user_version', { simple: true }) as number,
      counters: readCounters(from),
    }));
  } finally {
    from.close();
  }
}

interface FillInput {
  readonly from: Database.Database;
  readonly path: string;
  readonly copy: Database.Database;
  readonly to: string;
  readonly bytesTotal: number;
}

function* fill({ from, path, copy, to, bytesTotal }: FillInput): Generator<CopyStep, void> {
  const parts = guarded(path, () => from.prepare(PARTS).all() as Part[]);
  guarded(to, () => {
    // Whoever made the file throws it away if this does not come to its end.
    copy.pragma('journal_mode = OFF');
    copy.pragma('synchronous = OFF');
    copy.pragma(`application_id = ${from.pragma('application_id', { simple: true })}`);
    copy.pragma(`user_version = ${from.pragma('user_version', { simple: true })}`);
    copy.exec('BEGIN');
  });
  let bytes = 0;
  for (const { type, name, sql } of parts) {
    guarded(to, () => copy.exec(sql));
    if (type !== 'table') continue;
    for (const added of copyRows({ from, path, copy, to, name })) {
      bytes += added;
      yield { bytes: Math.min(bytes, bytesTotal), bytesTotal };
    }
  }
  guarded(to, () => copy.exec('COMMIT'));
}

interface Part {
  readonly type: 'table' | 'index';
  readonly name: string;
  readonly sql: string;
}

/** Tables first; those without SQL SQLite makes by itself. */
const PARTS = `
  SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type = 'index', rowid`;

type RowsInput = Omit<FillInput, 'bytesTotal'> & { readonly name: string };

/** Yields how many bytes each step has copied, about. */
function* copyRows({ from, path, copy, to, name }: RowsInput): Generator<number, void> {
  const select = guarded(path, () => from.prepare(`SELECT * FROM "${name}"`));
  const places = select.columns().map(() => '?');
  const insert = guarded(to, () => copy.prepare(`INSERT INTO "${name}" VALUES (${places})`));
  // Numbers as they are: a counter may be beyond what a JavaScript number holds exactly.
  const rows = select.raw().safeIntegers().iterate() as IterableIterator<unknown[]>;
  let bytes = 0;
  try {
    for (;;) {
      const { value, done } = guarded(path, () => rows.next());
      if (done) break;
      guarded(to, () => insert.run(...value));
      bytes += value.reduce<number>((sum, cell) => sum + lengthOf(cell), 0);
      if (bytes < STEP_BYTES) continue;
      yield bytes;
      bytes = 0;
    }
  } finally {
    // A connection cannot be closed in the middle of a query.
    rows.return?.();
  }
  yield bytes;
}

const STEP_BYTES = 4 * 1_048_576;

const lengthOf = (cell: unknown): number =>
  typeof cell === 'string' || cell instanceof Uint8Array ? cell.length : 8;

function sizeOf(db: Database.Database): number {
  const pages = db.pragma('page_count', { simple: true }) as number;
  const free = db.pragma('freelist_count', { simple: true }) as number;
  return (pages - free) * (db.pragma('page_size', { simple: true }) as number);
}

function readCounters(db: Database.Database): Readonly<Record<string, number>> {
  const { id: _, ...counters } = db.prepare('SELECT * FROM counters').get() as Record<
    string,
    number
  >;
  return counters;
}
