// Renumber: what is held for a peer gets new numbers, and names that mean nothing any more go.
//
// Rows are set aside under the negative of their number, so that no old number is in the way of a
// new one. All of it happens within one transaction of the kernel.

import type { Database, Statement } from 'better-sqlite3';
import type { LocalId } from '../core/ids.ts';
import type {
  AsideItem,
  AsideName,
  Choice,
  RenumberStore,
  SendRequestRow,
} from '../kernel/settle-store-port.ts';
import { deleteZeroing } from './outbox.ts';

/** The numbering part of a vat's store. `forget` drops what is remembered of imports. */
export function makeRenumberStore(db: Database, forget: () => void): RenumberStore {
  return {
    ...makeAside(db, forget),
    ...makeItems(db),
    ...makeNames(db),
    ...makeImports(db, forget),
    ...makeRequests(db),
  };
}

function makeAside(
  db: Database,
  forget: () => void,
): Pick<RenumberStore, 'updateAside' | 'deleteAside'> {
  const items = db.prepare(
    'UPDATE outbox SET number = -number WHERE link = ? AND lane = ? AND number >= ?',
  );
  const forwards = db.prepare('UPDATE forward SET number = -number WHERE link = ? AND number >= ?');
  const exports = db.prepare(
    'UPDATE export SET number = -number WHERE link = ? AND kind = ? AND number >= ?',
  );
  const redeems = db.prepare(`
    UPDATE import SET number = -number WHERE link = ? AND kind = 'item' AND number >= ?`);
  const kill = db.prepare(`
    UPDATE import SET kind = 'gone', number = CAST(substr(id, 2) AS INTEGER), is_live = 0,
      swiss_hash = NULL
    WHERE link = ? AND number < 0`);
  const left = ['export', 'forward', 'outbox'].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE link = ? AND number < 0`),
  );
  return {
    updateAside: ({ link, lanes, common, exports: ours, redeemed }) => {
      forget();
      deleteZeroing(db, () => {
        for (const lane of [1, 2] as const) items.run(link, lane, lanes[lane - 1]);
      });
      forwards.run(link, common);
      redeems.run(link, common);
      exports.run(link, 'export', ours);
      exports.run(link, 'item', redeemed);
    },
    deleteAside: (link) => {
      forget();
      kill.run(link);
      deleteZeroing(db, () => {
        for (const statement of left) statement.run(link);
      });
    },
  };
}

interface ItemColumns {
  readonly number: number;
  readonly item: Uint8Array;
  readonly share: string;
  readonly queued_ms: number;
  readonly choice: Choice | null;
}

function makeItems(db: Database): Pick<RenumberStore, 'asideItems' | 'asideOrigin'> {
  const items = db.prepare(`
    SELECT -outbox.number AS number, item, share, queued_ms, choice
    FROM outbox LEFT JOIN settle_choice
      ON lane = 1 AND settle_choice.link = outbox.link AND settle_choice.number = -outbox.number
    WHERE outbox.link = ? AND lane = ? AND outbox.number < ? ORDER BY outbox.number DESC LIMIT ?`);
  const origin = db.prepare(
    'SELECT origin_link AS link, origin_number AS number FROM forward WHERE link = ? AND number = ?',
  );
  return {
    asideItems: ({ link, lane, after, rowsMax }) =>
      (items.all(link, lane, -after, rowsMax) as ItemColumns[]).map(
        ({ choice, queued_ms: queuedMs, ...row }): AsideItem => ({
          ...row,
          queuedMs,
          choice: choice ?? undefined,
        }),
      ),
    asideOrigin: (link, number) =>
      origin.get(link, -number) as { link: number; number: number } | undefined,
  };
}

interface NameColumns {
  readonly local: LocalId;
  readonly given: number;
  readonly swiss_hash: Uint8Array | null;
}

type NameMethods = 'asideName' | 'asideExportOf' | 'updateExportNumber';

function makeNames(db: Database): Pick<RenumberStore, NameMethods> {
  const name = db.prepare(
    'SELECT local, given, swiss_hash FROM export WHERE link = ? AND kind = ? AND number = ?',
  );
  const exportOf = db
    .prepare(`
      SELECT -number FROM export WHERE link = ? AND local = ? AND kind = 'export' AND number < 0`)
    .pluck();
  const move = db.prepare(`
    UPDATE export SET number = ?, sent = 0, told = 0 WHERE link = ? AND kind = 'export' AND number = ?`);
  return {
    asideName: ({ link, kind, number }): AsideName | undefined => {
      const row = name.get(link, kind, -number) as NameColumns | undefined;
      if (!row) return undefined;
      const { local, given, swiss_hash: swissHash } = row;
      return { local, isGiven: given === 1, swissHash: swissHash ?? undefined };
    },
    asideExportOf: (link, local) => exportOf.get(link, local) as number | undefined,
    updateExportNumber: ({ link, from, to }) => void move.run(to, link, -from),
  };
}

type ImportMethods = 'asideImport' | 'updateImportNumber' | 'killImports';

function makeImports(db: Database, forget: () => void): Pick<RenumberStore, ImportMethods> {
  const aside = db
    .prepare("SELECT id FROM import WHERE link = ? AND kind = 'item' AND number = ?")
    .pluck();
  const move = db.prepare(
    "UPDATE import SET number = ? WHERE link = ? AND kind = 'item' AND number = ?",
  );
  const kill = db.prepare(`
    UPDATE import SET is_live = 0, swiss_hash = NULL
    WHERE link = ? AND kind = 'export' AND number >= ?`);
  return {
    asideImport: (link, number) => aside.get(link, -number) as LocalId | undefined,
    updateImportNumber: ({ link, from, to }) => {
      forget();
      move.run(to, link, -from);
    },
    killImports: (link, from) => {
      forget();
      kill.run(link, from);
    },
  };
}

function makeRequests(db: Database): Pick<RenumberStore, 'sendRequests' | 'updateSendRequest'> {
  const sends: Statement = db.prepare(`
    SELECT id, json_extract(reply, '$.number') AS number FROM request
    WHERE json_extract(reply, '$.to') = 'outbox' AND json_extract(reply, '$.peer') = ?
      AND json_extract(reply, '$.number') >= ?`);
  const move = db.prepare("UPDATE request SET reply = json_set(reply, '$.number', ?) WHERE id = ?");
  const end = db.prepare("UPDATE request SET reply = json_set(reply, '$.ended', ?) WHERE id = ?");
  return {
    sendRequests: (vat, from) => sends.all(vat, from) as SendRequestRow[],
    updateSendRequest: (id, now) => {
      if ('number' in now) move.run(now.number, id);
      else end.run(now.ended, id);
    },
  };
}
