// Objects, code, memory, owners and grants as rows.

import type { Database } from 'better-sqlite3';
import type { CodeHash, LocalId } from '../core/ids.ts';
import type { Capdata, NativeType } from '../core/power.ts';
import type { ObjectStore, StoredObject } from '../kernel/store-port.ts';

interface ObjectColumns {
  readonly id: LocalId;
  readonly owner: number;
  readonly code: CodeHash;
  readonly body: string;
  readonly slots: string;
  readonly natives: string;
  readonly memory: LocalId | null;
}

interface CapdataColumns {
  readonly body: string;
  readonly slots: string;
}

/** The slots column of capdata. Most bodies have none, which costs no parsing. */
export function parseSlots(text: string): LocalId[] {
  return text === '[]' ? [] : (JSON.parse(text) as LocalId[]);
}

/** The reverse of parseSlots. */
export function formatSlots(slots: readonly LocalId[]): string {
  return slots.length === 0 ? '[]' : JSON.stringify(slots);
}

/** The object part of a vat's store. */
export function makeObjectStore(db: Database): ObjectStore {
  return { ...makeRows(db), ...makeGrants(db) };
}

type RowMethods =
  | 'object'
  | 'objectOwner'
  | 'insertObject'
  | 'countObjects'
  | 'codeText'
  | 'insertCode';
type MemoryMethods = 'memory' | 'memoryOwner' | 'insertMemory' | 'updateMemory';

function makeRows(db: Database): Pick<ObjectStore, RowMethods | MemoryMethods> {
  const object = db.prepare(
    "SELECT id, owner, code, body, slots, natives, memory FROM object WHERE id = ? AND state = 'live'",
  );
  const objectOwner = db.prepare('SELECT owner FROM object WHERE id = ?').pluck();
  const insertObject = db.prepare("INSERT INTO object VALUES (?, ?, ?, ?, ?, ?, ?, 'live')");
  const countObjects = db.prepare("SELECT count(*) FROM object WHERE state = 'live'").pluck();
  const codeText = db.prepare('SELECT text FROM code WHERE hash = ?').pluck();
  const insertCode = db.prepare('INSERT OR IGNORE INTO code VALUES (?, ?)');
  const memory = db.prepare('SELECT body, slots FROM memory WHERE id = ?');
  const memoryOwner = db.prepare('SELECT owner FROM memory WHERE id = ?').pluck();
  const insertMemory = db.prepare('INSERT INTO memory VALUES (?, ?, ?, ?)');
  const updateMemory = db.prepare('UPDATE memory SET body = ?, slots = ? WHERE id = ?');
  return {
    object: (id) => {
      const row = object.get(id) as ObjectColumns | undefined;
      return row && parseObject(row);
    },
    objectOwner: (id) => objectOwner.get(id) as number | undefined,
    insertObject: ({ id, owner, code, power }) => {
      const { data, natives } = power;
      const slots = formatSlots(data.slots);
      const memoryId = power.memory ?? null;
      insertObject.run(id, owner, code, data.body, slots, JSON.stringify(natives), memoryId);
    },
    countObjects: () => countObjects.get() as number,
    codeText: (hash) => codeText.get(hash) as string | undefined,
    insertCode: (hash, text) => void insertCode.run(hash, text),
    memory: (id) => {
      const row = memory.get(id) as CapdataColumns | undefined;
      return row && { body: row.body, slots: parseSlots(row.slots) };
    },
    memoryOwner: (id) => memoryOwner.get(id) as number | undefined,
    insertMemory: ({ id, owner, value }) =>
      void insertMemory.run(id, owner, value.body, formatSlots(value.slots)),
    updateMemory: (id, value: Capdata<LocalId>) =>
      void updateMemory.run(value.body, formatSlots(value.slots), id),
  };
}

function parseObject(row: ObjectColumns): StoredObject {
  const data = { body: row.body, slots: parseSlots(row.slots) };
  const natives = JSON.parse(row.natives) as Record<string, NativeType>;
  const power = row.memory === null ? { data, natives } : { data, natives, memory: row.memory };
  return { id: row.id, owner: row.owner, code: row.code, power };
}

function makeGrants(db: Database): Omit<ObjectStore, RowMethods | MemoryMethods> {
  const insertOwner = db.prepare('INSERT INTO owner VALUES (?, ?, ?)');
  const grants = db.prepare('SELECT type FROM native_grant').pluck();
  const insertGrant = db.prepare('INSERT OR IGNORE INTO native_grant VALUES (?)');
  return {
    insertOwner: ({ id, name, timeMs }) => void insertOwner.run(id, name, timeMs),
    grantedTypes: () => grants.all() as NativeType[],
    insertGrant: (type) => void insertGrant.run(type),
  };
}
