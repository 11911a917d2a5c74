// Waiters: control requests that want to hear when a peer has stored their item.

import { formatMessage } from '../core/errors.ts';
import type { Island } from './island.ts';

export interface Waiters {
  add(ticket: number, wait: { vat: string; number: number; value: unknown }): void;
  forget(ticket: number): void;
  /** Items of `vat` below `below` are stored, or will never be. */
  settle(vat: string, below: number, isStored: boolean): void;
}

export function makeWaiters(island: Island): Waiters {
  const waiting = new Map<number, { vat: string; number: number; value: unknown }>();
  return Object.freeze({
    add: (ticket: number, wait: { vat: string; number: number; value: unknown }) =>
      void waiting.set(ticket, wait),
    forget: (ticket: number) => void waiting.delete(ticket),
    settle(vat: string, below: number, isStored: boolean) {
      for (const [ticket, wait] of waiting) {
        if (wait.vat !== vat || wait.number >= below) continue;
        waiting.delete(ticket);
        const code = 'QRT_NO_OBJECT' as const;
        island.transaction.release({
          type: 'control-reply',
          ticket,
          reply: isStored
            ? { ok: true, value: wait.value }
            : { ok: false, code, message: formatMessage(code, {}) },
        });
      }
    },
  });
}
