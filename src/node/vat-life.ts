// Vat life: one vat from the moment it is read from disk until it is dropped.
//
// A vat that is started again counts its workers and attempts from 1 again, while ends of older
// ones may still be on their way. So each life has a number, which stands in front of these
// numbers outside of the vat; what belongs to another life never reaches it.

import { isQrtError } from '../core/errors.ts';
import { DISK_RETRY_FIRST_MS, DISK_RETRY_LAST_MS } from '../core/limits.ts';
import type { FormerLife } from '../kernel/backlog.ts';
import type { Clock, Vat, VatInput, VatOutput, WorkerMeter } from '../kernel/ports.ts';

/** A vat and how to let go of what it holds. */
interface OpenedVat {
  readonly vat: Vat;
  close(): void;
}

/** Reads the vat from disk. `emit` and `meter` speak of its own numbers. */
export type OpenVat = (input: {
  readonly emit: (output: VatOutput) => void;
  readonly meter: WorkerMeter;
  /** The life that a full disk ended just before, if one did. */
  readonly former?: FormerLife;
}) => OpenedVat;

/** A vat whose numbers are unique in this process. */
interface VatLife {
  readonly vat: Vat;
  /** An input as this vat means it; undefined when it belongs to another life. */
  enter(input: VatInput): VatInput | undefined;
  close(): void;
}

/** The lives of a vat in this process, one after another. */
export interface Lives {
  /** The life that gets the next input; undefined while there is none. */
  current(next?: VatInput): VatLife | undefined;
  /** Ends the current life. After a pause, which grows, `onRetry` is called and a new one begins. */
  drop(): void;
  close(): void;
}

export interface LivesInput {
  readonly openVat: OpenVat;
  readonly emit: (output: VatOutput) => void;
  readonly meter: WorkerMeter;
  readonly clock: Clock;
  readonly onRetry: () => void;
}

const LIFE = 2 ** 32;

/**
 * Reads the vat from disk for its first life; while the disk is full there is none. Throws whatever
 * else opening it throws.
 */
export function makeLives({ openVat, emit, meter, clock, onRetry }: LivesInput): Lives {
  let number = 1;
  let former: FormerLife | undefined;
  let life = openFirst(() => openLife({ number, openVat, emit, meter }));
  let beganMs = clock.monotonicMs();
  let pauseMs = DISK_RETRY_FIRST_MS;
  let isPausing = false;
  let timer: NodeJS.Timeout | undefined;

  const end = (): void => {
    // The store may have failed: closing it is all that is left to do with it.
    const ended = life;
    life = undefined;
    // While it cannot be read from disk, what is known stays that of the last one.
    if (ended) former = { attempt: ended.vat.tried() };
    ended?.close();
  };

  const pause = (): void => {
    isPausing = true;
    timer = setTimeout(() => {
      isPausing = false;
      onRetry();
    }, pauseMs);
    pauseMs = Math.min(pauseMs * 2, DISK_RETRY_LAST_MS);
  };

  if (!life) {
    emit({ type: 'note', level: 'error', text: 'QRT_DISK_FULL: there is no room to begin.' });
    pause();
  }

  return Object.freeze({
    current(next?: VatInput): VatLife | undefined {
      // Only its own alarm ends a pause: strangers must not make a full disk spin.
      if (life === undefined && !isPausing && next?.type === 'tick') {
        number += 1;
        beganMs = clock.monotonicMs();
        life = openLife({ number, openVat, emit, meter, ...(former && { former }) });
        emit({ type: 'note', level: 'warn', text: 'The vat was read from disk again.' });
      }
      return life;
    },
    drop(): void {
      end();
      const livedMs = clock.monotonicMs() - beganMs;
      if (livedMs > DISK_RETRY_LAST_MS) pauseMs = DISK_RETRY_FIRST_MS;
      pause();
    },
    close(): void {
      clearTimeout(timer);
      end();
    },
  });
}

function openFirst(open: () => VatLife): VatLife | undefined {
  try {
    return open();
  } catch (error) {
    if (isQrtError(error, 'QRT_DISK_FULL')) return undefined;
    throw error;
  }
}

interface LifeInput {
  readonly number: number;
  readonly openVat: OpenVat;
  readonly emit: (output: VatOutput) => void;
  readonly meter: WorkerMeter;
  readonly former?: FormerLife;
}

function openLife({ number, openVat, emit, meter, former }: LifeInput): VatLife {
  const offset = number * LIFE;
  const isOurs = (n: number): boolean => Math.floor(n / LIFE) === number;
  const opened = openVat({
    emit: (output) => emit(leave(output, offset)),
    meter: (worker) => meter(worker + offset),
    ...(former && { former }),
  });
  return Object.freeze({
    vat: opened.vat,
    enter(input: VatInput): VatInput | undefined {
      switch (input.type) {
        case 'posted':
          if (!isOurs(input.attempt)) return undefined;
          return { ...input, attempt: input.attempt - offset };
        case 'worker-frame':
        case 'worker-exit':
          return isOurs(input.worker) ? { ...input, worker: input.worker - offset } : undefined;
        default:
          return input;
      }
    },
    close: () => opened.close(),
  });
}

function leave(output: VatOutput, offset: number): VatOutput {
  switch (output.type) {
    case 'post':
    case 'fetch-contact':
      return { ...output, attempt: output.attempt + offset };
    case 'worker-start':
    case 'worker-frame':
    case 'worker-kill':
      return { ...output, worker: output.worker + offset };
    default:
      return output;
  }
}
