// Waiters: control requests that want to hear when a peer has stored their item.

import { type ErrorCode, formatMessage } from '../core/errors.ts';
import type { Island } from './island.ts';
import type { ControlReply } from './ports.ts';

/**
 * What became of items of a lane: the peer has stored them, never will, or was dropped, and may
 * have stored what was under way.
 */
export type LaneEnd = 'stored' | Extract<ErrorCode, 'QRT_NO_OBJECT' | 'QRT_LINK_DROPPED'>;

export interface Waiters {
  add(ticket: number, wait: { vat: string; number: number; value: unknown }): void;
  forget(ticket: number): void;
  /** Items of `vat` below `below` are stored, or no longer waited for by the reason of that code. */
  settle(vat: string, below: number, end: LaneEnd): void;
}

export function makeWaiters(island: Island): Waiters {
  const waiting = new Map<number, { vat: string; number: number; value: unknown }>();
  return Object.freeze({
    add: (ticket: number, wait: { vat: string; number: number; value: unknown }) =>
      void waiting.set(ticket, wait),
    forget: (ticket: number) => void waiting.delete(ticket),
    settle(vat: string, below: number, end: LaneEnd) {
      for (const [ticket, wait] of waiting) {
        if (wait.vat !== vat || wait.number >= below) continue;
        waiting.delete(ticket);
        const reply: ControlReply =
          end === 'stored'
            ? { ok: true, value: wait.value }
            : { ok: false, code: end, message: formatMessage(end, { vat }) };
        island.transaction.release({ type: 'control-reply', ticket, reply });
      }
    },
  });
}
