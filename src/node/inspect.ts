// Inspect: what is on disk, read beside a running node or without one.

import { QrtError } from '../core/errors.ts';
import { isObjectId } from '../core/ids.ts';
import { findPeers } from '../core/peer-name.ts';
import { openReader, type Row, type StoreReader } from '../store/reader.ts';
import { assertModes, openBaseDir } from './base-dir.ts';
import { FILTERS, type FilterName, TABLES, type Table } from './tables.ts';

/** Rows of plain JSON; for `counters` one record. */
type TableRows = readonly Row[] | Row;

/** What to show of a table; what is absent narrows nothing. */
export interface TableFilter {
  /** An object's id, such as `o5.0`. */
  readonly object?: string;
  readonly owner?: number;
  /** A petname, a vat, or the beginning of one that fits one link. */
  readonly peer?: string;
  readonly limit?: number;
}

export interface TableView {
  readonly table: Table;
  readonly columns: readonly string[];
  /** Read from disk as they are taken; `counters` has one. */
  readonly rows: Iterable<Row>;
}

export interface TablesInput {
  readonly dir: string;
  /** Undefined: all that the filters fit. */
  readonly table: Table | undefined;
  readonly filter?: TableFilter;
}

/** Reads tables, each as it was committed last. */
export function readTables(dir: string, tables: readonly Table[]): ReadonlyMap<Table, TableRows> {
  const found = new Map<Table, TableRows>();
  for (const table of tables) {
    for (const { rows } of viewTables({ dir, table })) {
      const [first, ...rest] = rows;
      found.set(table, table === 'counters' ? (first ?? {}) : first ? [first, ...rest] : []);
    }
  }
  return found;
}

/**
 * Tables one after another; a view is good until the next one is taken. Throws
 * QRT_ARGUMENT_INVALID when a filter does not fit the table, QRT_PEER_UNKNOWN, QRT_PEER_AMBIGUOUS.
 */
export function* viewTables({ dir, table, filter = {} }: TablesInput): Generator<TableView> {
  process.umask(0o077);
  const base = openBaseDir(dir);
  assertModes(base);
  const tables = chooseTables(table, filter);
  const reader = openReader({ path: base.database });
  try {
    const { limit = Number.POSITIVE_INFINITY, peer, ...others } = filter;
    const narrow = peer === undefined ? others : { ...others, peer: findPeer(reader, peer) };
    for (const each of tables) {
      if (each === 'counters') {
        const counters = reader.counters();
        yield { table: each, columns: Object.keys(counters), rows: [counters] };
      } else {
        const rows = take(reader.rows(each, narrow), limit);
        const isObjects = each === 'objects';
        const columns = reader.columns(each);
        yield {
          table: each,
          columns: isObjects ? [...columns, 'powerless'] : columns,
          rows: isObjects ? markPowerless(rows) : rows,
        };
      }
    }
  } finally {
    reader.close();
  }
}

function chooseTables(table: Table | undefined, filter: TableFilter): readonly Table[] {
  const { object } = filter;
  if (object !== undefined && !isObjectId(object)) {
    throw invalid(`--object ${object}`, 'give the id of an object, such as o5.0');
  }
  const names = FILTER_NAMES.filter((name) => filter[name] !== undefined);
  const isLimited = filter.limit !== undefined;
  const fitting = TABLES.filter(
    (each) =>
      names.every((name) => FILTERS[each].includes(name)) && !(isLimited && each === 'counters'),
  );
  if (table === undefined) return fitting;
  if (fitting.includes(table)) return [table];
  const options = [...names, ...(isLimited ? ['limit'] : [])].map((name) => `--${name}`);
  throw invalid(options.join(' with '), `not for ${table}, only for ${fitting.join(', ')}`);
}

const FILTER_NAMES: readonly FilterName[] = ['object', 'owner', 'peer'];

/** The link that an operator names, as `qrt peer` finds it. */
function findPeer(reader: StoreReader, text: string): number {
  const links = reader.findLinks(text).map((link) => ({
    ...link,
    petname: link.petname ?? undefined,
  }));
  const [link, ...others] = findPeers(text, links);
  if (link === undefined) throw new QrtError('QRT_PEER_UNKNOWN', { peer: text });
  if (others.length > 0) throw new QrtError('QRT_PEER_AMBIGUOUS', { peer: text });
  return link.id;
}

const invalid = (what: string, reason: string): QrtError =>
  new QrtError('QRT_ARGUMENT_INVALID', { what, reason });

function* take(rows: Iterable<Row>, limit: number): Iterable<Row> {
  let left = limit;
  for (const row of rows) {
    if (left <= 0) return;
    left -= 1;
    yield row;
  }
}

/** An object that holds no memory, no native and no reference can only compute. */
function* markPowerless(rows: Iterable<Row>): Iterable<Row> {
  const isEmpty = (value: unknown): boolean => Object.keys(value ?? {}).length === 0;
  for (const row of rows) {
    const { memory, natives, slots } = row;
    yield { ...row, powerless: memory === null && isEmpty(natives) && isEmpty(slots) };
  }
}
