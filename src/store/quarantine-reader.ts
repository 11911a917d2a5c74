// Quarantine reader: copies of messages that were taken out, as an operator looks at them, on a
// connection of its own that never writes.

import { placesOf } from '../core/capdata-places.ts';
import { isImportId, isPromiseId, isResolverId, type LocalId, promiseOf } from '../core/ids.ts';
import { guarded, openReadOnly } from './open.ts';

/** A message that was taken out, without its args. */
export interface QuarantineHead {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly target: string;
  /** The installation that the target descends from, and what it was made from. */
  readonly owner: number;
  readonly installation: string;
  readonly cause: string;
  readonly attempts: number;
  readonly trace: string;
  /** Of the args. */
  readonly bytes: number;
  readonly references: number;
}

/** One reference in the args. */
interface QuarantinedReference {
  readonly place: string;
  readonly to: string;
  /** The vat of an import. */
  readonly peer?: string;
  readonly petname?: string;
  /**
   * `gone`: nothing is behind it any more, or a resolver was used; it is carried like any other. Of
   * a promise: it was forgotten, as nobody else held it.
   */
  readonly state: 'live' | 'gone';
}

export interface QuarantinedMessage extends QuarantineHead {
  /** JSON; a reference in it is written `{"$":N}`. */
  readonly args: string;
  readonly held: readonly QuarantinedReference[];
  /** The hash of the target's code; absent when there is none. */
  readonly code?: string;
  /** Labels of the target's QRIDs. */
  readonly labels: readonly string[];
  readonly isDeleted: boolean;
}

export interface QuarantineReader {
  /** The oldest first. */
  list(): readonly QuarantineHead[];
  show(id: number): QuarantinedMessage | undefined;
  close(): void;
}

/** Reads the database at `path`. Throws QRT_STORE_CORRUPT when it cannot be read. */
export function openQuarantine(path: string): QuarantineReader {
  const db = openReadOnly(path);
  const all = <T>(sql: string, input: object = {}): T[] =>
    guarded(path, () => db.prepare(sql).all(input) as T[]);

  const describe = (place: string, id: LocalId): QuarantinedReference => {
    const [found] = all<Found>(...queryFor(id));
    const { vat, petname, isLive } = found ?? { vat: null, petname: null, isLive: 0 };
    return {
      place,
      to: id,
      ...(vat === null ? {} : { peer: vat }),
      ...(petname === null ? {} : { petname }),
      state: isLive === 1 ? 'live' : 'gone',
    };
  };

  return Object.freeze({
    list: () => all<QuarantineHead>(`${HEADS} ORDER BY quarantine.id`),
    show(id: number) {
      const [head] = all<QuarantineHead>(`${HEADS} WHERE quarantine.id = :id`, { id });
      const [row] = all<Columns>(ONE, { id });
      if (!head || !row) return undefined;
      const args = { body: row.body, slots: JSON.parse(row.slots) as LocalId[] };
      const held = [...placesOf(args, 'args')].map(({ place, slot }) => describe(place, slot));
      const labels = all<{ label: string }>(LABELS, { id: head.target }).map(({ label }) => label);
      const code = row.code === null ? {} : { code: row.code };
      return { ...head, args: row.body, held, ...code, labels, isDeleted: row.state !== 'live' };
    },
    close: () => void db.close(),
  });
}

function queryFor(id: LocalId): [sql: string, input: { readonly id: LocalId }] {
  if (isImportId(id)) return [IMPORT, { id }];
  if (isPromiseId(id)) return [PROMISE, { id }];
  return isResolverId(id) ? [RESOLVER, { id: promiseOf(id) }] : [OBJECT, { id }];
}

interface Found {
  readonly vat: string | null;
  readonly petname: string | null;
  readonly isLive: number;
}

interface Columns {
  readonly body: string;
  readonly slots: string;
  readonly code: string | null;
  readonly state: string | null;
}

const HEADS = `
  SELECT quarantine.id, time_ms AS timeMs, target, owner, coalesce(owner.name, '') AS installation,
    cause, attempts, trace, length(CAST(body AS BLOB)) AS bytes,
    json_array_length(slots) AS "references"
  FROM quarantine LEFT JOIN owner ON owner.id = quarantine.owner`;

const ONE = `
  SELECT quarantine.body, quarantine.slots, object.code, object.state
  FROM quarantine LEFT JOIN object ON object.id = target WHERE quarantine.id = :id`;

const LABELS = `
  SELECT label FROM swissnum WHERE object = :id AND label <> '' AND revoked_ms IS NULL
  ORDER BY made_ms, label LIMIT 20`;

const OBJECT = `
  SELECT NULL AS vat, NULL AS petname, state = 'live' AS isLive FROM object WHERE id = :id`;

const PROMISE = 'SELECT NULL AS vat, NULL AS petname, 1 AS isLive FROM promise WHERE id = :id';

/** By its promise. */
const RESOLVER = `
  SELECT NULL AS vat, NULL AS petname, state = 'pending' AND follows IS NULL AS isLive
  FROM promise WHERE id = :id`;

const IMPORT = `
  SELECT vat, petname, is_live AND state <> 'dropped' AS isLive
  FROM import JOIN link ON link.id = import.link WHERE import.id = :id`;
