// Waiters: control requests that want to hear when a peer has stored their item.

import { type ErrorCode, formatMessage } from '../core/errors.ts';
import type { Island } from './island.ts';
import type { ControlReply, SendReply } from './ports.ts';

/**
 * What became of items of a lane: the peer has stored them, never will, or was dropped, and may
 * have stored what was under way.
 */
export type LaneEnd =
  | 'stored'
  | Extract<ErrorCode, 'QRT_NO_OBJECT' | 'QRT_LINK_DROPPED' | 'QRT_ITEM_DISCARDED'>;

export interface Waiters {
  add(ticket: number, wait: Wait): void;
  forget(ticket: number): void;
  /** Items of `vat` below `below` are stored, or no longer waited for by the reason of that code. */
  settle(vat: string, below: number, end: LaneEnd): void;
  /** Items of `vat` from `from` on have other numbers now, or none. */
  renumber(vat: string, from: number, now: (number: number) => number | LaneEnd): void;
}

interface Wait {
  readonly vat: string;
  readonly number: number;
  readonly value: SendReply;
}

export function makeWaiters(island: Island): Waiters {
  const waiting = new Map<number, Wait>();

  const end = (ticket: number, { vat, value }: Wait, how: LaneEnd): void => {
    waiting.delete(ticket);
    const reply: ControlReply =
      how === 'stored'
        ? { ok: true, value }
        : { ok: false, code: how, message: formatMessage(how, { vat }) };
    island.transaction.release({ type: 'control-reply', ticket, reply });
  };

  return Object.freeze({
    add: (ticket: number, wait: Wait) => void waiting.set(ticket, wait),
    forget: (ticket: number) => void waiting.delete(ticket),
    settle(vat: string, below: number, how: LaneEnd) {
      for (const [ticket, wait] of waiting) {
        if (wait.vat === vat && wait.number < below) end(ticket, wait, how);
      }
    },
    renumber(vat: string, from: number, now: (number: number) => number | LaneEnd) {
      for (const [ticket, wait] of waiting) {
        if (wait.vat !== vat || wait.number < from) continue;
        const number = now(wait.number);
        if (typeof number !== 'number') end(ticket, wait, number);
        else waiting.set(ticket, { vat, number, value: { ...wait.value, number } });
      }
    },
  });
}
