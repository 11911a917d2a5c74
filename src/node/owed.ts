// Owed: what a vat owes to others while it lives, and how they are told when it had to be dropped.

import { QrtError } from '../core/errors.ts';
import type { VatInput, VatOutput } from '../kernel/ports.ts';

/** Replies by ticket, and workers, of a vat that may have to be dropped. */
export interface Owed {
  noteInput(input: VatInput): void;
  noteOutput(output: VatOutput): void;
  /** Answers everyone who waits that it could not be done, and ends the workers. */
  failAll(): void;
  /** Answers an input that comes while there is no vat. */
  refuse(input: VatInput): void;
}

export interface OwedInput {
  readonly route: (output: VatOutput) => void;
  /** For the error that clients see while the disk is full. */
  readonly dir: string;
}

/** A vat that owes nothing yet. */
export function makeOwed({ route, dir }: OwedInput): Owed {
  const boxes = new Set<number>();
  const requests = new Set<number>();
  const workers = new Set<number>();
  let isStopping = false;
  const failBox = (ticket: number): void =>
    route({ type: 'reply', ticket, status: 503, bytes: new Uint8Array() });
  const failRequest = (ticket: number): void => {
    const { code, message } = new QrtError('QRT_DISK_FULL', { dir });
    route({ type: 'control-reply', ticket, reply: { ok: false, code, message } });
  };

  return Object.freeze({
    noteInput(input: VatInput): void {
      if (input.type === 'box' || input.type === 'contact') boxes.add(input.ticket);
      else if (input.type === 'control') requests.add(input.ticket);
      else if (input.type === 'control-gone') requests.delete(input.ticket);
      else if (input.type === 'worker-exit') workers.delete(input.worker);
      else if (input.type === 'stop') isStopping = true;
    },
    noteOutput(output: VatOutput): void {
      if (output.type === 'reply') boxes.delete(output.ticket);
      else if (output.type === 'control-reply') requests.delete(output.ticket);
      else if (output.type === 'worker-start') workers.add(output.worker);
    },
    failAll(): void {
      for (const ticket of boxes) failBox(ticket);
      for (const ticket of requests) failRequest(ticket);
      for (const worker of workers) route({ type: 'worker-kill', worker, reason: 'rest' });
      boxes.clear();
      requests.clear();
      workers.clear();
      if (isStopping) route({ type: 'stopped' });
    },
    refuse(input: VatInput): void {
      if (input.type === 'box' || input.type === 'contact') failBox(input.ticket);
      else if (input.type === 'control') failRequest(input.ticket);
      else if (input.type === 'stop') route({ type: 'stopped' });
    },
  });
}
