// Turn watch: lets turns begin as far as they are permitted, and notes what becomes of each.
//
// A turn is told of when it is committed, never before: what a restart undoes did not happen. A
// message whose worker died is tried again by the kernel on the same permit.

import { formatMessage, isQrtError } from '../core/errors.ts';
import type { KernelFrame, Outcome, WorkerFrame } from '../core/frames.ts';
import type { TurnLimits } from '../core/turn-limits.ts';
import { parseWorkerFrame } from '../core/worker-frames.ts';
import type { VatInput, VatOutput } from '../kernel/ports.ts';
import type { VatStore } from '../kernel/store-port.ts';

type TurnFrame = Extract<KernelFrame, { type: 'turn' }>;

/** One message's turn and how it ended. */
export interface EndedTurn {
  readonly message: Pick<TurnFrame, 'target' | 'args'>;
  readonly end:
    | Outcome
    | { readonly status: 'quarantined'; readonly message: string }
    | { readonly status: 'interrupted' };
}

export interface TurnWatch {
  /** Sets how many turns may begin from now on; failed starts are counted anew. */
  permit(turns: number): void;
  mayBegin(): boolean;
  hasPermit(): boolean;
  isInFlight(): boolean;
  /** Everything that the kernel gives out passes here first. */
  noteOutput(output: VatOutput): void;
  /** Hands what comes from a worker to `give`, with a look at it. */
  pass(input: VatInput, give: (input: VatInput) => void): void;
  /** The kernel's store, with a look at what is written. */
  wrap<Store extends VatStore>(store: Store): Store;
  /** The vat is read again: what was in flight, and what was not committed, is not over. */
  interrupt(): void;
  /** Workers in a row that ended without ever being ready. */
  failedStarts(): number;
}

export interface TurnWatchInput {
  readonly limits: TurnLimits;
  readonly onEnd: (turn: EndedTurn) => void;
  /** No turn is in flight any more, or a worker was lost. */
  readonly onRest: () => void;
}

export function makeTurnWatch({ limits, onEnd, onRest }: TurnWatchInput): TurnWatch {
  let permits = 0;
  let inFlight: TurnFrame[] = [];
  let uncommitted: EndedTurn[] = [];
  /** An outcome that the kernel looks at just now. */
  let judged: EndedTurn | undefined;
  let starts = 0;

  const begin = (turn: TurnFrame): void => {
    permits -= 1;
    inFlight.push(turn);
  };
  const loseWorker = (): void => {
    // Every message without an outcome that was accepted is tried again.
    permits += inFlight.length;
    if (judged) {
      permits += 1;
      uncommitted.pop();
      judged = undefined;
    }
    inFlight = [];
    onRest();
  };

  return Object.freeze({
    permit(turns: number) {
      permits = turns;
      starts = 0;
    },
    mayBegin: () => permits > 0,
    hasPermit: () => permits > 0,
    isInFlight: () => inFlight.length > 0,
    failedStarts: () => Math.max(0, starts - 1),
    noteOutput(output: VatOutput) {
      if (output.type === 'worker-start') starts += 1;
      else if (output.type === 'worker-kill') loseWorker();
      else if (output.type === 'worker-frame' && output.frame.type === 'turn') begin(output.frame);
    },
    pass(input: VatInput, give: (input: VatInput) => void) {
      const frame = input.type === 'worker-frame' ? read(input.payload, limits) : undefined;
      if (frame?.type === 'ready') starts = 0;
      const message = inFlight[0];
      if (frame?.type !== 'outcome' || message?.turn !== frame.turn) return give(input);
      // Before the kernel has it: it may commit before it returns.
      judged = { message, end: frame };
      uncommitted.push(judged);
      inFlight.shift();
      give(input);
      judged = undefined;
      if (inFlight.length === 0) onRest();
    },
    wrap<Store extends VatStore>(store: Store): Store {
      const looked: Pick<VatStore, 'commit' | 'insertQuarantine'> = {
        commit() {
          store.commit();
          const ended = uncommitted;
          uncommitted = [];
          for (const turn of ended) onEnd(turn);
        },
        insertQuarantine(row) {
          store.insertQuarantine(row);
          const { target, args, attempts, cause } = row;
          const text = formatMessage('QRT_MESSAGE_QUARANTINED', { attempts, cause });
          permits -= 1;
          uncommitted.push({
            message: { target, args },
            end: { status: 'quarantined', message: text },
          });
        },
      };
      return Object.freeze({ ...store, ...looked });
    },
    interrupt() {
      uncommitted = [];
      judged = undefined;
      starts = 0;
      const interrupted = inFlight;
      inFlight = [];
      for (const message of interrupted) onEnd({ message, end: { status: 'interrupted' } });
      onRest();
    },
  });
}

/** Undefined when it does not fit: the kernel will say what that means. */
function read(payload: Uint8Array, limits: TurnLimits): WorkerFrame | undefined {
  try {
    return parseWorkerFrame(payload, limits);
  } catch (error) {
    if (!isQrtError(error, 'QRT_WORKER_BROKEN')) throw error;
    return undefined;
  }
}
