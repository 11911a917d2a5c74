// Reader: looks at a vat's database from outside, on a connection of its own that never writes.
//
// It sees only what is committed, also while the node runs. Swissnums are not in the database.

import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { QrtError } from '../core/errors.ts';
import { guarded } from './open.ts';

/** A row as plain JSON. */
export type Row = Readonly<Record<string, unknown>>;

export interface StoreReader {
  objects(): Row[];
  memory(): Row[];
  inbox(): Row[];
  outbox(): Row[];
  peers(): Row[];
  counters(): Row;
  /** The newest `limit` lines after line `after`, oldest first. */
  log(after: number, limit: number): Row[];
  close(): void;
}

/** Reads the database at `path`. Throws QRT_STORE_CORRUPT when it cannot be read. */
export function openReader({ path }: { readonly path: string }): StoreReader {
  if (!existsSync(path)) {
    throw new QrtError('QRT_STORE_CORRUPT', { path, reason: 'the file is missing' });
  }
  const db = guarded(path, () => {
    const opened = new Database(path, { readonly: true, fileMustExist: true });
    opened.pragma('query_only = ON');
    return opened;
  });
  const all = (sql: string, ...input: unknown[]): Row[] =>
    guarded(path, () => db.prepare(sql).all(...input) as Row[]);
  return Object.freeze({
    objects: () => all(OBJECTS).map(parseJson('power', 'slots', 'natives')),
    memory: () => all('SELECT id, owner, body AS value, slots FROM memory').map(parseJson('slots')),
    inbox: () => all(INBOX).map(parseJson('slots')),
    outbox: () => all(OUTBOX),
    peers: () => all(PEERS).map(parseJson('urls')),
    counters: () => all('SELECT * FROM counters')[0] ?? {},
    log: (after: number, limit: number) => all(LOG, after, limit).reverse(),
    close: () => void db.close(),
  });
}

const OBJECTS = `
  SELECT object.id, owner, owner.name AS installation, code, body AS power, slots, natives, memory
  FROM object JOIN owner ON owner.id = object.owner WHERE state = 'live'
  ORDER BY object.rowid`;

const INBOX = `
  SELECT seq, owner, share, target, body AS args, slots, trace, attempts_limit AS attemptsLimit,
    attempts_unknown AS attemptsUnknown
  FROM inbox ORDER BY seq`;

const OUTBOX = `
  SELECT link.vat AS peer, lane, number, length(item) AS bytes, share, queued_ms AS queuedMs
  FROM outbox JOIN link ON link.id = outbox.link ORDER BY link.id, lane, number`;

const PEERS = `
  SELECT link.vat, state, reason, gaps, refusals, last_refusal AS lastRefusal,
    out1_next - 1 AS sentMessages, out1_receipted - 1 AS receiptedMessages,
    out2_next - 1 AS sentAnswers, out2_receipted - 1 AS receiptedAnswers,
    max(in1_next - 1, 0) AS receivedMessages, max(in2_next - 1, 0) AS receivedAnswers,
    coalesce(contact.urls, '[]') AS urls, contact.hint
  FROM link LEFT JOIN contact ON contact.vat = link.vat ORDER BY link.id`;

const LOG = `
  SELECT seq, time_ms AS timeMs, level, source, text FROM log WHERE seq > ?
  ORDER BY seq DESC LIMIT ?`;

/** Parses the named columns, which the store wrote as JSON. */
function parseJson(...columns: string[]): (row: Row) => Row {
  return (row) => {
    const parsed = columns.map((column) => [column, JSON.parse(String(row[column]))]);
    return { ...row, ...Object.fromEntries(parsed) };
  };
}
