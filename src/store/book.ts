// The books: contact records, the vat's log, and replies to requests that carried an id.

import type { Database } from 'better-sqlite3';
import type { LocalId, VatId } from '../core/ids.ts';
import type { RequestStore } from '../kernel/request-store-port.ts';
import type { BookStore, ContactRow, LogEntry } from '../kernel/store-port.ts';

interface ContactColumns {
  readonly vat: VatId;
  readonly serial: number;
  readonly record: string;
  readonly urls: string;
  readonly hint: string | null;
  readonly via: number | null;
}

interface RequestColumns {
  readonly digest: Uint8Array;
  readonly reply: string;
  readonly answer: LocalId | null;
}

/** The part of a vat's store that keeps books. */
export function makeBookStore(db: Database): BookStore & RequestStore {
  return { ...makeContacts(db), ...makeLog(db), ...makeRequests(db) };
}

type ContactMethods =
  | 'contact'
  | 'contacts'
  | 'countContacts'
  | 'countGossip'
  | 'putContact'
  | 'deleteOldestGossip';

function makeContacts(db: Database): Pick<BookStore, ContactMethods> {
  const byVat = db.prepare('SELECT * FROM contact WHERE vat = ?');
  const all = db.prepare('SELECT * FROM contact ORDER BY vat');
  const count = db.prepare('SELECT count(*) FROM contact').pluck();
  const put = db.prepare('INSERT OR REPLACE INTO contact VALUES (?, ?, ?, ?, ?, ?)');
  // A vat with a link is kept for that, whoever spoke of it first.
  const gossip = 'via IS NOT NULL AND vat NOT IN (SELECT vat FROM link)';
  const countVia = db
    .prepare(`SELECT count(*) FROM contact WHERE ${gossip} AND via = coalesce(?, via)`)
    .pluck();
  const evict = db.prepare(`
    DELETE FROM contact WHERE vat =
      (SELECT vat FROM contact WHERE ${gossip} ORDER BY serial LIMIT 1)`);
  const parse = (row: ContactColumns): ContactRow => ({
    vat: row.vat,
    serial: row.serial,
    record: row.record,
    urls: JSON.parse(row.urls) as string[],
    hint: row.hint ?? undefined,
    via: row.via ?? undefined,
  });
  return {
    contact: (vat) => {
      const row = byVat.get(vat) as ContactColumns | undefined;
      return row && parse(row);
    },
    contacts: () => (all.all() as ContactColumns[]).map(parse),
    countContacts: () => count.get() as number,
    countGossip: (via) => countVia.get(via ?? null) as number,
    putContact: ({ vat, serial, record, urls, hint, via }) =>
      void put.run(vat, serial, record, JSON.stringify(urls), hint ?? null, via ?? null),
    deleteOldestGossip: () => void evict.run(),
  };
}

function makeLog(db: Database): Pick<BookStore, 'insertLog' | 'trimLog' | 'logAfter'> {
  const insert = db.prepare('INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)');
  const trim = db.prepare(`
    DELETE FROM log WHERE owner = @owner AND seq <= (
      SELECT seq FROM log WHERE owner = @owner ORDER BY seq DESC LIMIT 1 OFFSET @rowsMax)`);
  const after = db.prepare(`
    SELECT seq, owner, time_ms AS timeMs, level, source, text FROM log WHERE seq > ?
    ORDER BY seq DESC LIMIT ?`);
  return {
    insertLog: ({ seq, owner, timeMs, level, source, text }) =>
      void insert.run(seq, owner, timeMs, level, source, text),
    trimLog: (owner, rowsMax) => void trim.run({ owner, rowsMax }),
    logAfter: (seq, limit) => (after.all(seq, limit) as LogEntry[]).reverse(),
  };
}

function makeRequests(db: Database): RequestStore {
  const byId = db.prepare('SELECT digest, reply, answer FROM request WHERE id = ?');
  const insert = db.prepare('INSERT INTO request VALUES (?, ?, ?, ?, ?)');
  const remove = db.prepare('DELETE FROM request WHERE id = ?');
  const trim = db
    .prepare(`
      DELETE FROM request WHERE time_ms < @beforeMs AND time_ms < (
        SELECT time_ms FROM request ORDER BY time_ms DESC LIMIT 1 OFFSET @rowsMin)
      RETURNING answer`)
    .pluck();
  return {
    request: (id) => {
      const row = byId.get(id) as RequestColumns | undefined;
      return row && { ...row, answer: row.answer ?? undefined };
    },
    insertRequest: ({ id, digest, reply, timeMs, answer }) =>
      void insert.run(id, digest, reply, timeMs, answer ?? null),
    deleteRequest: (id) => void remove.run(id),
    trimRequests: (beforeMs, rowsMin) =>
      (trim.all({ beforeMs, rowsMin }) as (LocalId | null)[]).filter((id) => id !== null),
  };
}
