// Request rows: what the operator asked for, as the open transaction has it.
//
// A brief request is one that nobody asks for again once it is answered. It is written when the
// transaction commits: what is asked and answered within one transaction is never written.

import type { Island } from './island.ts';
import type { NewRequestRow, RequestRow } from './request-store-port.ts';

export interface RequestRows {
  get(id: string): RequestRow | undefined;
  /** The promise that it holds, if any; undefined when there is no such request. */
  held(id: string): Pick<RequestRow, 'answer'> | undefined;
  insert(row: NewRequestRow): void;
  /** `makeRow` is called if it is still there when the transaction commits. */
  insertBrief(id: string, brief: BriefRequest): void;
  /** It is forgotten: nobody can ask for it again. */
  delete(id: string): void;
}

interface BriefRequest {
  readonly answer: RequestRow['answer'];
  readonly makeRow: () => NewRequestRow;
}

export function makeRequestRows({ store, transaction }: Island): RequestRows {
  const fresh = new Map<string, BriefRequest>();
  transaction.beforeCommit(() => {
    for (const { makeRow } of fresh.values()) store.insertRequest(makeRow());
    fresh.clear();
  });

  return Object.freeze({
    get: (id: string) => fresh.get(id)?.makeRow() ?? store.request(id),
    held: (id: string) => fresh.get(id) ?? store.request(id),
    insert(row: NewRequestRow) {
      transaction.join(0);
      store.insertRequest(row);
    },
    insertBrief(id: string, brief: BriefRequest) {
      transaction.join(0);
      fresh.set(id, brief);
    },
    delete(id: string) {
      transaction.join(0);
      if (!fresh.delete(id)) store.deleteRequest(id);
    },
  });
}
