// Receipts: takes the one kind of reply to a box, deletes what the peer has stored, finds doubt.

import { parseEnvelope, parseReceipt, type Receipt, type Stop } from '../core/wire.ts';
import type { AddressBook } from './address-book.ts';
import type { TakeReceipt } from './delivery.ts';
import { makeUnknownTaker } from './forgotten.ts';
import type { Island } from './island.ts';
import type { Attempt, LaneListener, Link, Links } from './links.ts';
import type { Outbox } from './outbox.ts';
import type { PromiseBook } from './promise-ends.ts';
import type { Refusals } from './refusals.ts';
import type { Standstill } from './standstill.ts';

export function makeReceipts(
  island: Island,
  parts: {
    readonly links: Links;
    readonly outbox: Outbox;
    readonly book: AddressBook;
    readonly refusals: Refusals;
    readonly onLane: LaneListener;
    readonly standstill: Standstill;
    readonly promiseBook: Pick<PromiseBook, 'rows' | 'exports'>;
  },
): TakeReceipt {
  const { sealer } = island;
  const { links, outbox, book, onLane, standstill } = parts;

  const open = (link: Link, attempt: Attempt, bytes: Uint8Array): Receipt | undefined => {
    const envelope = parseEnvelope(bytes);
    if (envelope?.from !== link.row.vat || envelope.to !== sealer.vat) return undefined;
    const plaintext = sealer.open(envelope);
    const receipt = plaintext && parseReceipt(plaintext);
    if (receipt?.from !== envelope.from || receipt.to !== envelope.to) return undefined;
    // MUST be for this very box: an older receipt would speak of an older history.
    return Buffer.compare(receipt.request, attempt.nonce) === 0 ? receipt : undefined;
  };

  const takeUnknown = makeUnknownTaker(island, parts);

  const acknowledge = (link: Link, attempt: Attempt, receipt: Receipt): void => {
    const before = link.row.sending[0].receipted;
    outbox.acknowledge(link, 1, receipt.lanes[0]);
    if (link.row.state !== 'doubt') outbox.acknowledge(link, 2, receipt.lanes[1]);
    if (link.row.state === 'doubt') return;
    if (link.row.state === 'unchecked') links.checked(link);
    if (!link.row.isKnownToPeer || attempt.serial > link.row.recordSent) {
      link.row.isKnownToPeer = true;
      link.row.recordSent = Math.max(attempt.serial, link.row.recordSent);
      links.touch(link);
    }
    const after = link.row.sending[0].receipted;
    if (after > before) onLane(link, after, 'stored');
  };

  const take = (link: Link, attempt: Attempt, receipt: Receipt): void => {
    book.heard(receipt.contacts, link);
    const stops = receipt.lanes.map((lane) => lane.stop);
    link.delivery.busy = stops.includes('busy') ? busyText(stops, receipt.waits) : undefined;
    if (stops.includes('unknown')) {
      // It has nothing of ours, and never had, as our disk says.
      if (link.row.state === 'unchecked' && !attempt.isKnown) links.checked(link);
      else takeUnknown(link, attempt);
      return;
    }
    if (stops.includes('doubt')) {
      links.doubt(link, 'the peer is in doubt about this link');
      return;
    }
    // A peer that has no link for us yet, and no room to make one, has neither taken nor lost a thing.
    const hasBegun = attempt.isKnown || receipt.lanes.some((lane) => lane.next > 0);
    if (hasBegun) acknowledge(link, attempt, receipt);
  };

  return (link, attempt, bytes) => {
    const receipt = open(link, attempt, bytes);
    if (!receipt) return 'the reply is no valid receipt';
    if (link.row.state === 'doubt') return 'the link is in doubt';
    const [one, two] = link.row.sending;
    const before = [one.receipted, two.receipted] as const;
    take(link, attempt, receipt);
    standstill.heard(link, before, receipt.lanes[0].stop === 'busy' ? receipt.waits : undefined);
    return undefined;
  };
}

const busyText = (stops: readonly Stop[], waits: number | undefined): string => {
  if (waits !== undefined) return `the peer has no room to forward (${waits} behind it wait, too)`;
  return `the peer is busy (${stops[0] === 'busy' ? 'messages' : 'answers'})`;
};
