// Page reader: what `qrt ui` shows of a vat's database, on a connection that never writes.
//
// It is asked again and again while the node runs, so no query reads the bodies of all rows: one
// object's are read when somebody looks at it.

import { guarded, openReadOnly } from './open.ts';

/** An object without its bodies and references. `head` is the beginning of its code. */
export interface ObjectHead {
  readonly id: string;
  readonly owner: number;
  readonly installation: string;
  readonly head: string;
  readonly memory: string | null;
}

/** A reference that an object holds, by its power or by its memory. */
interface HeldReference {
  readonly from: string;
  readonly to: string;
  readonly via: 'power' | 'memory';
}

export interface ObjectInFull {
  readonly id: string;
  readonly owner: number;
  readonly installation: string;
  readonly code: string;
  readonly text: string;
  readonly body: string;
  readonly slots: readonly string[];
  readonly natives: Readonly<Record<string, string>>;
  readonly memory: string | null;
}

interface ImportHead {
  readonly id: string;
  readonly vat: string;
  readonly petname: string | null;
  readonly isLive: number;
}

export interface StoredValue {
  readonly body: string;
  readonly slots: readonly string[];
}

interface WaitingMessage extends StoredValue {
  readonly seq: number;
  readonly share: string;
  readonly trace: string;
  readonly attempts: number;
  /** The peer that sent it; null when it comes from this vat. */
  readonly peer: string | null;
}

export interface LinkHead {
  readonly vat: string;
  readonly petname: string | null;
  readonly state: string;
  readonly reason: string;
  readonly gaps: number;
  readonly refusals: number;
  readonly lastRefusal: string;
  readonly sent1: number;
  readonly sent2: number;
  readonly receipted1: number;
  readonly receipted2: number;
  readonly received1: number;
  readonly received2: number;
  readonly rows: number;
  readonly bytes: number;
  readonly oldestMs: number | null;
}

interface LogLine {
  readonly seq: number;
  readonly timeMs: number;
  readonly level: string;
  readonly source: string;
  readonly text: string;
}

/** What a stopped node can tell of itself. */
interface StoredTotals {
  readonly inboxRows: number;
  readonly inboxBytes: number;
  readonly outboxRows: number;
  readonly outboxBytes: number;
  readonly turns: number;
  readonly commits: number;
  readonly quarantined: number;
}

export interface PageReader {
  /** Another number whenever somebody else has committed. */
  version(): number;
  /** The oldest `limit` live objects. */
  objects(limit: number): readonly ObjectHead[];
  countObjects(): number;
  /** The first `limit` references that the oldest `objects` live objects hold, each once. */
  references(input: { objects: number; limit: number }): readonly HeldReference[];
  imports(limit: number): readonly ImportHead[];
  /** Undefined when there is no such object, or it was deleted. */
  object(id: string): ObjectInFull | undefined;
  memory(id: string): StoredValue | undefined;
  holdersOf(memory: string, limit: number): readonly string[];
  waiting(input: { owner: number; target: string; limit: number }): readonly WaitingMessage[];
  countWaiting(owner: number, target: string): number;
  totals(): StoredTotals;
  links(limit: number): readonly LinkHead[];
  countLinks(): number;
  /** The newest `limit` lines after line `after`, oldest first. */
  log(after: number, limit: number): readonly LogLine[];
  close(): void;
}

/** Reads the database at `path`. Throws QRT_STORE_CORRUPT when it cannot be read. */
export function openPageReader(path: string): PageReader {
  const db = openReadOnly(path);
  const all = <T>(sql: string, ...input: readonly unknown[]): T[] =>
    guarded(path, () => db.prepare(sql).all(...input) as T[]);
  const one = <T>(sql: string, ...input: readonly unknown[]): T | undefined =>
    guarded(path, () => db.prepare(sql).get(...input) as T | undefined);
  const count = (sql: string, ...input: readonly unknown[]): number =>
    one<{ count: number }>(sql, ...input)?.count ?? 0;

  return Object.freeze({
    version: () => guarded(path, () => db.pragma('data_version', { simple: true }) as number),
    objects: (limit: number) => all<ObjectHead>(OBJECTS, limit),
    countObjects: () => count("SELECT count(*) AS count FROM object WHERE state = 'live'"),
    references: ({ objects, limit }: { objects: number; limit: number }) =>
      guarded(path, () => {
        // Row by row: all slots of a vat may be far more than a page is told of.
        const rows = db.prepare(HOLDINGS).iterate(objects) as Iterable<Holdings>;
        return takeReferences(rows, limit);
      }),
    imports: (limit: number) => all<ImportHead>(IMPORTS, limit),
    object(id: string) {
      const row = one<Stored<ObjectInFull> & { natives: string }>(OBJECT, id);
      return row && { ...withSlots(row), natives: JSON.parse(row.natives) };
    },
    memory(id: string) {
      const row = one<Stored<StoredValue>>('SELECT body, slots FROM memory WHERE id = ?', id);
      return row && withSlots(row);
    },
    holdersOf: (memory: string, limit: number) =>
      all<{ id: string }>(HOLDERS, memory, limit).map(({ id }) => id),
    waiting: ({ owner, target, limit }: { owner: number; target: string; limit: number }) =>
      all<Stored<WaitingMessage>>(WAITING, owner, target, limit).map(withSlots),
    countWaiting: (owner: number, target: string) => count(COUNT_WAITING, owner, target),
    totals: () => one<StoredTotals>(TOTALS)!,
    links: (limit: number) => all<LinkHead>(LINKS, limit),
    countLinks: () => count('SELECT count(*) AS count FROM link'),
    log: (after: number, limit: number) => all<LogLine>(LOG, after, limit).reverse(),
    close: () => void db.close(),
  });
}

/** What one object holds, as it is stored. */
interface Holdings {
  readonly id: string;
  readonly power: string;
  readonly memory: string | null;
}

function takeReferences(rows: Iterable<Holdings>, limit: number): HeldReference[] {
  const found: HeldReference[] = [];
  for (const row of rows) {
    for (const via of ['power', 'memory'] as const) {
      for (const to of new Set(parse(row[via] ?? '[]'))) {
        found.push({ from: row.id, to, via });
        if (found.length === limit) return found;
      }
    }
  }
  return found;
}

/** A row as it is stored, with its slots as JSON. */
type Stored<T> = Omit<T, 'slots'> & { readonly slots: string };

const parse = (text: string): string[] => JSON.parse(text) as string[];

const withSlots = <T extends { readonly slots: string }>(row: T) => ({
  ...row,
  slots: parse(row.slots),
});

const OBJECTS = `
  SELECT object.id, owner, owner.name AS installation, substr(code.text, 1, 200) AS head, memory
  FROM object JOIN owner ON owner.id = object.owner JOIN code ON code.hash = object.code
  WHERE state = 'live' ORDER BY object.rowid LIMIT ?`;

const OBJECT = `
  SELECT object.id, owner, owner.name AS installation, code, text, body, slots, natives, memory
  FROM object JOIN owner ON owner.id = object.owner JOIN code ON code.hash = object.code
  WHERE state = 'live' AND object.id = ?`;

const HOLDINGS = `
  SELECT object.id, object.slots AS power, memory.slots AS memory
  FROM object LEFT JOIN memory ON memory.id = object.memory
  WHERE state = 'live' ORDER BY object.rowid LIMIT ?`;

const IMPORTS = `
  SELECT import.id, link.vat, petname, is_live AS isLive
  FROM import JOIN link ON link.id = import.link ORDER BY link.id, number LIMIT ?`;

const HOLDERS = "SELECT id FROM object WHERE memory = ? AND state = 'live' ORDER BY rowid LIMIT ?";

const WAITING = `
  SELECT seq, share, trace, attempts_limit + attempts_unknown AS attempts, body, slots,
    (SELECT vat FROM link WHERE id = origin_link) AS peer
  FROM inbox WHERE owner = ? AND target = ? ORDER BY seq LIMIT ?`;

const COUNT_WAITING = 'SELECT count(*) AS count FROM inbox WHERE owner = ? AND target = ?';

const TOTALS = `
  SELECT (SELECT count(*) FROM inbox) AS inboxRows,
    (SELECT coalesce(sum(bytes), 0) FROM inbox) AS inboxBytes,
    (SELECT count(*) FROM outbox) AS outboxRows,
    (SELECT coalesce(sum(length(item)), 0) FROM outbox) AS outboxBytes,
    turns_done AS turns, commits, (SELECT count(*) FROM quarantine) AS quarantined
  FROM counters`;

const LINKS = `
  SELECT vat, petname, state, reason, gaps, refusals, last_refusal AS lastRefusal,
    out1_next - 1 AS sent1, out2_next - 1 AS sent2,
    out1_receipted - 1 AS receipted1, out2_receipted - 1 AS receipted2,
    max(in1_next - 1, 0) AS received1, max(in2_next - 1, 0) AS received2,
    count(item) AS rows, coalesce(sum(length(item)), 0) AS bytes, min(queued_ms) AS oldestMs
  FROM link LEFT JOIN outbox ON outbox.link = link.id
  GROUP BY link.id ORDER BY state = 'doubt' DESC, state = 'ok' DESC, rows DESC, link.id LIMIT ?`;

const LOG = `
  SELECT seq, time_ms AS timeMs, level, source, text FROM log WHERE seq > ?
  ORDER BY seq DESC LIMIT ?`;
