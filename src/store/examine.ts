// Examine: whether a vat's database is whole, as far as that can be told without changing it.

import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { DOCTOR_PROBLEMS_MAX } from '../core/doctor-limits.ts';
import { checkHeader, type DatabasePlace, guarded, openReadOnly } from './open.ts';
import { SCHEMA_VERSION } from './schema.ts';

export interface ExamineInput extends DatabasePlace {
  /** A larger one is not read through. */
  readonly bytesMax: number;
}

/** What was found of a database. */
export interface Examined {
  readonly schema: number;
  /** What this qrt makes of it when it opens it. */
  readonly schemaKnown: number;
  /** Of the database and of what is not yet part of it. */
  readonly bytes: number;
  /** What SQLite complains about, the first few. */
  readonly problems: readonly string[];
  /** Whether all pages were read. */
  readonly isReadThrough: boolean;
  /** The latest time that was ever written down, in milliseconds since 1970. */
  readonly latestMs: number;
}

/** The version of SQLite, which shows that its native part can be loaded. */
export function readSqliteVersion(): string {
  const db = new Database(':memory:');
  try {
    return String(db.prepare('SELECT sqlite_version()').pluck().get());
  } finally {
    db.close();
  }
}

/** Reads a database beside a running node or without one. Throws QRT_STORE_*. */
export function examineStore({ path, vat, bytesMax }: ExamineInput): Examined {
  return guarded(path, () => {
    const db = openReadOnly(path);
    try {
      checkHeader(db, { path, vat });
      const bytes = sizeOf(path) + sizeOf(`${path}-wal`);
      const isReadThrough = bytes <= bytesMax;
      return {
        schema: db.pragma('user_version', { simple: true }) as number,
        schemaKnown: SCHEMA_VERSION,
        bytes,
        problems: isReadThrough ? quickCheck(db) : [],
        isReadThrough,
        latestMs: Number(db.prepare(LATEST).pluck().get()),
      };
    } finally {
      db.close();
    }
  });
}

/** A link as far as its operator may have to do something about it. */
export interface ExaminedLink {
  readonly vat: string;
  readonly petname: string | null;
  readonly state: string;
  readonly reason: string;
  readonly urls: readonly string[];
  /** Items that await their receipt, and when the oldest was queued. */
  readonly waiting: number;
  readonly oldestMs: number | null;
}

/** Links that are not dropped, those with something to tell first, and how many there are. */
export function examineLinks({ path, limit }: { readonly path: string; readonly limit: number }): {
  readonly links: readonly ExaminedLink[];
  readonly total: number;
} {
  return guarded(path, () => {
    const db = openReadOnly(path);
    try {
      const rows = db.prepare(LINKS).all({ limit }) as (ExaminedLink & LinkUrls)[];
      const links = rows.map(({ known, hint, ...link }) => {
        const urls = JSON.parse(known) as string[];
        return { ...link, urls: urls.length === 0 && hint !== null ? [hint] : urls };
      });
      return { links, total: Number(db.prepare(COUNT_LINKS).pluck().get()) };
    } finally {
      db.close();
    }
  });
}

interface LinkUrls {
  readonly known: string;
  readonly hint: string | null;
}

const LINKS = `
  SELECT link.vat, petname, state, reason, coalesce(contact.urls, '[]') AS known, contact.hint,
    count(outbox.number) AS waiting, min(queued_ms) AS oldestMs
  FROM link LEFT JOIN contact ON contact.vat = link.vat
    LEFT JOIN outbox ON outbox.link = link.id
  WHERE state <> 'dropped'
  GROUP BY link.id ORDER BY state = 'ok', waiting = 0, link.id LIMIT :limit`;

const COUNT_LINKS = "SELECT count(*) FROM link WHERE state <> 'dropped'";

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

function quickCheck(db: Database.Database): readonly string[] {
  const rows = db.pragma(`quick_check(${DOCTOR_PROBLEMS_MAX})`) as { quick_check: string }[];
  return rows.map((row) => row.quick_check).filter((text) => text !== 'ok');
}

const LATEST = `
  SELECT max(
    (SELECT coalesce(max(time_ms), 0) FROM log),
    (SELECT coalesce(max(time_ms), 0) FROM request),
    (SELECT coalesce(max(time_ms), 0) FROM quarantine),
    (SELECT coalesce(max(queued_ms), 0) FROM outbox),
    (SELECT max(created_ms) FROM owner))`;
