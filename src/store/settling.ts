// Settling: what links in doubt have come to, and what the operator chose for their items.

import type { Database } from 'better-sqlite3';
import type { Choice, HeldItem, SettleStore, SettlingRow } from '../kernel/settle-store-port.ts';

interface SettlingColumns {
  readonly link: number;
  readonly stage: SettlingRow['stage'];
  readonly mark: Uint8Array;
  readonly peer_mark: Uint8Array | null;
  readonly final: string | null;
  readonly peer: string | null;
  readonly fresh: number;
  readonly decided: number;
  readonly rest: Choice | null;
}

interface HeldColumns {
  readonly number: number;
  readonly head: Uint8Array;
  readonly bytes: number;
  readonly queued_ms: number;
  readonly choice: Choice | null;
}

/** The settling part of a vat's store. */
export function makeSettleStore(db: Database): SettleStore {
  const all = db.prepare('SELECT * FROM settling ORDER BY link');
  const put = db.prepare('INSERT OR REPLACE INTO settling VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const remove = db.prepare('DELETE FROM settling WHERE link = ?');
  const removeChoices = db.prepare('DELETE FROM settle_choice WHERE link = ?');
  const choose = db.prepare(`
    INSERT OR REPLACE INTO settle_choice SELECT link, number, ? FROM outbox
    WHERE link = ? AND lane = 1 AND number >= ? AND number < ?`);
  const held = db.prepare(`
    SELECT number, length(item) AS bytes, queued_ms, choice, ${HEAD} AS head
    FROM outbox LEFT JOIN settle_choice USING (link, number)
    WHERE link = ? AND lane = 1 AND number >= ? AND number < ? ORDER BY number LIMIT ?`);
  const count = db.prepare(`
    SELECT count(*) AS held, count(*) - count(choice) AS undecided
    FROM outbox LEFT JOIN settle_choice USING (link, number)
    WHERE link = ? AND lane = 1 AND number >= ? AND number < ?`);
  return {
    settlings: () => (all.all() as SettlingColumns[]).map(parseSettling),
    putSettling: ({ link, stage, mark, peerMark, final, peer, fresh, isDecided, rest }) =>
      void put.run(
        link,
        stage,
        mark,
        peerMark ?? null,
        final ?? null,
        peer ?? null,
        fresh,
        isDecided ? 1 : 0,
        rest ?? null,
      ),
    deleteSettling: (link) => {
      remove.run(link);
      removeChoices.run(link);
    },
    heldItems: ({ link, from, below, rowsMax }) =>
      (held.all(link, from, below, rowsMax) as HeldColumns[]).map(parseHeld),
    countHeld: ({ link, from, below }) =>
      count.get(link, from, below) as { held: number; undecided: number },
    putChoices: ({ link, from, below }, choice) => choose.run(choice, link, from, below).changes,
    deleteChoices: (link) => void removeChoices.run(link),
  };
}

/** A message's head ends with its first newline; its body may be large and is not wanted. */
const HEAD = "substr(item, 1, CASE instr(item, x'0a') WHEN 0 THEN 400 ELSE instr(item, x'0a') END)";

function parseSettling(row: SettlingColumns): SettlingRow {
  return {
    link: row.link,
    stage: row.stage,
    mark: row.mark,
    peerMark: row.peer_mark ?? undefined,
    final: row.final ?? undefined,
    peer: row.peer ?? undefined,
    fresh: row.fresh,
    isDecided: row.decided === 1,
    rest: row.rest ?? undefined,
  };
}

function parseHeld({ choice, queued_ms: queuedMs, ...row }: HeldColumns): HeldItem {
  return { ...row, queuedMs, choice: choice ?? undefined };
}
