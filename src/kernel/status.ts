// Status: what an operator can read of a vat without changing it.

import type { VatId } from '../core/ids.ts';
import type { AddressBook } from './address-book.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
import type { ControlRequest, LinkStatus, LogRow, StatusReply } from './ports.ts';
import type { PromiseRows } from './promise-rows.ts';
import type { TurnHistory } from './turn-history.ts';
import type { Turns } from './turns.ts';

/** Lines of the log in one reply. */
const LOG_ROWS_MAX = 10_000;

/** A request that is answered here. */
export type ReadRequest = Extract<
  ControlRequest,
  { type: 'ping' | 'contacts' | 'status' | 'log' | 'turns' }
>;

interface ReaderParts {
  readonly links: Links;
  readonly book: AddressBook;
  readonly turns: Turns;
  readonly history: TurnHistory;
  readonly rows: PromiseRows;
}

/** Answers the requests that only read. */
export function makeReader(island: Island, parts: ReaderParts): (request: ReadRequest) => unknown {
  return (request) => {
    switch (request.type) {
      case 'ping':
        return { vat: island.sealer.vat };
      case 'contacts':
        return { records: parts.book.records() };
      case 'status':
        return readStatus(island, parts);
      case 'log':
        return { lines: readLog(island, parts.links, request) };
      case 'turns':
        return parts.history.read(request.after, request.limit);
    }
  };
}

function readLog(
  island: Island,
  links: Links,
  { after, limit }: Extract<ReadRequest, { type: 'log' }>,
): LogRow[] {
  const lines = island.store.logAfter(after, Math.min(limit, LOG_ROWS_MAX));
  return lines.map(({ seq, timeMs, level, source, text }) => {
    const petname = level === 'link' ? links.of(source as VatId)?.row.petname : undefined;
    const named = petname === undefined ? {} : { petname };
    return { seq, timeMs, level, source, ...named, text };
  });
}

function readStatus(island: Island, { links, book, turns, rows }: ReaderParts): StatusReply {
  const { store, counters, inboxUsage, outboxUsage, sealer } = island;
  const { worker, lost } = turns.state();
  const waiting = rows.waiting();
  return {
    vat: sealer.vat,
    urls: book.own().urls,
    // What waits for promises counts in the same shares, but for no turn.
    inbox: { rows: inboxUsage.rows - waiting.rows, bytes: inboxUsage.bytes - waiting.bytes },
    outbox: { rows: outboxUsage.rows, bytes: outboxUsage.bytes },
    promises: { ...store.countPromises(), waiting },
    contacts: book.counts(),
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
    ...(row.petname === undefined ? {} : { petname: row.petname }),
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
