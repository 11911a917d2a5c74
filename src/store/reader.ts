// Reader: looks at a vat's database from outside, on a connection of its own that never writes.
//
// It sees only what is committed, also while the node runs. Swissnums are not in the database.

import { decode } from '../core/capdata-decode.ts';
import { isQrtError } from '../core/errors.ts';
import { guarded, openReadOnly } from './open.ts';
import { readReferences } from './reader-references.ts';
import {
  makeQridQuery,
  type ReadRows,
  type Row,
  type RowFilter,
  type RowTable,
  TABLE_QUERIES,
  type TableQuery,
} from './reader-tables.ts';

export type { Row } from './reader-tables.ts';

/** Which lines of the log. */
interface LogFilter {
  /** Lines after this one. */
  readonly after: number;
  /** Of those that fit, the newest so many. */
  readonly limit: number;
  /** Lines of this time or later, in milliseconds since 1970. */
  readonly sinceMs?: number;
  readonly level?: string;
}

/** A link, as an operator may name it. */
interface FoundLink {
  readonly id: number;
  readonly vat: string;
  readonly petname: string | null;
}

export interface StoreReader {
  objects(): Row[];
  memory(): Row[];
  inbox(): Row[];
  outbox(): Row[];
  peers(): Row[];
  counters(): Row;
  /** The rows of a table in its order; read as they are taken, so each as it is committed then. */
  rows(table: RowTable, filter?: RowFilter): Iterable<Row>;
  /** The columns of a table, also of an empty one. */
  columns(table: RowTable): readonly string[];
  /** Links whose petname or vat is `text`, or whose vat begins with it. */
  findLinks(text: string): readonly FoundLink[];
  /** Lines of the log, oldest first. */
  logRows(filter: LogFilter): Iterable<Row>;
  /** The newest `limit` lines after line `after`, oldest first. */
  log(after: number, limit: number): Row[];
  close(): void;
}

/** Rows read at once; each may hold as much as a memory may. */
const BLOCK_ROWS = 64;
const LOG_BLOCK_ROWS = 1_000;

/** Reads the database at `path`. Throws QRT_STORE_CORRUPT when it cannot be read. */
export function openReader({ path }: { readonly path: string }): StoreReader {
  const db = openReadOnly(path);
  const all: ReadRows = (sql, input = {}) =>
    guarded(path, () => db.prepare(sql).all(input) as Row[]);

  const queryOf = (table: Exclude<RowTable, 'references'>): TableQuery =>
    table === 'qrids' ? makeQridQuery(columnsOf(all, 'swissnum')) : TABLE_QUERIES[table];

  const rows = (table: RowTable, filter: RowFilter = {}): Iterable<Row> =>
    table === 'references'
      ? readReferences({ all, rows, filter })
      : readBlocks({ all, query: queryOf(table), filter });

  return Object.freeze<StoreReader>({
    objects: () => [...rows('objects')],
    memory: () => [...rows('memory')],
    inbox: () => [...rows('inbox')],
    outbox: () => [...rows('outbox')],
    peers: () => [...rows('peers')],
    counters: () => all('SELECT * FROM counters')[0] ?? {},
    rows,
    columns: (table) =>
      table === 'references'
        ? REFERENCE_COLUMNS
        : guarded(path, () => db.prepare(selectOf(queryOf(table))).columns())
            .map(({ name }) => name)
            .filter((name) => !isKey(name)),
    findLinks: (text) => all(LINKS, { text }) as unknown as FoundLink[],
    logRows: (filter) => readLog(all, filter),
    log: (after, limit) => [...readLog(all, { after, limit })],
    close: () => void db.close(),
  });
}

const REFERENCE_COLUMNS = ['kind', 'from', 'holders', 'place', 'to', 'peer', 'owner'];

const columnsOf = (all: ReadRows, table: string): string[] =>
  all('SELECT name FROM pragma_table_info(:table)', { table }).map(({ name }) => String(name));

interface BlocksInput {
  readonly all: ReadRows;
  readonly query: TableQuery;
  readonly filter: RowFilter;
}

function* readBlocks({ all, query, filter }: BlocksInput): Iterable<Row> {
  const where = Object.keys(filter).map((name) => query.filters[name as keyof RowFilter] ?? '0');
  const first = selectOf(query, where);
  const next = selectOf(query, [...where, `(${query.key.join(', ')}) > (${placesFor(query)})`]);
  let block = all(first, { ...filter });
  for (;;) {
    for (const row of block) yield withoutKey(parseJson(row, query));
    const last = block.at(-1);
    if (last === undefined || block.length < BLOCK_ROWS) return;
    block = all(next, { ...filter, ...keyOf(last) });
  }
}

function selectOf(query: TableQuery, conditions: readonly string[] = []): string {
  const keys = query.key.map((column, index) => `${column} AS ${KEY}${index}`);
  const where = [query.where ?? '1', ...conditions].join(' AND ');
  return `SELECT ${keys.join(', ')}, ${query.columns} FROM ${query.from} WHERE ${where}
    ORDER BY ${query.key.join(', ')} LIMIT ${BLOCK_ROWS}`;
}

/** Columns of the key stand beside those that are shown, and are taken away again. */
const KEY = 'key_';

const isKey = (name: string): boolean => name.startsWith(KEY);

const placesFor = ({ key }: TableQuery): string =>
  key.map((_, index) => `:${KEY}${index}`).join(', ');

const keyOf = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([name]) => isKey(name)));

const withoutKey = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !isKey(name)));

/** Parses the columns that the store wrote as JSON, and a body. */
function parseJson(row: Row, { json = [], body }: TableQuery): Row {
  const parsed = Object.fromEntries(json.map((name) => [name, JSON.parse(String(row[name]))]));
  if (body === undefined) return { ...row, ...parsed };
  return { ...row, ...parsed, [body]: parseBody(String(row[body]), parsed['slots'] as string[]) };
}

/** The value of a body. Workers write bodies: one that no honest worker writes stays a text. */
function parseBody(body: string, slots: readonly string[]): unknown {
  try {
    decode({ body, slots }, { makeReference: () => null });
  } catch (error) {
    if (!isQrtError(error, 'QRT_DATA_MALFORMED')) throw error;
    return body;
  }
  return JSON.parse(body);
}

const LINKS = `
  SELECT id, vat, petname FROM link
  WHERE petname = :text COLLATE NOCASE OR vat = :text OR substr(vat, 1, length(:text)) = :text
  ORDER BY petname IS NOT :text COLLATE NOCASE, vat IS NOT :text, id LIMIT 100`;

const LOG_WHERE = `
  seq > :after AND (:sinceMs IS NULL OR time_ms >= :sinceMs)
  AND (:level IS NULL OR level = :level)`;

/** The line before the first that is wanted. */
const LOG_BEFORE = `SELECT seq FROM log WHERE ${LOG_WHERE} ORDER BY seq DESC LIMIT 1 OFFSET :limit`;

const LOG = `
  SELECT seq, time_ms AS timeMs, level, source, link.petname, text
  FROM log LEFT JOIN link ON level = 'link' AND link.vat = source
  WHERE ${LOG_WHERE} ORDER BY seq LIMIT ${LOG_BLOCK_ROWS}`;

function* readLog(all: ReadRows, filter: LogFilter): Iterable<Row> {
  const input = { sinceMs: null, level: null, ...filter };
  let after = Number(all(LOG_BEFORE, input)[0]?.['seq'] ?? filter.after);
  for (;;) {
    const block = all(LOG, { ...input, after });
    for (const { petname, ...row } of block) yield petname === null ? row : { ...row, petname };
    const last = block.at(-1);
    if (last === undefined || block.length < LOG_BLOCK_ROWS) return;
    after = Number(last['seq']);
  }
}
