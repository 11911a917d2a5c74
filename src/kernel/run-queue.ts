// Run queue: messages that wait for their turn, one FIFO per owner, owners served in turn.
//
// Order per reference holds because a message waits in the queue of its target's owner. A message
// that is accepted and consumed within one transaction is never written; others are written when
// the transaction commits.

import { capdataBytes } from '../core/power.ts';
import type { Island } from './island.ts';
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
  isEmpty(): boolean;
  /** A new message joins the open transaction and its queue. */
  add(message: InboxRow): void;
  /** The message that `take` gives. */
  peek(): InboxRow | undefined;
  /** Takes the next message of the next owner; the caller MUST end it with `consume`. */
  take(): InboxRow | undefined;
  /** The message had its effect, or was taken out: its row goes with this transaction. */
  consume(message: InboxRow): void;
  /** Writes a message's attempts, in the open transaction. */
  writeAttempts(message: InboxRow): void;
}

export function makeRunQueue(island: Island): RunQueue {
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
  }

  const load = (queue: OwnerQueue): void => {
    if (fresh.size > 0) flush();
    const { owner, lastSeq: seq } = queue;
    queue.window = [...store.inboxAfter({ owner, seq, limit: WINDOW_ROWS })];
    queue.hasMore = queue.window.length === WINDOW_ROWS;
    queue.lastSeq = queue.window.at(-1)?.seq ?? queue.lastSeq;
  };

  /** The queue that is served next; it has a message in its window. */
  const nextQueue = (): OwnerQueue | undefined => {
    for (const queue of queues.values()) {
      if (queue.window.length === 0 && queue.hasMore) load(queue);
      if (queue.window.length > 0) return queue;
      queues.delete(queue.owner);
    }
    return undefined;
  };

  return Object.freeze({
    isEmpty: () => queues.size === 0,
    add(message: InboxRow) {
      const bytes = capdataBytes(message.args);
      transaction.join(bytes);
      inboxUsage.add(message.share, 1, bytes);
      fresh.set(message.seq, message);
      const found = queues.get(message.owner);
      const queue = found ?? { owner: message.owner, window: [], lastSeq: 0, hasMore: false };
      if (!found) queues.set(message.owner, queue);
      if (!queue.hasMore && queue.window.length < WINDOW_ROWS) {
        queue.window.push(message);
        queue.lastSeq = message.seq;
      } else {
        queue.hasMore = true;
      }
    },
    peek: () => nextQueue()?.window[0],
    take() {
      const queue = nextQueue();
      if (!queue) return undefined;
      const message = queue.window.shift();
      queues.delete(queue.owner);
      // Back to the end of the line: owners are served in turn.
      if (queue.window.length > 0 || queue.hasMore) queues.set(queue.owner, queue);
      return message;
    },
    consume(message: InboxRow) {
      const bytes = capdataBytes(message.args);
      transaction.join(0);
      inboxUsage.remove(message.share, 1, bytes);
      if (!fresh.delete(message.seq)) store.deleteInbox(message.owner, message.seq);
    },
    writeAttempts(message: InboxRow) {
      transaction.join(0);
      if (fresh.has(message.seq)) fresh.set(message.seq, message);
      else store.updateAttempts(message);
    },
  });
}
