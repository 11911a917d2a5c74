// Views: what lies in the database of a test's vat, as a test sees it.

import { isObjectId, type LocalId } from '../core/ids.ts';
import { parseItem, type WireName } from '../core/item.ts';
import { NODE_LIMITS } from '../core/node-limits.ts';
import type { LinkRow, VatStore } from '../kernel/store-port.ts';
import type { ReferenceBook } from './reference-book.ts';
import { fromCapdata } from './test-data.ts';
import { OutsideReference } from './test-reference.ts';
import type { LogLine, OutboxEntry, TestMessage } from './test-vat.ts';

/** What is in the memory of an object; undefined when it has none. */
export function readMemory(store: VatStore, book: ReferenceBook, id: LocalId): unknown {
  const slot = store.object(id)?.power.memory;
  const value = slot === undefined ? undefined : store.memory(slot);
  return value && fromCapdata(book, value);
}

/** The messages of all owners in the order in which they came. */
export function readInbox(store: VatStore, book: ReferenceBook): TestMessage[] {
  return store
    .waitingOwners()
    .flatMap((owner) => store.inboxAfter({ owner, seq: 0, limit: NODE_LIMITS.inboxRows.max }))
    .sort((a, b) => a.seq - b.seq)
    .map(({ target, args }) => ({
      target: book.objectOf(target),
      args: fromCapdata(book, args),
    }));
}

/** The messages in the outbox; how references are introduced to a peer is left out. */
export function readOutbox(store: VatStore, book: ReferenceBook): OutboxEntry[] {
  return store.links().flatMap((link) => readLane(store, book, link));
}

function readLane(store: VatStore, book: ReferenceBook, link: LinkRow): OutboxEntry[] {
  const { receipted: from, next: below } = link.sending[0];
  const bounds = {
    rowsMax: NODE_LIMITS.outboxRows.max,
    bytesMax: NODE_LIMITS.outboxBytes.max,
  };
  const idOf = (name: WireName): LocalId => idOfName(store, link, name);
  return store.outboxRows({ link: link.id, lane: 1, from, below, ...bounds }).flatMap((row) => {
    const item = parseItem(row.item);
    if (item.kind !== 'message') return [];
    const target = book.referenceOf(idOf(item.target));
    const args = fromCapdata(book, { body: item.body, slots: item.slots.map(idOf) });
    return target instanceof OutsideReference ? [{ to: target.name, args }] : [];
  });
}

/** What one of our own names stands for: a peer that never speaks has made none. */
function idOfName(store: VatStore, { id: link }: LinkRow, { side, number }: WireName): LocalId {
  const id =
    side === 'x'
      ? store.exported({ link, kind: 'export', number })
      : store.importOf({ link, kind: 'item', number })?.id;
  return id!;
}

/** All lines that the vat keeps, oldest first. */
export function readLog(store: VatStore, book: ReferenceBook): LogLine[] {
  return store.logAfter(0, LOG_ROWS_MAX).map(({ level, source, text }) => ({
    level,
    source: isObjectId(source) ? book.objectOf(source) : undefined,
    text,
  }));
}

/** More than a test writes: each owner keeps its newest lines only. */
const LOG_ROWS_MAX = 10 * NODE_LIMITS.logLinesPerOwner.max;
