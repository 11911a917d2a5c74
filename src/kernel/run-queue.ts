// Run queue: messages that wait for their turn, one FIFO per owner.
//
// Order per reference holds because a message waits in the queue of its target's owner; which owner
// is next says the line (`owner-line.ts`). A message that is accepted and consumed within one
// transaction is never written; others are written when the transaction commits.

import { capdataBytes } from '../core/power.ts';
import type { Backlog } from './backlog.ts';
import type { Holders } from './holders.ts';
import type { Island } from './island.ts';
import type { OwnerLine } from './owner-line.ts';
import type { InboxRow } from './store-port.ts';

/** Rows of one owner that are held in memory; the rest stays on disk until they are due. */
const WINDOW_ROWS = 128;

interface OwnerQueue {
  readonly owner: number;
  /** The next messages, in order. */
  window: InboxRow[];
  /** The last message that entered the window. */
  lastSeq: number;
  /** Whether rows after the window wait on disk (or will, when they are written). */
  hasMore: boolean;
}

export interface RunQueue {
  /** A new message joins the open transaction and its queue. */
  add(message: InboxRow): void;
  /** The next message of that owner, if it has one. */
  first(owner: number): InboxRow | undefined;
  /** Takes that message; the caller MUST end it with `consume`, or put it back. */
  take(owner: number): void;
  /** Messages that were taken and had no effect wait again, in front of all later ones. */
  putBack(messages: readonly InboxRow[]): void;
  /** The message had its effect, or was taken out: its row goes with this transaction. */
  consume(message: InboxRow): void;
  /** Writes a message's attempts, in the open transaction. */
  writeAttempts(message: InboxRow): void;
}

interface Parts {
  readonly line: OwnerLine;
  readonly backlog: Backlog;
  readonly holders: Holders;
}

export function makeRunQueue(island: Island, { line, backlog, holders }: Parts): RunQueue {
  const { store, transaction, inboxUsage } = island;
  const queues = new Map<number, OwnerQueue>();
  const fresh = new Map<number, InboxRow>();

  const flush = (): void => {
    for (const message of fresh.values()) store.insertInbox(message);
    fresh.clear();
  };
  transaction.beforeCommit(flush);
  for (const owner of store.waitingOwners()) {
    queues.set(owner, { owner, window: [], lastSeq: 0, hasMore: true });
    line.enter(owner);
  }

  const load = (queue: OwnerQueue): void => {
    if (fresh.size > 0) flush();
    const { owner, lastSeq: seq } = queue;
    queue.window = [...store.inboxAfter({ owner, seq, limit: WINDOW_ROWS })];
    queue.hasMore = queue.window.length === WINDOW_ROWS;
    queue.lastSeq = queue.window.at(-1)?.seq ?? queue.lastSeq;
  };
  const queueOf = (owner: number): OwnerQueue => {
    const found = queues.get(owner) ?? { owner, window: [], lastSeq: 0, hasMore: false };
    queues.set(owner, found);
    return found;
  };
  const close = (owner: number): void => {
    queues.delete(owner);
    line.leave(owner);
  };

  return Object.freeze({
    add(message: InboxRow) {
      const bytes = capdataBytes(message.args);
      transaction.join(bytes);
      inboxUsage.add(message.share, 1, bytes);
      holders.add(message.args.slots);
      fresh.set(message.seq, message);
      const queue = queueOf(message.owner);
      if (!queue.hasMore && queue.window.length < WINDOW_ROWS) {
        queue.window.push(message);
        queue.lastSeq = message.seq;
      } else {
        queue.hasMore = true;
      }
      line.enter(message.owner);
    },
    first(owner: number) {
      const queue = queues.get(owner);
      if (!queue) return undefined;
      if (queue.window.length === 0 && queue.hasMore) load(queue);
      if (queue.window.length === 0) close(owner);
      return queue.window[0];
    },
    take(owner: number) {
      const queue = queues.get(owner);
      queue?.window.shift();
      if (!queue || (queue.window.length === 0 && !queue.hasMore)) close(owner);
      else line.toEnd(owner);
    },
    putBack(messages: readonly InboxRow[]) {
      for (const message of messages.toReversed()) {
        const queue = queueOf(message.owner);
        queue.window.unshift(message);
        queue.lastSeq = Math.max(queue.lastSeq, message.seq);
      }
      for (const { owner } of messages) line.enter(owner);
    },
    consume(message: InboxRow) {
      const bytes = capdataBytes(message.args);
      transaction.join(0);
      inboxUsage.remove(message.share, 1, bytes);
      holders.remove(message.args.slots);
      if (!fresh.delete(message.seq)) store.deleteInbox(message.owner, message.seq);
      backlog.ended(message);
    },
    writeAttempts(message: InboxRow) {
      transaction.join(0);
      if (fresh.has(message.seq)) fresh.set(message.seq, message);
      else store.updateAttempts(message);
    },
  });
}
