// Asks: requests of a test to its vat, over as many lives of it as it takes to get a reply.

import type { ControlReply, ControlRequest, VatInput } from '../kernel/ports.ts';
import { takeValue } from '../node/control-client.ts';

interface PendingAsk {
  readonly request: ControlRequest;
  readonly resolve: (reply: ControlReply) => void;
  readonly reject: (error: unknown) => void;
}

export interface Asks {
  /** Rejects with the coded error that the vat replies with, or that `fail` was given. */
  ask<T>(request: ControlRequest): Promise<T>;
  takeReply(ticket: number, reply: ControlReply): void;
  /** Asks again what has no reply yet: what changes the vat carries an id and happens once. */
  repeat(): void;
  /** Rejects all that is asked and will be. */
  fail(error: unknown): void;
}

export function makeAsks(give: (input: VatInput) => void): Asks {
  const pending = new Map<number, PendingAsk>();
  let tickets = 0;
  let fault: { readonly error: unknown } | undefined;

  return Object.freeze({
    async ask<T>(request: ControlRequest): Promise<T> {
      if (fault) throw fault.error;
      tickets += 1;
      const ticket = tickets;
      const reply = await new Promise<ControlReply>((resolve, reject) => {
        pending.set(ticket, { request, resolve, reject });
        give({ type: 'control', ticket, request });
      });
      return takeValue(reply) as T;
    },
    takeReply(ticket: number, reply: ControlReply) {
      pending.get(ticket)?.resolve(reply);
      pending.delete(ticket);
    },
    repeat() {
      for (const [ticket, { request }] of pending) give({ type: 'control', ticket, request });
    },
    fail(error: unknown) {
      fault = { error };
      for (const { reject } of pending.values()) reject(error);
      pending.clear();
    },
  });
}
