// Links and their c-lists as rows: lanes both ways, exports, imports, ways back of forwards.

import type { Database } from 'better-sqlite3';
import type { LocalId, VatId } from '../core/ids.ts';
import type { ImportRow, ItemOrigin, LinkRow, LinkStore, NameKind } from '../kernel/store-port.ts';

type LinkColumns = Record<string, string | number | Uint8Array | null>;

/** Rows of imports that are kept in memory; who changes them in another way MUST clear it. */
export type RememberedImports = Map<LocalId, ImportRow>;

/** The link part of a vat's store. */
export function makeLinkStore(db: Database, remembered: RememberedImports): LinkStore {
  const imports = makeImports(db, remembered);
  return { ...makeLinks(db), ...makeExports(db), ...imports, ...makeForwards(db) };
}

type LinkMethods = 'links' | 'insertLink' | 'updateLink';

function makeLinks(db: Database): Pick<LinkStore, LinkMethods> {
  const all = db.prepare('SELECT * FROM link ORDER BY id');
  const insert = db.prepare(`INSERT INTO link VALUES (
    @id, @vat, @state, @reason, @petname, @is_known, @next_export, @record_sent, @gaps, @refusals,
    @last_refusal, @out1_next, @out1_tail, @out1_receipted, @out1_receipted_tail,
    @out2_next, @out2_tail, @out2_receipted, @out2_receipted_tail,
    @in1_next, @in1_tail, @in2_next, @in2_tail, @opened_by, @seen_export,
    @given_export)`);
  const update = db.prepare(`UPDATE link SET
    state = @state, reason = @reason, petname = @petname, is_known = @is_known, next_export = @next_export,
    record_sent = @record_sent, gaps = @gaps, refusals = @refusals, last_refusal = @last_refusal,
    out1_next = @out1_next, out1_tail = @out1_tail, out1_receipted = @out1_receipted,
    out1_receipted_tail = @out1_receipted_tail, out2_next = @out2_next, out2_tail = @out2_tail,
    out2_receipted = @out2_receipted, out2_receipted_tail = @out2_receipted_tail,
    in1_next = @in1_next, in1_tail = @in1_tail, in2_next = @in2_next, in2_tail = @in2_tail,
    seen_export = @seen_export, given_export = @given_export
    WHERE id = @id`);
  return {
    links: () => (all.all() as LinkColumns[]).map(parseLink),
    insertLink: (link) =>
      void insert.run({ ...linkColumns(link), opened_by: link.openedBy ?? null }),
    updateLink: (link) => void update.run(linkColumns(link)),
  };
}

function linkColumns(link: LinkRow): LinkColumns {
  const columns: LinkColumns = {
    id: link.id,
    vat: link.vat,
    state: link.state,
    reason: link.reason,
    petname: link.petname ?? null,
    is_known: link.isKnownToPeer ? 1 : 0,
    next_export: link.nextExport,
    record_sent: link.recordSent,
    gaps: link.gaps,
    refusals: link.refusals,
    last_refusal: link.lastRefusal,
    seen_export: link.seenExport,
    given_export: link.givenExport,
  };
  for (const index of [0, 1] as const) {
    const sending = link.sending[index];
    const receiving = link.receiving[index];
    columns[`out${index + 1}_next`] = sending.next;
    columns[`out${index + 1}_tail`] = sending.tail;
    columns[`out${index + 1}_receipted`] = sending.receipted;
    columns[`out${index + 1}_receipted_tail`] = sending.receiptedTail;
    columns[`in${index + 1}_next`] = receiving.next;
    columns[`in${index + 1}_tail`] = receiving.tail;
  }
  return columns;
}

function parseLink(row: LinkColumns): LinkRow {
  const sending = (lane: number) => ({
    next: row[`out${lane}_next`] as number,
    tail: row[`out${lane}_tail`] as Uint8Array,
    receipted: row[`out${lane}_receipted`] as number,
    receiptedTail: row[`out${lane}_receipted_tail`] as Uint8Array,
  });
  const receiving = (lane: number) => ({
    next: row[`in${lane}_next`] as number,
    tail: row[`in${lane}_tail`] as Uint8Array,
  });
  return {
    id: row['id'] as number,
    vat: row['vat'] as VatId,
    state: row['state'] as LinkRow['state'],
    reason: row['reason'] as string,
    petname: (row['petname'] as string | null) ?? undefined,
    isKnownToPeer: row['is_known'] === 1,
    nextExport: row['next_export'] as number,
    recordSent: row['record_sent'] as number,
    gaps: row['gaps'] as number,
    refusals: row['refusals'] as number,
    lastRefusal: row['last_refusal'] as string,
    openedBy: (row['opened_by'] as Uint8Array | null) ?? undefined,
    seenExport: row['seen_export'] as number,
    givenExport: row['given_export'] as number,
    sending: [sending(1), sending(2)],
    receiving: [receiving(1), receiving(2)],
  };
}

type ExportMethods =
  | 'exported'
  | 'exportNameOf'
  | 'exportRight'
  | 'insertExport'
  | 'countExportSent';

interface RightColumns {
  readonly given: number;
  readonly swiss_hash: Uint8Array | null;
}

function makeExports(db: Database): Pick<LinkStore, ExportMethods> {
  const exported = db
    .prepare('SELECT local FROM export WHERE link = ? AND kind = ? AND number = ?')
    .pluck();
  const nameOf = db.prepare(
    `SELECT kind, number FROM export WHERE link = ? AND local = ? AND number > 0
    ORDER BY kind, number LIMIT 1`,
  );
  const right = db.prepare(
    'SELECT given, swiss_hash FROM export WHERE link = ? AND kind = ? AND number = ?',
  );
  const insert = db.prepare('INSERT INTO export VALUES (?, ?, ?, ?, 0, 0, ?, 0)');
  const countSent = db.prepare(`
    UPDATE export SET sent = sent + ?, given = max(given, ?)
    WHERE link = ? AND kind = ? AND number = ?`);
  return {
    exported: ({ link, kind, number }) => exported.get(link, kind, number) as LocalId | undefined,
    exportNameOf: (link, local) =>
      nameOf.get(link, local) as { kind: NameKind; number: number } | undefined,
    exportRight: ({ link, kind, number }) => {
      const row = right.get(link, kind, number) as RightColumns | undefined;
      return row && { isGiven: row.given === 1, swissHash: row.swiss_hash ?? undefined };
    },
    insertExport: ({ link, kind, number, local, swissHash }) =>
      void insert.run(link, kind, number, local, swissHash ?? null),
    countExportSent: ({ link, kind, number, isGiven, mentions = 1 }) =>
      void countSent.run(mentions, isGiven ? 1 : 0, link, kind, number),
  };
}

interface ImportColumns {
  readonly id: LocalId;
  readonly link: number;
  readonly kind: ImportRow['kind'];
  readonly number: number;
  readonly is_live: number;
}

function parseImport(row: unknown): ImportRow | undefined {
  if (!row) return undefined;
  const { id, link, kind, number, is_live } = row as ImportColumns;
  return { id, link, kind, number, isLive: is_live === 1 };
}

/** Every message to a peer asks for its target's row, which hardly ever changes. */
const REMEMBERED_MAX = 1_000;

type ImportMethods =
  | 'importOf'
  | 'importById'
  | 'importOfSwissHash'
  | 'insertImport'
  | 'killImport'
  | 'countImportReceived';

function makeImports(db: Database, remembered: RememberedImports): Pick<LinkStore, ImportMethods> {
  const byName = db.prepare('SELECT * FROM import WHERE link = ? AND kind = ? AND number = ?');
  const byId = db.prepare('SELECT * FROM import WHERE id = ?');
  const bySwiss = db.prepare('SELECT * FROM import WHERE link = ? AND swiss_hash = ?');
  const insert = db.prepare('INSERT INTO import VALUES (?, ?, ?, ?, ?, ?, 0)');
  const kill = db.prepare('UPDATE import SET is_live = 0, swiss_hash = NULL WHERE id = ?');
  const countReceived = db.prepare('UPDATE import SET received = received + 1 WHERE id = ?');
  const readById = (id: LocalId): ImportRow | undefined => {
    const row = parseImport(byId.get(id));
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    if (row) remembered.set(id, row);
    return row;
  };
  return {
    importOf: ({ link, kind, number }) => parseImport(byName.get(link, kind, number)),
    importById: (id) => remembered.get(id) ?? readById(id),
    importOfSwissHash: (link, hash) => parseImport(bySwiss.get(link, hash)),
    insertImport: ({ id, link, kind, number, isLive }, swissHash) =>
      void insert.run(id, link, kind, number, isLive ? 1 : 0, swissHash ?? null),
    killImport: (id) => {
      remembered.delete(id);
      kill.run(id);
    },
    countImportReceived: (id) => void countReceived.run(id),
  };
}

function makeForwards(
  db: Database,
): Pick<LinkStore, 'insertForward' | 'forwardOrigin' | 'deleteForward' | 'trimForwards'> {
  const insert = db.prepare('INSERT INTO forward VALUES (?, ?, ?, ?)');
  const origin = db.prepare(
    'SELECT origin_link AS link, origin_number AS number FROM forward WHERE link = ? AND number = ?',
  );
  const remove = db.prepare('DELETE FROM forward WHERE link = ? AND number = ?');
  const trim = db.prepare('DELETE FROM forward WHERE link = ? AND number < ?');
  return {
    insertForward: ({ link, number, origin: from }) =>
      void insert.run(link, number, from.link, from.number),
    forwardOrigin: (link, number) => origin.get(link, number) as ItemOrigin | undefined,
    deleteForward: (link, number) => void remove.run(link, number),
    trimForwards: (link, below) => void trim.run(link, below),
  };
}
