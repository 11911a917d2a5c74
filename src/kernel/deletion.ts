// Deletion: an object becomes a tombstone. Its id stays, and references to it are carried and kept.
//
// It is done while no turn is in flight: a turn that was handed out before it has had its effect,
// one that comes after it meets no object, and no outcome can ever be held against a worker for it.

import type { LocalId } from '../core/ids.ts';
import type { Directory } from './directory.ts';
import type { Holders } from './holders.ts';
import type { Island } from './island.ts';
import type { DeleteReply, KeepingRequest } from './keeping-ports.ts';
import { findObject } from './qrids.ts';
import type { Turns } from './turns.ts';

const EMPTY = { body: '{}', slots: [] };

export type DeleteObject = (request: Extract<KeepingRequest, { type: 'delete' }>) => DeleteReply;

/** MUST be called while no turn is in flight. Throws QRT_OBJECT_UNKNOWN before anything changes. */
export function makeDeleteObject(
  island: Island,
  {
    directory,
    turns,
    holders,
  }: { readonly directory: Directory; readonly turns: Turns; readonly holders: Holders },
): DeleteObject {
  const { store, transaction } = island;

  /** Nobody can come to a memory again whose last holder is gone. */
  const emptyMemory = (memory: LocalId | undefined): DeleteReply['memory'] => {
    if (memory === undefined) return 'none';
    if (store.countHolders(memory) > 0) return 'shared';
    store.updateMemory(memory, EMPTY);
    holders.put(memory, []);
    return 'emptied';
  };

  return ({ object }) => {
    const id = findObject(island, object);
    const found = store.object(id);
    if (!found) return { object: id, wasDeleted: true, memory: 'none', qrids: 0 };
    const { memory } = found.power;
    transaction.join(0);
    store.updateObjectDeleted(id);
    holders.put(id, []);
    directory.forgetLive(id);
    const became = emptyMemory(memory);
    turns.forget(memory !== undefined && became === 'emptied' ? [id, memory] : [id]);
    return { object: id, wasDeleted: false, memory: became, qrids: store.countSwissnums(id) };
  };
}
