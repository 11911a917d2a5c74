// Holders: who holds which promise, so that one that nobody can observe any more is forgotten.
//
// What passes (messages, what is pending, values of promises) is counted in memory, and counted anew
// at each start; memories and objects, of which there are many, have rows.

import { isPromiseId, type LocalId } from '../core/ids.ts';
import type { Island } from './island.ts';

type Slots = readonly (LocalId | undefined)[];

export interface Holders {
  /** Something that passes holds these. */
  add(slots: Slots): void;
  /** It holds them no more. */
  remove(slots: Slots): void;
  /** A memory or an object holds these, and nothing else, from now on. */
  put(holder: LocalId, slots: readonly LocalId[]): void;
  isHeld(promise: LocalId): boolean;
  /** What something let go of since this was asked last. */
  takeLoose(): readonly LocalId[];
}

export function makeHolders({ store }: Pick<Island, 'store'>): Holders {
  const counts = new Map<LocalId, number>();
  /** Most vats have none: then nothing is looked up. */
  let hasHolders = store.hasHolding();
  let loose = new Set<LocalId>();

  const count = (slots: Slots, step: 1 | -1): void => {
    for (const id of slots) {
      if (id === undefined || !isPromiseId(id)) continue;
      const now = (counts.get(id) ?? 0) + step;
      if (now > 0) counts.set(id, now);
      else counts.delete(id);
      if (now <= 0) loose.add(id);
    }
  };
  for (const slots of store.passingSlots()) count(slots, 1);

  return Object.freeze({
    add: (slots: Slots) => count(slots, 1),
    remove: (slots: Slots) => count(slots, -1),
    put(holder: LocalId, slots: readonly LocalId[]) {
      const promises = slots.length === 0 ? slots : slots.filter(isPromiseId);
      hasHolders ||= promises.length > 0;
      if (!hasHolders) return;
      for (const id of store.putHolding(holder, promises)) loose.add(id);
    },
    isHeld: (promise: LocalId) => counts.has(promise) || (hasHolders && store.isHeld(promise)),
    takeLoose() {
      const taken = [...loose];
      loose = new Set();
      return taken;
    },
  });
}
