// Doubts: which links are in doubt or unchecked, and what of each, for the operator to decide.

import { parseItem } from '../core/item.ts';
import type { Facts, Statement } from '../core/statement.ts';
import { fitOf, peerStatement } from './fit.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
import type { Outbox } from './outbox.ts';
import { findLink } from './peers.ts';
import type {
  DoubtedItem,
  DoubtedLink,
  DoubtReply,
  NumberSpan,
  SettleRequest,
} from './settle-ports.ts';
import type { HeldItem, HeldRange } from './settle-store-port.ts';

/** Items in one reply, unless the request says otherwise. */
const ITEMS_SHOWN = 1_000;

type DoubtRequest = Extract<SettleRequest, { type: 'doubt' }>;

export interface Doubts {
  /** Throws QRT_PEER_UNKNOWN, QRT_PEER_AMBIGUOUS. */
  read(request: DoubtRequest): DoubtReply;
  /** The items of lane 1 of which only the operator can say what becomes of them. */
  rangeOf(link: Link): HeldRange;
}

export function makeDoubts(
  island: Island,
  { links, outbox }: { readonly links: Links; readonly outbox: Outbox },
): Doubts {
  const { store } = island;

  const rangeOf = (link: Link): HeldRange => {
    const { row } = link.settling;
    const { receipted } = link.row.sending[0];
    const none = { link: link.row.id, from: receipted, below: receipted };
    if (link.row.state !== 'doubt' || !row) return none;
    const facts = peerStatement(row)?.facts;
    const fits = facts && fitOf(outbox, link, { lane: 1, facts }) !== undefined;
    return fits ? none : { ...none, below: row.fresh };
  };

  const describe = (link: Link): DoubtedLink => {
    const { vat, petname, reason, state } = link.row;
    const { row } = link.settling;
    const heard = peerStatement(row);
    const { held, undecided } = store.countHeld(rangeOf(link));
    return {
      vat,
      ...(petname === undefined ? {} : { petname }),
      state: state === 'doubt' ? 'doubt' : 'unchecked',
      reason,
      isDecided: state !== 'doubt' || row?.isDecided === true || row?.stage !== 'doubt',
      peer: peerOf(heard),
      ...(heard?.facts && state === 'doubt' ? lossesOf(outbox, link, heard.facts) : {}),
      held,
      undecided: row?.rest === undefined ? undecided : 0,
    };
  };

  const itemsOf = (link: Link, { after = 0, limit = ITEMS_SHOWN }: DoubtRequest) => {
    const range = rangeOf(link);
    const from = Math.max(range.from, after + 1);
    const rows = store.heldItems({ ...range, from, rowsMax: limit + 1 });
    const items = rows.slice(0, limit).map((item) => describeItem(island, link, item));
    return { items, hasMore: rows.length > limit };
  };

  return Object.freeze({
    rangeOf,
    read(request: DoubtRequest) {
      if (request.peer === undefined) {
        return { links: links.all().filter(isOpen).map(describe) };
      }
      const link = findLink(links, request.peer);
      if (!isOpen(link)) return { links: [], items: [], hasMore: false };
      return { links: [describe(link)], ...itemsOf(link, request) };
    },
  });
}

const isOpen = ({ row }: Link): boolean => row.state === 'doubt' || row.state === 'unchecked';

function peerOf(heard: Statement | undefined): DoubtedLink['peer'] {
  switch (heard?.stage) {
    case undefined:
    case 'asked':
      return 'silent';
    case 'done':
      return 'settled';
    default:
      return heard!.stage;
  }
}

type Losses = Pick<DoubtedLink, 'lostOfOurs' | 'lostByPeer' | 'lostOfTheirs' | 'lostByUs'>;

/** Which items of lane 1 either side took or had taken, and knows no more. */
function lossesOf(outbox: Outbox, link: Link, facts: Facts): Losses {
  const [theirs] = facts.lanes;
  const receivedNext = Math.max(1, theirs.receivedNext);
  const isFit = fitOf(outbox, link, { lane: 1, facts }) !== undefined;
  const next = Math.max(1, link.row.receiving[0].next);
  return {
    ...(isFit ? {} : span('lostOfOurs', link.settling.row!.fresh, receivedNext)),
    ...(isFit ? {} : span('lostByPeer', receivedNext, link.row.sending[0].receipted)),
    ...span('lostOfTheirs', theirs.kept, next),
    ...span('lostByUs', next, theirs.kept),
  };
}

function span(key: keyof Losses, from: number, below: number): Record<string, NumberSpan> {
  return from < below ? { [key]: { from, to: below - 1 } } : {};
}

function describeItem(island: Island, link: Link, held: HeldItem): DoubtedItem {
  const { number, bytes, queuedMs, choice } = held;
  const item = parseItem(held.head);
  const heard = peerStatement(link.settling.row)?.facts;
  const isMessage = item.kind === 'message';
  return {
    number,
    kind: isMessage || item.kind === 'redeem' ? item.kind : 'other',
    ...(isMessage ? targetOf(island, link, item.target) : {}),
    bytes,
    queuedMs,
    trace: 'trace' in item ? item.trace : '',
    ...(choice === undefined ? {} : { choice }),
    peerHas: heard && number >= heard.lanes[0].receivedNext ? 'no' : 'unknown',
  };
}

function targetOf(
  { store }: Island,
  link: Link,
  { side, number }: { readonly side: string; readonly number: number },
): { target?: string } {
  const kind = side === 'y' ? 'export' : 'item';
  const id = store.importOf({ link: link.row.id, kind, number })?.id;
  return id === undefined ? {} : { target: id };
}
