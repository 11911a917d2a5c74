// Waiting replies: requests that have a ticket and no reply yet.

import type { ServerResponse } from 'node:http';
import type { VatInput } from '../kernel/ports.ts';

/** What a listener tells the kernel. */
export type ListenerInput = Extract<VatInput, { type: 'box' | 'contact' }>;

export interface WaitingReply {
  readonly type: ListenerInput['type'];
  readonly response: ServerResponse;
  /** Who it counts for. */
  readonly address: string;
}

/** Requests by their tickets; one whose connection closes is forgotten. */
export interface WaitingReplies {
  add(reply: WaitingReply): number;
  take(ticket: number): WaitingReply | undefined;
  count(type: ListenerInput['type']): number;
}

export function makeWaitingReplies(): WaitingReplies {
  const replies = new Map<number, WaitingReply>();
  const counts = { box: 0, contact: 0 };
  let lastTicket = 0;

  const take = (ticket: number): WaitingReply | undefined => {
    const reply = replies.get(ticket);
    if (reply !== undefined && replies.delete(ticket)) counts[reply.type] -= 1;
    return reply;
  };

  return Object.freeze<WaitingReplies>({
    add(reply) {
      lastTicket += 1;
      const ticket = lastTicket;
      replies.set(ticket, reply);
      counts[reply.type] += 1;
      reply.response.once('close', () => take(ticket));
      return ticket;
    },
    take,
    count: (type) => counts[type],
  });
}
