// Vat loop: feeds a vat one input at a time and hands on what it gives out.
//
// The vat is asked to commit when no further input waits, so that a burst shares one flush. When
// the disk is full the vat is dropped, everyone who waits is told, and after a pause it is read
// from disk again; any other failure ends the process, which `onFatal` does.

import { isQrtError } from '../core/errors.ts';
import type { Clock, VatInput, VatOutput, WorkerMeter } from '../kernel/ports.ts';
import { makeAlarm } from './alarm.ts';
import { makeOwed } from './owed.ts';
import { makeLives, type OpenVat } from './vat-life.ts';

export interface VatLoopInput {
  readonly openVat: OpenVat;
  /** Hands an output to its adapter; inputs that this causes at once are put in line. */
  readonly route: (output: VatOutput) => void;
  readonly meter: WorkerMeter;
  readonly clock: Clock;
  /** For the error that clients see while the disk is full. */
  readonly dir: string;
  /** The store failed and the process has to end. */
  readonly onFatal: (error: unknown) => void;
}

/** A vat that is being fed. */
export interface VatLoop {
  give(input: VatInput): void;
  /** Lets go of the store; later inputs are ignored. */
  close(): void;
}

/** Reads the vat from disk and feeds it. Throws what opening it throws. */
export function makeVatLoop(input: VatLoopInput): VatLoop {
  const { clock, route, onFatal } = input;
  const inputs: VatInput[] = [];
  const outputs: VatOutput[] = [];
  const owed = makeOwed(input);
  const tick = (): void => give({ type: 'tick' });
  const alarm = makeAlarm({ clock, onTime: tick });
  const lives = makeLives({ ...input, emit: (output) => outputs.push(output), onRetry: tick });
  let isBusy = false;
  let isClosed = false;
  let settling: NodeJS.Immediate | undefined;

  const flush = (): void => {
    for (let output = outputs.shift(); output !== undefined; output = outputs.shift()) {
      owed.noteOutput(output);
      route(output);
    }
  };

  const guard = (work: () => void): void => {
    if (isClosed) return;
    try {
      work();
      flush();
    } catch (error) {
      if (!isQrtError(error, 'QRT_DISK_FULL')) {
        try {
          close();
        } finally {
          onFatal(error);
        }
        return;
      }
      // What was given out before the failure depends on earlier commits only.
      flush();
      route({ type: 'note', level: 'error', text: `${error.code}: ${error.message}` });
      alarm.set(undefined);
      lives.drop();
      owed.failAll();
    }
  };

  const handle = (next: VatInput): void => {
    const life = lives.current(next);
    if (life === undefined) return owed.refuse(next);
    const entered = life.enter(next);
    if (entered === undefined) return;
    owed.noteInput(next);
    life.vat.handle(entered);
  };

  const settle = (): void => {
    settling = undefined;
    isBusy = true;
    guard(() => lives.current()?.vat.settle());
    isBusy = false;
    if (inputs.length > 0) drain();
    else if (!isClosed) alarm.set(lives.current()?.vat.wakeAtMs());
  };

  const drain = (): void => {
    isBusy = true;
    for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
      const current = next;
      guard(() => handle(current));
    }
    isBusy = false;
    if (!isClosed) settling ??= setImmediate(settle);
  };

  const give = (next: VatInput): void => {
    if (isClosed) return;
    inputs.push(next);
    if (!isBusy) drain();
  };

  const close = (): void => {
    isClosed = true;
    clearImmediate(settling);
    alarm.set(undefined);
    lives.close();
  };

  return Object.freeze({ give, close });
}
