// Delivery: sends what is committed to each peer, one box in flight per peer, retried for ever.
//
// A URL gets boxes only after it has served a record signed by the peer to this process, and again
// after an hour of failures. What is in flight may be lost at any time: rows stay until a valid
// receipt has come.

import type { VatId } from '../core/ids.ts';
import { POSTS_IN_FLIGHT_MAX, PROOF_FAILING_MS_MAX } from '../core/limits.ts';
import type { AddressBook } from './address-book.ts';
import type { BoxMaker } from './box-maker.ts';
import { isSettling } from './fit.ts';
import type { GatheredDue } from './gathering.ts';
import type { Island } from './island.ts';
import type { Attempt, Link, Links } from './links.ts';
import type { PostResult } from './ports.ts';
import {
  hasPending,
  hasWork,
  isLikely,
  markAnswered,
  markFailed,
  markHeard,
  markReached,
} from './retry.ts';
import type { Statements } from './statements.ts';

const NO_BOX = {
  nonce: new Uint8Array(0),
  isKnown: false,
  items: 0,
  messages: 0,
  serial: 0,
  tag: '',
};

export interface Delivery {
  /** Starts attempts that are due; called after commits and when time has passed. */
  pump(): void;
  /** The end of an attempt. */
  posted(attempt: number, result: PostResult): void;
  /** Something authentic came from that peer: it is there. */
  heardFrom(link: Link): void;
  /** What goes beside a receipt for that peer: our own record if it is news, and those of others. */
  recordsFor(link: Link): readonly string[];
  /** Every peer shall learn that we are here. */
  greetAll(): void;
  dueAtMs(): number | undefined;
}

/** Takes the bytes of a reply to a box. Returns undefined, or why they are no valid receipt. */
export type TakeReceipt = (link: Link, attempt: Attempt, bytes: Uint8Array) => string | undefined;

interface Parts {
  readonly links: Links;
  readonly book: AddressBook;
  readonly boxes: BoxMaker;
  readonly takeReceipt: TakeReceipt;
  readonly statements: Statements;
  readonly dueAtMs: GatheredDue;
}

export function makeDelivery(island: Island, parts: Parts): Delivery {
  const { clock } = island;
  const { links, book, boxes, dueAtMs } = parts;
  const inFlight = new Map<number, Link>();
  /** Attempts of which little is hoped: peers that failed last time, and mere greetings. */
  const unlikely = new Set<number>();
  let attempts = 0;
  for (const link of links.all()) links.setActive(link, hasWork(link));

  const start = (link: Link): void => {
    const attempt = begin(island, parts, link, attempts + 1);
    if (!attempt) return;
    attempts = attempt.id;
    link.delivery.startedMs = clock.monotonicMs();
    link.delivery.attempt = attempt;
    link.delivery.gatheringMs = undefined;
    inFlight.set(attempt.id, link);
    if (!isLikely(link)) unlikely.add(attempt.id);
  };

  /** Peers that never answer hold at most half of the places, and each its time only. */
  const hasPlace = (link: Link): boolean =>
    inFlight.size < POSTS_IN_FLIGHT_MAX &&
    (isLikely(link) || unlikely.size < POSTS_IN_FLIGHT_MAX / 2);

  book.onChange((vat: VatId) => {
    const link = links.of(vat);
    if (!link) return;
    // What is no longer its address must not pass for one, and a new one is a reason to try.
    link.delivery.provenUrls.clear();
    link.delivery.failures = 0;
    markHeard(island, link);
  });

  return Object.freeze({
    recordsFor: boxes.recordsFor,
    pump() {
      const now = clock.monotonicMs();
      for (const link of [...links.active]) {
        const dueMs = dueAtMs(link);
        if (dueMs !== undefined && dueMs <= now) {
          if (!hasPlace(link)) continue;
          links.moveToEnd(link);
          start(link);
        } else if (!link.delivery.attempt && !hasPending(link)) links.setActive(link, false);
      }
    },
    posted(id: number, result: PostResult) {
      const link = inFlight.get(id);
      inFlight.delete(id);
      unlikely.delete(id);
      const attempt = link?.delivery.attempt;
      if (!link || attempt?.id !== id) return;
      link.delivery.attempt = undefined;
      const fault = result.ok ? finish(parts, link, attempt, result.bytes) : result.reason;
      if (fault === undefined) {
        if (attempt.kind === 'box') {
          link.delivery.tripMs = clock.monotonicMs() - link.delivery.startedMs;
        }
        return;
      }
      noteFailing(link, attempt.url, clock.monotonicMs());
      markFailed(island, link, fault);
      // A greeting is only a courtesy, unless the peer must learn where we are now.
      if (boxes.recordFor(link).length === 0) link.delivery.isGreetingDue = false;
    },
    heardFrom(link: Link) {
      // The peer is there: no reason to wait, except for room that it said it lacks.
      if (link.delivery.busy === undefined) markHeard(island, link);
    },
    greetAll() {
      for (const link of links.all()) {
        if (link.row.state === 'dropped') continue;
        link.delivery.isGreetingDue = true;
        links.setActive(link, true);
      }
    },
    dueAtMs() {
      const waiting = [...links.active].filter(hasPlace);
      const times = waiting.map(dueAtMs).filter((at) => at !== undefined);
      return times.length === 0 ? undefined : Math.min(...times);
    },
  });
}

/** Begins an attempt under `id`: the peer's record from a URL not yet proven, else a box. */
function begin(island: Island, parts: Parts, link: Link, id: number): Attempt | undefined {
  const { delivery, row } = link;
  const urls = parts.book.urlsOf(row.vat);
  const url = urls[delivery.failures % Math.max(1, urls.length)];
  if (url === undefined) {
    markFailed(island, link, 'no URL of this vat is known');
    return undefined;
  }
  const peer = row.vat;
  if (!delivery.provenUrls.has(url)) {
    island.emit({ type: 'fetch-contact', attempt: id, peer, url });
    return { id, url, kind: 'contact', ...NO_BOX };
  }
  if (isSettling(link)) {
    const { bytes, ...statement } = parts.statements.make(link);
    // MUST wait for the commit: what it says may have joined what is open.
    island.transaction.release({ type: 'post', attempt: id, peer, url, bytes });
    return { id, url, kind: 'statement', ...NO_BOX, ...statement };
  }
  const { bytes, ...box } = parts.boxes.make(link);
  island.emit({ type: 'post', attempt: id, peer, url, bytes });
  return { id, url, kind: 'box', tag: '', ...box };
}

/** Takes what came back. Returns why it was no success, if so. */
function finish(parts: Parts, link: Link, attempt: Attempt, bytes: Uint8Array): string | undefined {
  const { book, takeReceipt } = parts;
  const { delivery, row } = link;
  if (attempt.kind === 'contact') {
    const isProof = book.proves(Buffer.from(bytes).toString(), row.vat);
    if (!isProof) return `${attempt.url} does not serve this vat`;
    delivery.provenUrls.set(attempt.url, undefined);
    return undefined;
  }
  if (attempt.kind === 'statement') {
    const refused = parts.statements.take(link, attempt, bytes);
    if (refused !== undefined) return refused;
    noteServing(link, attempt.url);
    markAnswered(link);
    return undefined;
  }
  const before = row.sending.map((lane) => lane.receipted);
  const fault = takeReceipt(link, attempt, bytes);
  if (fault !== undefined) return fault;
  noteServing(link, attempt.url);
  delivery.isGreetingDue = false;
  if (row.state === 'unchecked') return delivery.busy ?? 'the peer confirmed nothing';
  const hasAdvanced = row.sending.some((lane, index) => lane.receipted > before[index]!);
  if (!hasAdvanced && attempt.items > 0) return delivery.busy ?? 'nothing was taken';
  markReached(link);
  return undefined;
}

/** The peer itself has answered there. */
function noteServing({ delivery }: Link, url: string): void {
  // The answer may have brought a new record, by which no URL counts as proven any more.
  if (delivery.provenUrls.has(url)) delivery.provenUrls.set(url, undefined);
}

/** Whoever has the peer's old address by now shall not be sent its boxes for ever. */
function noteFailing({ delivery }: Link, url: string, nowMs: number): void {
  const { provenUrls } = delivery;
  if (!provenUrls.has(url)) return;
  const sinceMs = provenUrls.get(url) ?? nowMs;
  if (nowMs - sinceMs >= PROOF_FAILING_MS_MAX) provenUrls.delete(url);
  else provenUrls.set(url, sinceMs);
}
