// Worker: what a worker does with the frames that come, in a realm that was locked down for it.
//
// It is not the program: a process that has other pipes can run it too.

import { QrtError } from '../core/errors.ts';
import type { KernelFrame, WorkerFrame } from '../core/frames.ts';
import { CODE_BYTES_INSTALL_MAX, WORKER_CACHE_BYTES_MAX } from '../core/limits.ts';
import { DEFAULT_TURN_LIMITS } from '../core/turn-limits.ts';
import { add } from './add.ts';
import { makeCache } from './cache.ts';
import type { Channel } from './channel.ts';
import { checkCode } from './code-check.ts';
import { makeGuestHarden } from './guest-harden.ts';
import { type Loaded, makeLoader } from './loader.ts';
import { type Evaluate, lockDown, openCompartment } from './lockdown.ts';
import { makeQ } from './q.ts';
import { runTurn } from './turn.ts';
import type { TurnState } from './turn-state.ts';
import { forgetSymbols } from './turn-symbols.ts';
import { SES_VERSION } from './version.ts';

/** Our own, with what most code has in it. It is evaluated, and nobody calls it. */
const WARM_CODE = `function ({ n, to }, { memory }) {
  for (const each of [n]) memory.n = each + 1;
  to.sendOnly({ n });
}`;

/** A realm that guests may run in. */
export interface Realm {
  readonly evaluate: Evaluate;
  /** Told which turn runs now, and that none does. */
  readonly onTurn: (now: TurnState | undefined) => void;
}

/** One worker. */
export interface Worker {
  /** Waits for the next frame and does what it says. */
  serveNext(): void;
}

/** Locks this realm down and makes it ready. MUST be called once. */
export function openRealm(): Realm {
  lockDown();
  let turn: TurnState | undefined;
  const guestHarden = makeGuestHarden((value) => turn?.roots.has(value) === true);
  const Q = makeQ(() => turn);
  const evaluate = openCompartment({ Q, add, harden: guestHarden });
  guestHarden(Q);
  warmUp(evaluate);
  return Object.freeze({
    evaluate,
    onTurn(now: TurnState | undefined) {
      turn = now;
      if (now === undefined) forgetSymbols();
    },
  });
}

/** A worker at `channel`, which says at once that it is ready. */
export function makeWorker(channel: Channel, { evaluate, onTurn }: Realm): Worker {
  let limits = DEFAULT_TURN_LIMITS;
  const loader = makeLoader(channel, evaluate, makeCache<Loaded>(WORKER_CACHE_BYTES_MAX));
  channel.write({ type: 'ready', ses: SES_VERSION, node: process.version });
  return Object.freeze({
    serveNext() {
      const frame = channel.next();
      switch (frame.type) {
        case 'limits':
          limits = frame.limits;
          break;
        case 'turn':
          if (frame.tellFirst) channel.flush();
          channel.write(runTurn(frame, { loader, limits }, onTurn));
          break;
        case 'forget':
          loader.forget(frame.ids);
          break;
        case 'check':
          channel.write(check(frame, evaluate));
          break;
        default:
          throw new QrtError('QRT_INVARIANT_BROKEN', { reason: `a ${frame.type} frame unasked` });
      }
    },
  });
}

/**
 * What is compiled or walked over only once takes 6 ms (measured), which no turn should pay: whoever
 * waits for the first one of a worker has often waited for the end of another.
 */
function warmUp(evaluate: Evaluate): void {
  const checked = checkCode(WARM_CODE, WARM_CODE.length);
  if ('text' in checked) evaluate(checked.text);
  else throw new QrtError('QRT_INVARIANT_BROKEN', { reason: checked.reason });
}

/** Checks a text as install does. It is evaluated, but as one function expression it runs nothing. */
function check(frame: Extract<KernelFrame, { type: 'check' }>, evaluate: Evaluate): WorkerFrame {
  const bytesMax = Math.min(frame.bytesMax, CODE_BYTES_INSTALL_MAX);
  try {
    const checked = checkCode(frame.text, bytesMax);
    if ('text' in checked) evaluate(checked.text);
    return { type: 'checked', ...checked };
  } catch (error) {
    if (error instanceof RangeError) {
      return { type: 'checked', reason: 'the code is nested too deeply' };
    }
    if (error instanceof SyntaxError) return { type: 'checked', reason: error.message };
    throw error;
  }
}
