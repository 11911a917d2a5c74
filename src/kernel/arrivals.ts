// Arrivals: takes a box, decides what of it is next, and answers with a receipt.
//
// Nothing is kept of a box that does not open, and not every box is opened. A receipt says what is stored, never what has run,
// and waits for the commit of everything that it states.

import type { VatId } from '../core/ids.ts';
import { makeEmptyTail } from '../core/lanes.ts';
import { parseStatement, type Statement } from '../core/statement.ts';
import {
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
import { makeAdmission } from './admission.ts';
import type { Delivery } from './delivery.ts';
import type { Intake } from './intake.ts';
import type { Island } from './island.ts';
import type { Items } from './items.ts';
import type { Link, Links } from './links.ts';
import type { BoxInput, Reply } from './network-ports.ts';
import { makeNewcomers } from './newcomers.ts';
import type { Sealer } from './ports.ts';
import { counterOf, type Statements } from './statements.ts';

const NO_BYTES = new Uint8Array(0);
/** What whoever sends something that does not open is told, whatever was wrong with it. */
const UNOPENABLE = { status: 400, bytes: NO_BYTES } as const;
/** What whoever sends more than it may is told, before its box is opened. */
const TOO_MANY = { status: 429, bytes: NO_BYTES } as const;

export interface Arrivals {
  /** Takes the body of a POST; the reply is released under its ticket. */
  accept(input: BoxInput): void;
}

type Stops = readonly [Stop, Stop];

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
  const { links, intake, book, delivery, statements } = parts;
  const admission = makeAdmission(island);
  const admit = makeNewcomers(island, parts);

  /** Takes what opened; `to` is where the reply goes. */
  const take = (box: Box, to: ReplyTo): void => {
    const found = links.of(box.from);
    if (found?.row.state === 'dropped') {
      const lanes = lanesOf(undefined, partingStops(found, box));
      reply(island, to, { lanes, contacts: [] });
      return;
    }
    if (found && haveForgotten(found, box)) {
      links.doubt(found, 'we have forgotten what we receipted to this peer');
    }
    const admitted = found ?? admit(box);
    if (typeof admitted === 'string') {
      const lanes = lanesOf(undefined, [admitted, admitted]);
      reply(island, to, { lanes, contacts: [] });
      return;
    }
    book.heard(box.contacts, admitted);
    admitted.delivery.isStuck = box.isStuck === true;
    const before = takenOf(admitted);
    const one = intake(admitted, 0, box.lanes[0]);
    const two = intake(admitted, 1, box.lanes[1]);
    const stops = [one.stop, two.stop] as const;
    const lanes = lanesOf(admitted, stops.includes('doubt') ? DOUBT : stops);
    const waits = one.waits === undefined ? {} : { waits: one.waits };
    delivery.heardFrom(admitted);
    const isProof = takenOf(admitted) > before;
    if (to.address !== undefined) admission.opened(to.address, admitted, isProof);
    const contacts = delivery.recordsFor(admitted);
    reply(island, { ...to, isProof }, { lanes, contacts, ...waits });
  };

  return Object.freeze<Arrivals>({
    accept({ ticket, bytes, address }) {
      const envelope = parseEnvelope(bytes);
      if (envelope?.to !== sealer.vat || envelope.from === sealer.vat) {
        emit({ type: 'reply', ticket, ...UNOPENABLE });
        return;
      }
      const found = links.of(envelope.from);
      // A peer that was dropped is a stranger again.
      const link = found?.row.state === 'dropped' ? undefined : found;
      if (address !== undefined && !admission.admits(address, link)) {
        emit({ type: 'reply', ticket, ...TOO_MANY });
        return;
      }
      const said = open(sealer, envelope, link !== undefined);
      if (!said) {
        emit({ type: 'reply', ticket, ...UNOPENABLE });
        return;
      }
      if (!('stage' in said)) {
        take(said, { ticket, address, peer: said.from, request: envelope.nonce });
        return;
      }
      if (address !== undefined && link) admission.opened(address, link, false);
      const answer = statements.answer(found, envelope, said);
      if (found) delivery.heardFrom(found);
      transaction.release({ type: 'reply', ticket, status: 200, bytes: answer });
    },
  });
}

/** Where a receipt goes, and what it answers. */
interface ReplyTo extends Pick<Reply, 'ticket' | 'isProof'> {
  readonly address: string | undefined;
  readonly peer: VatId;
  readonly request: Uint8Array;
}

function reply(
  { sealer, transaction }: Island,
  { ticket, peer, request, isProof = false }: ReplyTo,
  receipt: Pick<Receipt, 'lanes' | 'contacts' | 'waits'>,
): void {
  const plaintext = encodeReceipt({ from: sealer.vat, to: peer, request, ...receipt });
  const sealed = sealer.seal({ to: peer, counter: counterOf(request), plaintext });
  const bytes = encodeEnvelope({ from: sealer.vat, to: peer, ...sealed });
  transaction.release({ type: 'reply', ticket, status: 200, bytes, isProof });
}

/** Grows with all that is taken of a peer. */
function takenOf({ row }: Link): number {
  return row.receiving[0].next + row.receiving[1].next;
}

/** What an envelope holds, when it opens. */
function open(sealer: Sealer, envelope: Envelope, isPeer: boolean): Box | Statement | undefined {
  const plaintext = sealer.open({ ...envelope, isPeer });
  const said = plaintext && (parseBox(plaintext) ?? parseQuestion(plaintext));
  // MUST compare: NaCl's key is the same both ways, so a reflected box would open.
  return said?.from === envelope.from && said.to === envelope.to ? said : undefined;
}

/** A statement that wants an answer. */
function parseQuestion(plaintext: Uint8Array): Statement | undefined {
  const statement = parseStatement(plaintext);
  return statement?.kind === 'settle' ? statement : undefined;
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
