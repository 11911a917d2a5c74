// Histories: what each lane held on the wire. A number means one item for ever, and receipts speak
// of items that were sent, further each time.

import { createHash } from 'node:crypto';
import type { VatId } from '../../../src/core/ids.ts';
import type { Lane, ReceiptLane } from '../../spec/wire.ts';
import type { Said } from './opener.ts';

/** One item that is seen for the first time under its number. */
export interface NewItem {
  readonly from: VatId;
  readonly to: VatId;
  readonly lane: 1 | 2;
  readonly number: number;
  readonly item: Uint8Array;
}

export interface Histories {
  /** Takes what was said; returns complaints. `onItem` gets what is new. */
  see(said: Said, onItem: (item: NewItem) => readonly string[]): readonly string[];
  /** This vat may have lost a part of its memory: what it said before binds it no more. */
  excuse(vat: VatId): void;
  /** All is settled, and nobody is excused: each lane goes on from here. */
  beginAt(lanes: readonly LaneAtRest[]): void;
}

/** Where a lane of which everything is receipted goes on. */
export interface LaneAtRest {
  readonly from: VatId;
  readonly to: VatId;
  readonly lane: 1 | 2;
  readonly next: number;
  readonly tail: Uint8Array;
}

interface LaneHistory {
  /** Number → the tail before the item of that number, in base64. */
  readonly tails: Map<number, string>;
  /** The highest number that a receipt stated. */
  receipted: number;
}

export function makeHistories(): Histories {
  const lanes = new Map<string, LaneHistory>();
  const excused = new Set<VatId>();

  const historyOf = (from: VatId, to: VatId, lane: 1 | 2): LaneHistory => {
    const key = `${from} ${to} ${lane}`;
    const found = lanes.get(key) ?? { tails: new Map(), receipted: 0 };
    lanes.set(key, found);
    return found;
  };
  const isExcused = ({ from, to }: Said): boolean => excused.has(from) || excused.has(to);

  const seeLane = (
    said: Said,
    lane: 1 | 2,
    { first, tail, items }: Lane,
    onItem: (item: NewItem) => readonly string[],
  ): readonly string[] => {
    const { from, to } = said;
    const { tails } = historyOf(from, to, lane);
    const complaints: string[] = [];
    const note = (number: number, text: string): boolean => {
      const known = tails.get(number);
      tails.set(number, text);
      if (known === undefined || known === text) return known === undefined;
      if (!isExcused(said)) {
        complaints.push(`history: ${from} to ${to}, lane ${lane}: two pasts of ${number}`);
      }
      return true;
    };
    note(first, Buffer.from(tail).toString('base64'));
    let before = tail;
    for (const [index, item] of items.entries()) {
      const number = first + index;
      before = tailAfter(before, number, item);
      const isNew = note(number + 1, Buffer.from(before).toString('base64'));
      if (isNew) complaints.push(...onItem({ from, to, lane, number, item }));
    }
    return complaints;
  };

  /** A receipt of `said.from` about what `said.to` sent to it. */
  const seeReceipt = (said: Said, lane: 1 | 2, { next, tail, stop }: ReceiptLane): string[] => {
    const { from, to } = said;
    const history = historyOf(to, from, lane);
    // Whoever knows of no link states nothing.
    if (next === 0 || stop === 'unknown' || isExcused(said)) return [];
    const at = `${from} to ${to}, lane ${lane}: ${next}`;
    const known = history.tails.get(next);
    if (known === undefined) return [`receipt: ${at} was never sent`];
    if (known !== Buffer.from(tail).toString('base64')) return [`receipt: ${at} has another past`];
    if (next < history.receipted) return [`receipt: ${at} after ${history.receipted}`];
    history.receipted = next;
    return [];
  };

  return {
    see(said, onItem) {
      switch (said.kind) {
        case 'box':
          return [1, 2].flatMap((lane) =>
            seeLane(said, lane as 1 | 2, said.box.lanes[lane - 1]!, onItem),
          );
        case 'receipt':
          return [1, 2].flatMap((lane) =>
            seeReceipt(said, lane as 1 | 2, said.receipt.lanes[lane - 1]!),
          );
        case 'other':
          // Settling gives both lanes a new past.
          for (const [from, to] of [[said.from, said.to] as const, [said.to, said.from] as const]) {
            lanes.delete(`${from} ${to} 1`);
            lanes.delete(`${from} ${to} 2`);
          }
          return [];
      }
    },
    excuse: (vat) => void excused.add(vat),
    beginAt(all) {
      excused.clear();
      lanes.clear();
      for (const { from, to, lane, next, tail } of all) {
        const history = historyOf(from, to, lane);
        history.tails.set(next, Buffer.from(tail).toString('base64'));
        history.receipted = next;
      }
    },
  };
}

function tailAfter(before: Uint8Array, number: number, item: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return createHash('sha256').update(before).update(bytes).update(item).digest();
}
