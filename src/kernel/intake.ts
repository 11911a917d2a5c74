// Intake: takes one lane of a box as far as it is next, and says why it stopped.

import { type Item, parseItem } from '../core/item.ts';
import { classifyArrival, extendTail } from '../core/lanes.ts';
import { ITEM_BYTES_MAX } from '../core/limits.ts';
import type { BoxLane, Stop } from '../core/wire.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { Island } from './island.ts';
import type { Items } from './items.ts';
import type { Link, Links } from './links.ts';
import type { Names } from './names.ts';

/** Why a lane took no more; with `waits` it is busy for want of room to forward. */
interface Halt {
  readonly stop: Stop;
  readonly waits?: number;
}

const TAKEN: Halt = { stop: 'nothing' };

/** Takes lane 1 (index 0) or 2 (index 1) of a box from that link's peer. */
export type Intake = (link: Link, index: 0 | 1, lane: BoxLane) => Halt;

export function makeIntake(
  island: Island,
  parts: {
    readonly links: Links;
    readonly names: Names;
    readonly items: Items;
    readonly checkpoints: Checkpoints;
  },
): Intake {
  const { sha256, transaction, emit } = island;
  const { links, names, items, checkpoints } = parts;

  const takeItem = (link: Link, index: 0 | 1, bytes: Uint8Array): Halt => {
    const state = link.row.receiving[index];
    const item = readItem(bytes);
    const number = state.next;
    const before = names.firstMentions();
    if (index === 1) items.consumeAnswer(link, item);
    else {
      const consumption = items.consumeMessage(link, number, item);
      if (consumption === 'busy') return { stop: 'busy' };
      if (consumption !== 'consumed') return { stop: 'busy', ...consumption };
    }
    transaction.join(bytes.length);
    state.tail = extendTail(sha256, { tail: state.tail, number, item: bytes });
    state.next += 1;
    const hasNames = item.kind === 'redeem' || names.firstMentions() > before;
    if (index === 0) {
      checkpoints.received(link, hasNames);
      checkpoints.reached(link, 'received', { from: number, to: state.next });
    }
    links.touch(link);
    return TAKEN;
  };

  const takeItems = (link: Link, index: 0 | 1, lane: BoxLane, skip: number): Halt => {
    const state = link.row.receiving[index];
    if (state.next === 0) {
      state.next = lane.first;
      state.tail = lane.tail;
      links.touch(link);
    }
    for (const bytes of lane.items.slice(skip)) {
      const halt = takeItem(link, index, bytes);
      if (halt.stop !== 'nothing') return halt;
    }
    return TAKEN;
  };

  return (link, index, lane) => {
    if (link.row.state === 'doubt') return { stop: 'doubt' };
    const { next } = link.row.receiving[index];
    const verdict = classifyArrival(sha256, link.row.receiving[index], lane);
    switch (verdict.verdict) {
      case 'old':
        return TAKEN;
      case 'gap': {
        link.row.gaps += 1;
        links.touch(link);
        const text = `gap: ${link.row.vat} sent item ${lane.first}, item ${next} is next`;
        emit({ type: 'note', level: 'warn', text });
        return { stop: 'gap' };
      }
      case 'doubt':
        links.doubt(link, `the peer sent another history below ${next}`);
        return { stop: 'doubt' };
      case 'next': {
        const { row, settling } = link;
        // Nobody else could state that tail: the peer has begun anew, too.
        if (row.state === 'unchecked' && settling.row?.stage === 'done') links.checked(link);
        // As long as our disk may be older than the peer's, an item could be taken for another.
        if (row.state === 'unchecked') return lane.items.length > 0 ? { stop: 'busy' } : TAKEN;
        return takeItems(link, index, lane, verdict.skip);
      }
    }
  };
}

function readItem(bytes: Uint8Array): Item {
  const isTooLarge = bytes.length > ITEM_BYTES_MAX;
  return isTooLarge ? { kind: 'malformed', reason: 'too large' } : parseItem(bytes);
}
