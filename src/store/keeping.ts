// Keeping: rows that housekeeping reads and ends, of deleted objects and of peers.

import type { Database } from 'better-sqlite3';
import type {
  Amount,
  PeerCounts,
  PeerStore,
  TombstoneStore,
} from '../kernel/keeping-store-port.ts';
import type { Usage } from '../kernel/outbox-store-port.ts';
import { deleteZeroing } from './outbox.ts';

/** The tombstones of objects. */
export function makeTombstoneStore(db: Database): TombstoneStore {
  const live = db.prepare("SELECT 1 FROM object WHERE id = ? AND state = 'live'").pluck();
  const remove = db.prepare(
    "UPDATE object SET state = 'deleted', body = '{}', slots = '[]', natives = '{}' WHERE id = ?",
  );
  const holders = db
    .prepare("SELECT count(*) FROM object WHERE memory = ? AND state = 'live'")
    .pluck();
  const swissnums = db
    .prepare('SELECT count(*) FROM swissnum WHERE object = ? AND revoked_ms IS NULL')
    .pluck();
  return {
    isLiveObject: (id) => live.get(id) !== undefined,
    updateObjectDeleted: (id) => void remove.run(id),
    countHolders: (memory) => holders.get(memory) as number,
    countSwissnums: (object) => swissnums.get(object) as number,
  };
}

interface ForwardColumns {
  readonly origin_link: number;
  readonly origin_number: number;
  readonly head: Uint8Array;
}

/** What there is of each peer. */
export function makePeerStore(db: Database): PeerStore {
  // A message's head ends with its first newline; its body may be large and is not wanted.
  const forwards = db.prepare(`
    SELECT origin_link, origin_number, substr(item, 1, instr(item, x'0a')) AS head
    FROM forward JOIN outbox USING (link, number)
    WHERE link = ? AND lane = 1 ORDER BY number`);
  const freed = db.prepare(`
    SELECT share, count(*) AS rows, sum(length(item)) AS bytes FROM outbox WHERE link = ?
    GROUP BY share`);
  const removeItems = db.prepare('DELETE FROM outbox WHERE link = ?');
  const removeForwards = db.prepare('DELETE FROM forward WHERE link = ?');
  return {
    peerCounts: makePeerCounts(db),
    waitingForwards: (link) =>
      (forwards.all(link) as ForwardColumns[]).map((row) => ({
        origin: { link: row.origin_link, number: row.origin_number },
        head: row.head,
      })),
    deleteOutboxOf: (link) => {
      const counts = freed.all(link) as Usage[];
      deleteZeroing(db, () => removeItems.run(link));
      return counts;
    },
    deleteForwardsOf: (link) => void removeForwards.run(link),
  };
}

interface CountColumns {
  readonly link: number;
  readonly rows: number;
  readonly bytes: number;
}

function makePeerCounts(db: Database): PeerStore['peerCounts'] {
  const queries = {
    exports: 'SELECT link, count(*) AS rows, 0 AS bytes FROM export GROUP BY link',
    imports: 'SELECT link, count(*) AS rows, 0 AS bytes FROM import GROUP BY link',
    inbox: `
      SELECT origin_link AS link, count(*) AS rows, sum(bytes) AS bytes FROM inbox
      WHERE origin_link IS NOT NULL GROUP BY origin_link`,
    answers: `
      SELECT link, count(*) AS rows, sum(length(item)) AS bytes FROM outbox WHERE lane = 2
      GROUP BY link`,
    forwarded: `
      SELECT origin_link AS link, count(*) AS rows, sum(length(item)) AS bytes
      FROM forward JOIN outbox USING (link, number) WHERE lane = 1 GROUP BY origin_link`,
  } as const;
  const read = (sql: string): (() => ReadonlyMap<number, CountColumns>) => {
    const query = db.prepare(sql);
    return () => new Map((query.all() as CountColumns[]).map((row) => [row.link, row]));
  };
  const readExports = read(queries.exports);
  const readImports = read(queries.imports);
  const readInbox = read(queries.inbox);
  const readAnswers = read(queries.answers);
  const readForwarded = read(queries.forwarded);
  return () => {
    const [exports, imports, inbox] = [readExports(), readImports(), readInbox()];
    const [answers, forwarded] = [readAnswers(), readForwarded()];
    const tables = [exports, imports, inbox, answers, forwarded];
    const links = new Set(tables.flatMap((table) => [...table.keys()]));
    const countOf = (link: number): PeerCounts => ({
      exports: exports.get(link)?.rows ?? 0,
      imports: imports.get(link)?.rows ?? 0,
      inbox: sum(inbox.get(link)),
      outbox: sum(answers.get(link), forwarded.get(link)),
    });
    return new Map([...links].map((link) => [link, countOf(link)]));
  };
}

function sum(...counts: readonly (CountColumns | undefined)[]): Amount {
  const add = (key: 'rows' | 'bytes'): number =>
    counts.reduce((total, count) => total + (count?.[key] ?? 0), 0);
  return { rows: add('rows'), bytes: add('bytes') };
}
