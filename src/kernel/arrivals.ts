// Arrivals: takes a box, decides what of it is next, and answers with a receipt.
//
// Nothing is kept of a box that does not open. A receipt says what is stored, never what has run,
// and waits for the commit of everything that it states.

import type { VatId } from '../core/ids.ts';
import { parseItem } from '../core/item.ts';
import { makeEmptyTail } from '../core/lanes.ts';
import { parseStatement, type Statement } from '../core/statement.ts';
import {
  type Above,
  type Box,
  type Envelope,
  encodeEnvelope,
  encodeReceipt,
  parseBox,
  parseEnvelope,
  type Receipt,
  type ReceiptLane,
  type Stop,
} from '../core/wire.ts';
import type { AddressBook } from './address-book.ts';
import type { Delivery } from './delivery.ts';
import type { Intake } from './intake.ts';
import type { Island } from './island.ts';
import type { Items } from './items.ts';
import type { Link, Links } from './links.ts';
import type { Sealer } from './ports.ts';
import { counterOf, type Statements } from './statements.ts';

const NO_BYTES = new Uint8Array(0);
/** What whoever sends something that does not open is told, whatever was wrong with it. */
const UNOPENABLE = { status: 400, bytes: NO_BYTES } as const;

export interface Arrivals {
  /** Takes the body of a POST; the reply is released under `ticket`. */
  accept(ticket: number, bytes: Uint8Array): void;
}

type Stops = readonly [Stop, Stop];

/** What a body holds that opens. */
interface Opened {
  readonly envelope: Envelope;
  readonly said: Box | Statement;
}

export function makeArrivals(
  island: Island,
  parts: {
    readonly links: Links;
    readonly items: Items;
    readonly intake: Intake;
    readonly book: AddressBook;
    readonly delivery: Delivery;
    readonly statements: Statements;
  },
): Arrivals {
  const { sealer, transaction, emit } = island;
  const { links, items, intake, book, delivery, statements } = parts;

  /** A stranger gets a link only by a first item that redeems. */
  const admit = (box: Box): Link | Stop => {
    // We receipted a box of this link, and know of none: our disk is older. It must not begin anew.
    if (box.isLinked) return 'unknown';
    const first = box.lanes[0].items[0];
    const item = first && parseItem(first);
    const redeemed = item?.kind === 'redeem' ? items.findRedeemed(item.swissnum) : undefined;
    if (!redeemed) return 'unknown';
    const link = links.create(box.from, redeemed.swissHash);
    if (link && box.above) beginAbove(link, box.above);
    return link ?? 'busy';
  };

  const reply = (
    ticket: number,
    to: { readonly peer: VatId; readonly request: Uint8Array },
    receipt: Pick<Receipt, 'lanes' | 'contacts' | 'waits'>,
  ): void => {
    const { peer, request } = to;
    const plaintext = encodeReceipt({ from: sealer.vat, to: peer, request, ...receipt });
    const sealed = sealer.seal({ to: peer, counter: counterOf(request), plaintext });
    const bytes = encodeEnvelope({ from: sealer.vat, to: peer, ...sealed });
    transaction.release({ type: 'reply', ticket, status: 200, bytes });
  };

  return Object.freeze({
    accept(ticket: number, bytes: Uint8Array) {
      const opened = open(sealer, bytes);
      if (!opened) {
        emit({ type: 'reply', ticket, ...UNOPENABLE });
        return;
      }
      const { envelope, said } = opened;
      const to = { peer: said.from, request: envelope.nonce };
      const found = links.of(said.from);
      if ('stage' in said) {
        const answer = statements.answer(found, envelope, said);
        if (found) delivery.heardFrom(found);
        transaction.release({ type: 'reply', ticket, status: 200, bytes: answer });
        return;
      }
      const box = said;
      if (found?.row.state === 'dropped') {
        reply(ticket, to, { lanes: lanesOf(undefined, partingStops(found, box)), contacts: [] });
        return;
      }
      if (found && haveForgotten(found, box)) {
        links.doubt(found, 'we have forgotten what we receipted to this peer');
      }
      const admitted = found ?? admit(box);
      if (typeof admitted === 'string') {
        const lanes = lanesOf(undefined, [admitted, admitted]);
        reply(ticket, to, { lanes, contacts: [] });
        return;
      }
      book.learnOwn(box.contacts, box.from);
      admitted.delivery.isStuck = box.isStuck === true;
      const one = intake(admitted, 0, box.lanes[0]);
      const two = intake(admitted, 1, box.lanes[1]);
      const stops = [one.stop, two.stop] as const;
      const lanes = lanesOf(admitted, stops.includes('doubt') ? DOUBT : stops);
      const waits = one.waits === undefined ? {} : { waits: one.waits };
      delivery.heardFrom(admitted);
      reply(ticket, to, { lanes, contacts: delivery.recordFor(admitted), ...waits });
    },
  });
}

/** The envelope of what `bytes` is and what it says, when it opens. */
function open(sealer: Sealer, bytes: Uint8Array): Opened | undefined {
  const envelope = parseEnvelope(bytes);
  if (!envelope || envelope.to !== sealer.vat || envelope.from === sealer.vat) return undefined;
  const plaintext = sealer.open(envelope);
  const said = plaintext && (parseBox(plaintext) ?? parseQuestion(plaintext));
  // MUST compare: NaCl's key is the same both ways, so a reflected box would open.
  if (said?.from !== envelope.from || said.to !== envelope.to) return undefined;
  return { envelope, said };
}

/** A statement that wants an answer. */
function parseQuestion(plaintext: Uint8Array): Statement | undefined {
  const statement = parseStatement(plaintext);
  return statement?.kind === 'settle' ? statement : undefined;
}

/** The peer knows this vat from before it lost the link: no number of then may come again. */
function beginAbove({ row }: Link, { lanes, exports }: Above): void {
  for (const index of [0, 1] as const) {
    const { next, tail } = lanes[index];
    Object.assign(row.sending[index], { next, tail, receipted: next, receiptedTail: tail });
  }
  row.nextExport = exports;
}

function lanesOf(link: Link | undefined, stops: Stops): readonly [ReceiptLane, ReceiptLane] {
  const lane = (index: 0 | 1): ReceiptLane => {
    const state = link?.row.receiving[index] ?? { next: 0, tail: makeEmptyTail() };
    return { next: state.next, tail: state.tail, stop: stops[index] };
  };
  return [lane(0), lane(1)];
}

/**
 * What a dropped peer is told; either way it stops, and no item of the box is looked at. A peer that
 * had a receipt is in doubt by `unknown`. One that had none would take it to mean that nothing of
 * what it sent ever ran: it is told so only when that is true.
 */
function partingStops({ row }: Link, box: Box): Stops {
  return box.isLinked || row.receiving[0].next === 0 ? UNKNOWN : DOUBT;
}

/** The peer holds our receipt for a box, and we know of none: our disk is older than that. */
function haveForgotten({ row }: Link, box: Box): boolean {
  return box.isLinked && row.receiving[0].next === 0;
}

const DOUBT: Stops = ['doubt', 'doubt'];
const UNKNOWN: Stops = ['unknown', 'unknown'];
