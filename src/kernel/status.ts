// Status: what an operator can read of a vat without changing it.

import { QrtError } from '../core/errors.ts';
import type { AddressBook } from './address-book.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
import type { ControlRequest, LinkStatus, LogRow, StatusReply } from './ports.ts';
import type { TurnHistory } from './turn-history.ts';
import type { Turns } from './turns.ts';

/** Lines of the log in one reply. */
const LOG_ROWS_MAX = 10_000;

/** Answers the requests that only read. */
export function makeReader(
  island: Island,
  parts: {
    readonly links: Links;
    readonly book: AddressBook;
    readonly turns: Turns;
    readonly history: TurnHistory;
  },
): (request: ControlRequest) => unknown {
  return (request) => {
    switch (request.type) {
      case 'ping':
        return { vat: island.sealer.vat };
      case 'contacts':
        return { records: parts.book.records() };
      case 'status':
        return readStatus(island, parts);
      case 'log':
        return { lines: readLog(island, request.after, Math.min(request.limit, LOG_ROWS_MAX)) };
      case 'turns':
        return parts.history.read(request.after, request.limit);
      case 'install':
      case 'send':
      case 'learn':
        throw new QrtError('QRT_INVARIANT_BROKEN', { reason: `${request.type} does not read` });
    }
  };
}

function readLog(island: Island, after: number, limit: number): LogRow[] {
  return island.store
    .logAfter(after, limit)
    .map(({ seq, timeMs, level, source, text }) => ({ seq, timeMs, level, source, text }));
}

function readStatus(
  island: Island,
  { links, book, turns }: { links: Links; book: AddressBook; turns: Turns },
): StatusReply {
  const { store, counters, inboxUsage, outboxUsage, sealer } = island;
  const { worker, lost } = turns.state();
  return {
    vat: sealer.vat,
    urls: book.own().urls,
    inbox: { rows: inboxUsage.rows, bytes: inboxUsage.bytes },
    outbox: { rows: outboxUsage.rows, bytes: outboxUsage.bytes },
    objects: store.countObjects(),
    turns: counters.turnsDone,
    commits: counters.commits,
    quarantined: store.countQuarantine(),
    worker,
    workersLost: lost,
    links: links.all().map((link) => readLink(island, book, link)),
  };
}

function readLink(island: Island, book: AddressBook, link: Link): LinkStatus {
  const { row, delivery } = link;
  const { rows, bytes, oldestMs } = island.store.outboxOfLink(row.id);
  const [one, two] = row.sending;
  const { lastError, busy } = delivery;
  return {
    vat: row.vat,
    state: row.state,
    ...(row.state === 'ok' ? {} : { reason: row.reason }),
    urls: book.urlsOf(row.vat),
    outbox: { rows, bytes },
    ...(oldestMs === undefined ? {} : { oldestMs: island.clock.nowMs() - oldestMs }),
    ...(lastError === undefined ? {} : { lastError }),
    ...(busy === undefined ? {} : { busy }),
    gaps: row.gaps,
    refusals: row.refusals,
    ...(row.lastRefusal === '' ? {} : { lastRefusal: row.lastRefusal }),
    sent: [one.next - 1, two.next - 1],
    receipted: [one.receipted - 1, two.receipted - 1],
    received: row.receiving.map(({ next }) => Math.max(0, next - 1)) as [number, number],
  };
}
