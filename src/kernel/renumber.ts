// Renumber: a link goes on above all numbers that either side has seen, in the open transaction.
//
// What is held is added anew under the new numbers, in its order; what the operator discarded, and
// what nothing is behind any more, is told to whoever sent it. Names that do not mean the same on
// both sides go, so that no number and no name ever means two things. Of promises whose names stay both
// ends begin to count mentions anew, and each is mentioned once: what the peer does not hold, it says.

import { encodeItem, parseItem, type SendableItem, type WireName } from '../core/item.ts';
import { extendTail } from '../core/lanes.ts';
import { REFERENCES_MAX } from '../core/limits.ts';
import type { Facts, LaneStart } from '../core/statement.ts';
import type { Checkpoints } from './checkpoints.ts';
import { type Island, OPERATOR_SHARE } from './island.ts';
import type { Link, Links } from './links.ts';
import type { LogBook } from './log-book.ts';
import type { Names } from './names.ts';
import type { PromisePartings } from './promise-partings.ts';
import type { PromiseName } from './promise-store-port.ts';
import { makeReencoder, type Reencoder } from './reencode.ts';
import type { Refusals } from './refusals.ts';
import type { AsideItem, Choice } from './settle-store-port.ts';
import type { ItemOrigin } from './store-port.ts';
import type { Waiters } from './waiters.ts';

/** Why an item is not sent again. */
type Ending = 'QRT_ITEM_DISCARDED' | 'QRT_NO_OBJECT';

/** From where on what is numbered how. */
interface Renumbering {
  /** What the peer states. */
  readonly peer: Facts;
  /** What is held of each lane begins here. */
  readonly lanes: readonly [number, number];
  /** Our numbers of lane 1 and of exports below these mean the same to the peer. */
  readonly common: number;
  readonly exports: number;
  readonly sending: readonly [LaneStart, LaneStart];
  readonly receiving: readonly [LaneStart, LaneStart];
  readonly nextExport: number;
  /** The peer knows nothing of the link. */
  readonly isLost: boolean;
}

/** Numbers a link anew, whose lanes the peer has taken as far as `lanes` says, or nobody knows. */
export type Renumber = (link: Link, how: Renumbering) => void;

/** Items read at once. */
const BLOCK_ROWS = 64;

interface Parts {
  readonly links: Links;
  readonly names: Names;
  readonly refusals: Refusals;
  readonly log: LogBook;
  readonly waiters: Waiters;
  readonly checkpoints: Checkpoints;
  readonly partings: PromisePartings;
}

export function makeRenumber(island: Island, parts: Parts): Renumber {
  const { store, transaction } = island;
  const { links, names, refusals, waiters, partings } = parts;

  return (link, how) => {
    const { row } = link;
    const { peer, lanes, common, exports, sending, receiving } = how;
    transaction.join(0);
    store.updateAside({ link: row.id, lanes, common, exports, redeemed: peer.common });
    store.deleteCheckpoints({ link: row.id, sent: common, received: peer.common });
    const receipts = { from: row.sending[0].receipted, to: sending[0].next };
    parts.checkpoints.reached(link, 'sent', receipts);
    const taken = { from: row.receiving[0].next, to: receiving[0].next };
    parts.checkpoints.reached(link, 'received', taken);
    // What the peer gave us and knows no more; what it made of our redeems is aside.
    store.killImports(row.id, peer.exports.kept);
    for (const index of [0, 1] as const) {
      const { next, tail } = sending[index];
      Object.assign(row.sending[index], { next, tail, receipted: next, receiptedTail: tail });
      Object.assign(row.receiving[index], receiving[index]);
    }
    row.nextExport = how.nextExport;
    names.skip(link);
    const kept = { lane: common, exports };
    store.clearExportSent(row.id);
    const reencoder = makeReencoder(island, { link, names, kept, peer });
    const { moved, told } = addMessages(island, parts, { link, reencoder });
    const theirs = peer.exports.kept;
    partings.renumbered(link, { common, theirs, held: lanes[0], moved });
    addAnswers(island, parts, { link, reencoder });
    partings.forgetAside(link);
    store.deleteAside(row.id);
    if (how.isLost) partings.forgetUnsent(link);
    else giveAgain(island, parts, { link, names: store.unsentExports(row.id).map(nameOf) });
    partings.renamed();
    store.deleteChoices(row.id);
    moveRequests(island, { link, from: lanes[0], moved });
    waiters.renumber(row.vat, lanes[0], (number) => moved.get(number) ?? 'QRT_NO_OBJECT');
    links.touch(link);
    links.setActive(link, true);
    // MUST come last: it may add an answer to this very link.
    for (const { origin, code, trace } of told) refusals.tell(origin, code, trace);
  };
}

/** Someone to be told that an item ended. */
interface Told {
  readonly origin: ItemOrigin;
  readonly code: Ending;
  readonly trace: string;
}

/** What became of the item that had a number: its new one, or why it ended. */
type Moved = Map<number, number | Ending>;

function addMessages(
  island: Island,
  parts: Parts,
  { link, reencoder }: { readonly link: Link; readonly reencoder: Reencoder },
): { moved: Moved; told: readonly Told[] } {
  const { store } = island;
  const { id, vat } = link.row;
  const moved: Moved = new Map();
  const told: Told[] = [];
  const end = (number: number, code: Ending, trace: string): void => {
    moved.set(number, code);
    const origin = store.asideOrigin(id, number);
    if (origin) told.push({ origin, code, trace });
    link.row.refusals += 1;
    link.row.lastRefusal = code;
    const text = `item ${number} for this peer was given up: ${code} (trace ${trace})`;
    parts.log.write({ owner: 0, level: 'link', source: vat, text });
  };
  for (const aside of asideItems(island, link, 1)) {
    const { number } = aside;
    const item = parseItem(aside.item);
    if (item.kind === 'give' || item.kind === 'want') continue;
    const trace = 'trace' in item ? item.trace : '';
    if (choiceOf(link, aside) === 'discard') {
      end(number, 'QRT_ITEM_DISCARDED', trace);
      continue;
    }
    const again = item.kind === 'malformed' ? undefined : reencoder.item(item);
    if (!again) {
      end(number, 'QRT_NO_OBJECT', trace);
      continue;
    }
    const to = addItem(island, link, 1, { ...aside, item: encodeItem(again) });
    parts.checkpoints.sent(link, again);
    reencoder.moved(item, number, to);
    const origin = store.asideOrigin(id, number);
    if (origin) store.insertForward({ link: id, number: to, origin });
    moved.set(number, to);
  }
  return { moved, told };
}

/** What is about things that the peer knows no more means nothing to it. */
function addAnswers(
  island: Island,
  parts: Parts,
  { link, reencoder }: { readonly link: Link; readonly reencoder: Reencoder },
): void {
  const firstNew = link.row.nextExport;
  const first: WireName[] = [];
  for (const aside of asideItems(island, link, 2)) {
    const item = parseItem(aside.item);
    if (item.kind !== 'resolve') continue;
    const again = reencoder.answer(item);
    if (!again) {
      const text = `an answer to item ${item.of.number} of this peer was given up: it knows no such item`;
      parts.log.write({ owner: 0, level: 'link', source: link.row.vat, text });
      continue;
    }
    addItem(island, link, 2, { ...aside, item: encodeItem(again) });
    first.push(...again.slots.filter(({ side, number }) => side === 'x' && number >= firstNew));
  }
  giveAgain(island, parts, { link, names: first });
}

/** Names of ours that lane 2 alone says, or nothing of what is sent again. */
function giveAgain(
  island: Island,
  parts: Parts,
  { link, names }: { readonly link: Link; readonly names: readonly WireName[] },
): void {
  for (let at = 0; at < names.length; at += REFERENCES_MAX) {
    const give = parts.names.give(link, names.slice(at, at + REFERENCES_MAX));
    add(island, link, give);
    parts.checkpoints.sent(link, give);
  }
}

/** What we call a promise of ours. */
const nameOf = ({ kind, number }: PromiseName): WireName => ({
  side: kind === 'export' ? 'x' : 'p',
  number,
  isPromise: true,
});

/** Adds an item to lane 1. */
function add(island: Island, link: Link, item: SendableItem): void {
  const queuedMs = island.clock.nowMs();
  const held = { number: 0, item: encodeItem(item), share: OPERATOR_SHARE, queuedMs };
  addItem(island, link, 1, { ...held, choice: undefined });
}

/** What is aside of a lane, oldest first. */
function* asideItems({ store, outboxUsage }: Island, link: Link, lane: 1 | 2) {
  let after = 0;
  for (;;) {
    const rows = store.asideItems({ link: link.row.id, lane, after, rowsMax: BLOCK_ROWS });
    for (const row of rows) {
      outboxUsage.remove(row.share, 1, row.item.length);
      yield row;
      after = row.number;
    }
    if (rows.length < BLOCK_ROWS) return;
  }
}

/** Adds an item to a lane as it was queued, and returns its number. */
function addItem(island: Island, link: Link, lane: 1 | 2, held: AsideItem): number {
  const { store, sha256, outboxUsage, transaction } = island;
  const state = link.row.sending[lane - 1]!;
  const { item, share, queuedMs } = held;
  const number = state.next;
  transaction.join(item.length);
  state.tail = extendTail(sha256, { tail: state.tail, number, item });
  state.next += 1;
  const { tail } = state;
  store.insertOutbox({ link: link.row.id, lane, number, item, tail, share, queuedMs });
  outboxUsage.add(share, 1, item.length);
  return number;
}

function choiceOf({ settling }: Link, { number, choice }: AsideItem): Choice {
  const { row } = settling;
  // What was queued since never left: the word about all the rest does not mean it.
  return choice ?? (row && number < row.fresh ? row.rest : undefined) ?? 'resend';
}

/** Replies to the operator name items by their numbers. */
function moveRequests(
  { store }: Island,
  { link, from, moved }: { readonly link: Link; readonly from: number; readonly moved: Moved },
): void {
  for (const { id, number } of store.sendRequests(link.row.vat, from)) {
    const now = moved.get(number) ?? 'QRT_NO_OBJECT';
    store.updateSendRequest(id, typeof now === 'number' ? { number: now } : { ended: now });
  }
}
