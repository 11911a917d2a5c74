// Desk: requests that this process makes of its own vat, beside those of the control socket.

import type { ControlReply, ControlRequest } from '../kernel/ports.ts';
import { takeValue } from './control-client.ts';

export interface Desk {
  /** Rejects with the coded error that the vat replies with, and with what `close` was given. */
  ask(request: ControlRequest): Promise<unknown>;
  /** Takes a reply; false when it is not for anybody here. */
  reply(ticket: number, reply: ControlReply): boolean;
  /** Nobody waits any longer: rejects what has no reply yet, and all that is asked later. */
  close(reason: (request: ControlRequest) => unknown): void;
}

interface Asked {
  readonly request: ControlRequest;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A desk that hands requests to `give`; who asks bounds how many wait. */
export function makeDesk(give: (ticket: number, request: ControlRequest) => void): Desk {
  const waiting = new Map<number, Asked>();
  let last = 0;
  let closed: ((request: ControlRequest) => unknown) | undefined;

  return Object.freeze({
    ask(request: ControlRequest) {
      if (closed) return Promise.reject(closed(request));
      // The control socket counts up from 1, so no ticket is both.
      last -= 1;
      const ticket = last;
      return new Promise<unknown>((resolve, reject) => {
        waiting.set(ticket, { request, resolve, reject });
        give(ticket, request);
      });
    },
    reply(ticket: number, reply: ControlReply) {
      const asked = waiting.get(ticket);
      if (asked === undefined) return false;
      waiting.delete(ticket);
      try {
        asked.resolve(takeValue(reply));
      } catch (error) {
        asked.reject(error);
      }
      return true;
    },
    close(reason: (request: ControlRequest) => unknown) {
      closed ??= reason;
      for (const { request, reject } of waiting.values()) reject(closed(request));
      waiting.clear();
    },
  });
}
