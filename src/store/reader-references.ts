// Reader, references: who can send to what: objects, memories and waiting messages of this vat,
// and the peers that were given a name for a thing of it.

import { placesOf } from '../core/capdata-places.ts';
import type { ReadRows, Row, RowFilter, RowTable } from './reader-tables.ts';

export interface ReferencesInput {
  readonly all: ReadRows;
  readonly rows: (table: RowTable, filter?: RowFilter) => Iterable<Row>;
  readonly filter: RowFilter;
}

/** One reference. */
interface Reference extends Row {
  readonly kind: 'object' | 'memory' | 'message' | 'peer';
  /** The object, memory slot or message (its number in the inbox) that holds it, or the peer. */
  readonly from: string;
  /** The objects that get at it there; of those that share a memory the first few. */
  readonly holders: readonly string[];
  readonly place: string;
  /** An object of this vat, or an import: a thing of a peer. */
  readonly to: string;
  /** The vat that an import belongs to. */
  readonly peer: string | null;
  readonly owner: number | null;
}

/** Objects that share a memory may be many; the table `objects` has them all. */
const HOLDERS_SHOWN = 8;
const EXPORTS_BLOCK_ROWS = 1_000;

/** Every reference in the order of objects, memories, messages, peers. */
export function* readReferences(input: ReferencesInput): Iterable<Row> {
  const { filter } = input;
  const peer = filter.peer === undefined ? undefined : vatOf(input, filter.peer);
  for (const reference of everyReference(input)) {
    const { from, holders, to, owner } = reference;
    const { object } = filter;
    if (object !== undefined && from !== object && to !== object && !holders.includes(object)) {
      continue;
    }
    if (filter.owner !== undefined && owner !== filter.owner) continue;
    if (peer !== undefined && reference.peer !== peer && from !== peer) continue;
    yield reference;
  }
}

function* everyReference(input: ReferencesInput): Iterable<Reference> {
  for (const row of input.rows('objects')) {
    const id = String(row['id']);
    yield* readBody(input, row, {
      kind: 'object',
      from: id,
      holders: [id],
      // The reader has parsed it already.
      body: JSON.stringify(row['power']),
      what: 'power',
    });
  }
  for (const row of input.rows('memory')) {
    if ((row['slots'] as readonly string[]).length === 0) continue;
    const id = String(row['id']);
    const holders = input
      .all(HOLDERS, { id, limit: HOLDERS_SHOWN, object: input.filter.object ?? null })
      .map((holder) => String(holder['id']));
    const body = String(row['value']);
    yield* readBody(input, row, { kind: 'memory', from: id, holders, body, what: 'memory' });
  }
  for (const row of input.rows('inbox')) {
    yield* readBody(input, row, {
      kind: 'message',
      from: String(row['seq']),
      holders: [String(row['target'])],
      body: String(row['args']),
      what: 'args',
    });
  }
  yield* readExports(input);
}

/** The object that is asked for comes first, so that it is never one of those left out. */
const HOLDERS = `
  SELECT id FROM object WHERE memory = :id AND state = 'live'
  ORDER BY id IS NOT :object, rowid LIMIT :limit`;

interface Body extends Pick<Reference, 'kind' | 'from' | 'holders'> {
  readonly body: string;
  readonly what: string;
}

function* readBody(input: ReferencesInput, row: Row, found: Body): Iterable<Reference> {
  const { body, what, ...rest } = found;
  const owner = Number(row['owner']);
  for (const { place, slot } of placesOf({ body, slots: row['slots'] as string[] }, what)) {
    yield { ...rest, place, to: slot, peer: peerOf(input, slot), owner };
  }
}

function peerOf({ all }: ReferencesInput, id: string): string | null {
  if (!id.startsWith('i')) return null;
  const [row] = all('SELECT vat FROM import JOIN link ON link.id = link WHERE import.id = :id', {
    id,
  });
  return row === undefined ? null : String(row['vat']);
}

function vatOf({ all }: ReferencesInput, link: number): string {
  return String(all('SELECT vat FROM link WHERE id = :link', { link })[0]?.['vat']);
}

const EXPORTS = `
  SELECT link, vat, kind, number, local FROM export JOIN link ON link.id = export.link
  WHERE (export.link, kind, number) > (:link, :kind, :number)
  ORDER BY export.link, kind, number LIMIT ${EXPORTS_BLOCK_ROWS}`;

function* readExports({ all }: ReferencesInput): Iterable<Reference> {
  let after: Row = { link: 0, kind: '', number: 0 };
  for (;;) {
    const block = all(EXPORTS, after);
    for (const row of block) {
      yield {
        kind: 'peer',
        from: String(row['vat']),
        holders: [],
        place: `${row['kind']} ${row['number']}`,
        to: String(row['local']),
        peer: null,
        owner: null,
      };
    }
    const last = block.at(-1);
    if (last === undefined || block.length < EXPORTS_BLOCK_ROWS) return;
    after = last;
  }
}
