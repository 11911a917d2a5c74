// Reader tables: what is shown of each table, in which order, and by what it can be narrowed.
//
// Each order is one that an index gives, so that a table of any size is read block by block: a
// reader that waits for its operator holds no snapshot, and the node's log of writes can be reset.

import { HASH_BYTES_SHOWN } from '../core/limits.ts';

/** A row as plain JSON. */
export type Row = Readonly<Record<string, unknown>>;

/** Runs one statement to its end. */
export type ReadRows = (sql: string, input?: Row) => Row[];

/** What rows can be narrowed to; each as it is compared with its column. */
export interface RowFilter {
  /** An object's id. */
  readonly object?: string;
  readonly owner?: number;
  /** A link's id. */
  readonly peer?: number;
}

/** A table as one query. */
export interface TableQuery {
  readonly columns: string;
  readonly from: string;
  readonly where?: string;
  /** What rows are sorted by; unique together. */
  readonly key: readonly string[];
  /** Columns that the store wrote as JSON. */
  readonly json?: readonly string[];
  /** A column with a body, whose slots stand beside it: shown as a value if it is one. */
  readonly body?: string;
  readonly filters: Readonly<Partial<Record<keyof RowFilter, string>>>;
}

/** Tables that are rows of the database as they are. */
export type PlainTable = 'objects' | 'memory' | 'inbox' | 'outbox' | 'peers' | 'quarantine';

/** Tables that have rows to go through. */
export type RowTable = PlainTable | 'qrids' | 'references';

export const TABLE_QUERIES: Readonly<Record<PlainTable, TableQuery>> = {
  objects: {
    columns: `object.id, owner, owner.name AS installation, code, body AS power, slots, natives,
      memory`,
    from: 'object JOIN owner ON owner.id = object.owner',
    where: "state = 'live'",
    key: ['object.rowid'],
    json: ['slots', 'natives'],
    body: 'power',
    filters: { object: 'object.id = :object', owner: 'object.owner = :owner' },
  },
  memory: {
    columns: 'id, owner, body AS value, slots',
    from: 'memory',
    key: ['memory.rowid'],
    json: ['slots'],
    filters: {
      object: 'id = (SELECT memory FROM object WHERE id = :object)',
      owner: 'owner = :owner',
    },
  },
  inbox: {
    columns: `seq, owner, share, target, body AS args, slots, trace,
      attempts_limit AS attemptsLimit, attempts_unknown AS attemptsUnknown`,
    from: 'inbox',
    key: ['owner', 'seq'],
    json: ['slots'],
    filters: { object: 'target = :object', owner: 'owner = :owner', peer: 'origin_link = :peer' },
  },
  outbox: {
    columns: `link.vat AS peer, link.petname, lane, number, length(item) AS bytes, share,
      queued_ms AS queuedMs`,
    from: 'outbox JOIN link ON link.id = outbox.link',
    key: ['outbox.link', 'lane', 'number'],
    filters: { peer: 'outbox.link = :peer' },
  },
  peers: {
    columns: `link.vat, petname, state, reason, gaps, refusals, last_refusal AS lastRefusal,
      out1_next - 1 AS sentMessages, out1_receipted - 1 AS receiptedMessages,
      out2_next - 1 AS sentAnswers, out2_receipted - 1 AS receiptedAnswers,
      max(in1_next - 1, 0) AS receivedMessages, max(in2_next - 1, 0) AS receivedAnswers,
      coalesce(contact.urls, '[]') AS urls, contact.hint`,
    from: 'link LEFT JOIN contact ON contact.vat = link.vat',
    key: ['link.id'],
    json: ['urls'],
    filters: { peer: 'link.id = :peer' },
  },
  quarantine: {
    columns: `id, owner, target, cause, attempts, body AS args, slots, trace,
      time_ms AS timeMs`,
    from: 'quarantine',
    key: ['id'],
    json: ['slots'],
    filters: { object: 'target = :object', owner: 'owner = :owner' },
  },
};

/** QRIDs, with whatever columns this version of the schema has beside hash and object. */
export function makeQridQuery(columns: readonly string[]): TableQuery {
  const others = Object.entries(LATER_COLUMNS).filter(([name]) => columns.includes(name));
  return {
    columns: [
      `lower(hex(substr(swissnum.hash, 1, ${HASH_BYTES_SHOWN}))) AS hash`,
      'swissnum.object',
      ...others.map(([name, shown]) => `swissnum.${name} AS ${shown}`),
    ].join(', '),
    from: 'swissnum JOIN object ON object.id = swissnum.object',
    key: ['object.rowid', 'swissnum.hash'],
    filters: { object: 'swissnum.object = :object', owner: 'object.owner = :owner' },
  };
}

/** A database that no node of this version has opened yet has none of them. */
const LATER_COLUMNS: Readonly<Record<string, string>> = {
  label: 'label',
  made_ms: 'madeMs',
  last_used_ms: 'lastUsedMs',
  revoked_ms: 'revokedMs',
};
