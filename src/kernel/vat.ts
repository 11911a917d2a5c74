// Vat: the kernel of one vat, put together. Read this file first.
//
// Inputs come one at a time: a box, a frame of the worker, an operator's request, the end of an
// attempt to deliver, a moment that was waited for. Each is handled completely and synchronously:
//
//   arrivals ──► items ──► messages ──► run queue ──► turns ──► outcome ──► messages, outbox
//                                                                               │
//   receipts ◄── delivery ◄───────────────────── commit ◄───────────────────────┘
//
// Whatever an input changes joins the one open transaction; whatever depends on it is released
// after the commit. After a failed write the vat is dropped and made anew from its disk.

import { unreachable } from '../core/errors.ts';
import { connect, makeIsland, type VatParts } from './assembly.ts';
import type { Vat, VatInput } from './ports.ts';

export type { VatParts } from './assembly.ts';

/** The kernel of the vat whose state is in `store`. Throws QRT_STORE_* and QRT_DISK_FULL. */
export function makeVat(parts: VatParts): Vat {
  const { emit, isServing } = parts;
  const island = makeIsland(parts);
  const { transaction } = island;
  const connected = connect(island, parts);
  const { arrivals, delivery, operator, turns, book, backlog, blame, promises } = connected;
  if (isServing) delivery.greetAll();
  transaction.commit();
  let isStopping = false;
  let isStopped = false;

  const advance = (): void => {
    if (!isServing) return;
    promises.pump();
    turns.pump();
    delivery.pump();
  };

  const finishStop = (): void => {
    if (!isStopping || isStopped || turns.isInFlight()) return;
    backlog.stopped();
    transaction.commit();
    isStopped = true;
    emit({ type: 'stopped' });
  };

  const take = (input: VatInput): void => {
    switch (input.type) {
      case 'box':
        return arrivals.accept(input);
      case 'contact': {
        const bytes = Buffer.from(book.own().record);
        return transaction.release({ type: 'reply', ticket: input.ticket, status: 200, bytes });
      }
      case 'control':
        return operator.handle(input.ticket, input.request);
      case 'control-gone':
        return operator.gone(input.ticket);
      case 'posted':
        return delivery.posted(input.attempt, input.result);
      case 'worker-frame':
        return turns.frame(input.worker, input.payload);
      case 'worker-exit':
        return turns.exit(input.worker, input.end);
      case 'tick':
        promises.tick();
        return turns.tick();
      case 'stop':
        isStopping = true;
        return turns.stop();
      default:
        return unreachable(input);
    }
  };

  return Object.freeze({
    handle(input: VatInput) {
      take(input);
      promises.pump();
      if (isServing) turns.pump();
      if (transaction.isDue()) {
        transaction.commit();
        advance();
      }
    },
    settle() {
      if (transaction.isOpen() && (!turns.isInFlight() || transaction.isDue())) {
        transaction.commit();
      }
      advance();
      finishStop();
    },
    wakeAtMs() {
      const due = [transaction.dueAtMs()];
      if (isServing) due.push(turns.dueAtMs(), delivery.dueAtMs(), promises.dueAtMs());
      if (isServing && promises.isDue()) due.push(parts.clock.monotonicMs());
      const times = due.filter((time) => time !== undefined);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    tried: () => blame.tried(),
  });
}
