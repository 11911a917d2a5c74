// Directory: which ids exist in this vat and to whom they belong.
//
// Objects, memory slots and imports never stop existing and never change their owner, so what was
// once read may be remembered; only that an object lives can come to an end. Ids made by the open transaction are seen through the store.

import {
  isImportId,
  isObjectId,
  isPromiseId,
  isResolverId,
  type LocalId,
  parseMadeId,
} from '../core/ids.ts';
import type { Island } from './island.ts';

/** Facts that are remembered at most; the oldest are forgotten and read again. */
const REMEMBERED_MAX = 20_000;

export interface Directory {
  /** The owner of an object, live or deleted; undefined when it never existed. */
  ownerOfObject(id: LocalId): number | undefined;
  ownerOfMemory(id: LocalId): number | undefined;
  /** Whether an object exists and is not deleted. */
  isLive(id: LocalId): boolean;
  /** The object was deleted. */
  forgetLive(id: LocalId): void;
  /** Whether a reference in a body stands for something that this vat once knew. */
  isKnownReference(id: LocalId): boolean;
}

export function makeDirectory({ store, counters }: Pick<Island, 'store' | 'counters'>): Directory {
  const owners = new Map<LocalId, number>();
  const imports = new Set<LocalId>();
  const live = new Set<LocalId>();

  const remember = (id: LocalId, owner: number | undefined): number | undefined => {
    if (owner === undefined) return undefined;
    if (owners.size >= REMEMBERED_MAX) owners.clear();
    owners.set(id, owner);
    return owner;
  };
  const ownerOfObject = (id: LocalId): number | undefined =>
    owners.get(id) ?? remember(id, store.objectOwner(id));
  const isImport = (id: LocalId): boolean => {
    if (imports.has(id)) return true;
    if (!store.importById(id)) return false;
    if (imports.size >= REMEMBERED_MAX) imports.clear();
    imports.add(id);
    return true;
  };

  const wasNamed = (id: LocalId): boolean => {
    const made = parseMadeId(id);
    return made !== undefined && made.turn <= counters.turn;
  };

  return Object.freeze({
    ownerOfObject,
    ownerOfMemory: (id: LocalId) => owners.get(id) ?? remember(id, store.memoryOwner(id)),
    isLive(id: LocalId) {
      if (live.has(id)) return true;
      if (!store.isLiveObject(id)) return false;
      if (live.size >= REMEMBERED_MAX) live.clear();
      live.add(id);
      return true;
    },
    forgetLive: (id: LocalId) => void live.delete(id),
    isKnownReference(id: LocalId) {
      if (isObjectId(id)) return ownerOfObject(id) !== undefined;
      // Promises are forgotten, and references to them stay: one that may have been is known.
      if (isPromiseId(id) || isResolverId(id)) return wasNamed(id);
      return isImportId(id) && isImport(id);
    },
  });
}
