// Promise names as rows: promises that peers know, and promises that peers decide.

import type { Database } from 'better-sqlite3';
import type { LocalId } from '../core/ids.ts';
import type { PromiseExport, PromiseName, PromiseNameStore } from '../kernel/promise-store-port.ts';

/** The part of a vat's store that is about names of promises. */
export function makePromiseNameStore(db: Database): PromiseNameStore {
  return { ...makeDecided(db), ...makeExported(db) };
}

type DecidedMethods = 'promiseOfName' | 'promisesOfPeers' | 'countEarly';

function makeDecided(db: Database): Pick<PromiseNameStore, DecidedMethods> {
  const byName = db
    .prepare('SELECT id FROM promise WHERE link = ? AND name = ? AND number = ?')
    .pluck();
  const all = db.prepare('SELECT id FROM promise WHERE link IS NOT NULL ORDER BY id').pluck();
  const ofLink = db.prepare('SELECT id FROM promise WHERE link = ? ORDER BY id').pluck();
  const early = db
    .prepare("SELECT count(*) FROM promise WHERE link = ? AND name = 'export' AND number > ?")
    .pluck();
  return {
    countEarly: (link, above) => early.get(link, above) as number,
    promiseOfName: ({ link, kind, number }) =>
      byName.get(link, kind, number) as LocalId | undefined,
    promisesOfPeers: (link) => (link === undefined ? all.all() : ofLink.all(link)) as LocalId[],
  };
}

function makeExported(db: Database): Omit<PromiseNameStore, DecidedMethods> {
  // The words of the index `export_promise`, so that it serves.
  const isPromise = "local GLOB 'p*'";
  const any = db.prepare(`SELECT 1 FROM export WHERE ${isPromise} LIMIT 1`).pluck();
  const is = db.prepare(`SELECT 1 FROM export WHERE local = ? AND ${isPromise} LIMIT 1`).pluck();
  const of = db.prepare(`
    SELECT link, kind, number, local, sent FROM export WHERE local = ? AND ${isPromise}
    ORDER BY link, kind, number`);
  const named = db.prepare(`
    SELECT link, kind, number, local, sent FROM export
    WHERE link = ? AND kind = ? AND number = ? AND ${isPromise}`);
  const untold = db.prepare(`
    SELECT export.link, export.kind, export.number, local, sent
    FROM export JOIN promise ON promise.id = local
    WHERE told = 0 AND ${isPromise} AND state <> 'pending'
    ORDER BY export.link, export.kind, export.number`);
  const told = db.prepare('UPDATE export SET told = ? WHERE link = ? AND kind = ? AND number = ?');
  const remove = db.prepare('DELETE FROM export WHERE link = ? AND kind = ? AND number = ?');
  const ofLink = db
    .prepare(`DELETE FROM export WHERE link = ? AND ${isPromise} RETURNING local`)
    .pluck();
  const aside = db
    .prepare(`SELECT local FROM export WHERE link = ? AND number < 0 AND ${isPromise}`)
    .pluck();
  const clear = db.prepare(
    `UPDATE export SET sent = 0 WHERE link = ? AND number > 0 AND ${isPromise}`,
  );
  const unsent = db.prepare(`
    SELECT link, kind, number, local, sent FROM export
    WHERE link = ? AND sent = 0 AND number > 0 AND ${isPromise} ORDER BY kind, number`);
  const answers = db.prepare(`
    SELECT export.link, export.kind, export.number,
      iif(state = 'pending', 0, length(CAST(body AS BLOB))) AS bytes
    FROM export JOIN promise ON promise.id = local WHERE export.kind = 'item' AND ${isPromise}`);
  return {
    hasPromiseExports: () => any.get() !== undefined,
    isExported: (promise) => is.get(promise) !== undefined,
    exportsOfPromise: (promise) => of.all(promise) as PromiseExport[],
    promiseExport: ({ link, kind, number }) =>
      named.get(link, kind, number) as PromiseExport | undefined,
    untoldExports: () => untold.all() as PromiseExport[],
    updateExportTold: ({ link, kind, number }, isTold) =>
      void told.run(isTold ? 1 : 0, link, kind, number),
    deleteExport: ({ link, kind, number }) => void remove.run(link, kind, number),
    deletePromiseExports: (link) => ofLink.all(link) as LocalId[],
    clearExportSent: (link) => void clear.run(link),
    unsentExports: (link) => unsent.all(link) as PromiseExport[],
    asidePromises: (link) => aside.all(link) as LocalId[],
    peerAnswers: () => answers.all() as (PromiseName & { bytes: number })[],
  };
}
