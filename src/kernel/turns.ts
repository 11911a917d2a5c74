// Turns: hands messages to the worker and takes their outcomes in order.
//
// Up to 64 turns are in flight, so that the pipe is never waited for; a message that is suspected of
// ending workers runs alone. The kernel numbers turns at dispatch; an outcome that is not the next
// one's, or lies, ends the worker.

import { isQrtError, QrtError, unreachable } from '../core/errors.ts';
import { TURN_RECALL_MS, TURNS_STOP_MS_MAX } from '../core/fair-limits.ts';
import type { WorkerFrame } from '../core/frames.ts';
import type { LocalId } from '../core/ids.ts';
import { REJECTED_AT_ONCE_MAX } from '../core/limits.ts';
import { parseWorkerFrame } from '../core/worker-frames.ts';
import { answerAsk, answerBytes } from './answers.ts';
import { type Batch, makeBatch } from './batch.ts';
import type { Blame, DeathCause } from './blame.ts';
import type { Directory } from './directory.ts';
import { codedFailure } from './failures.ts';
import { inFlightMax } from './in-flight.ts';
import type { Island } from './island.ts';
import type { Outcomes } from './outcome.ts';
import type { OwnerLine } from './owner-line.ts';
import type { WorkerEnd } from './ports.ts';
import type { Promises } from './promises.ts';
import type { Refusals } from './refusals.ts';
import type { RunQueue } from './run-queue.ts';
import type { InboxRow } from './store-port.ts';
import type { TurnHistory } from './turn-history.ts';
import type { WorkerLife } from './worker-life.ts';

export interface Turns {
  /** Dispatches what may run. */
  pump(): void;
  frame(worker: number, payload: Uint8Array): void;
  exit(worker: number, end: WorkerEnd): void;
  /** Looks at the deadlines of the worker. */
  tick(): void;
  dueAtMs(): number | undefined;
  isInFlight(): boolean;
  /** Whether a turn is in flight whose message counts in that share. */
  runsFor(share: string): boolean;
  /** Calls `run` as soon as no turn is in flight, before any other begins. */
  whenIdle(run: () => void): void;
  /** The worker forgets what it keeps under these ids. */
  forget(ids: readonly LocalId[]): void;
  /** No new turn begins, and those in flight have only so much time. */
  stop(): void;
  state(): WorkerState;
}

/** What `status` says of the worker. */
interface WorkerState {
  readonly worker: 'none' | 'starting' | 'idle' | 'busy';
  /** Workers that ended before the vat gave them back. */
  readonly lost: number;
}

interface Parts {
  readonly directory: Directory;
  readonly refusals: Refusals;
  readonly promises: Promises;
  readonly queue: RunQueue;
  readonly line: OwnerLine;
  readonly blame: Blame;
  readonly outcomes: Outcomes;
  readonly life: WorkerLife;
  readonly history: TurnHistory;
  /** Whether another turn may begin now. */
  readonly mayBegin: () => boolean;
}

export function makeTurns(island: Island, parts: Parts): Turns {
  const { line, life, mayBegin } = parts;
  const { clock } = island;
  const batch = makeBatch(island, parts);
  /** What waits until no turn is in flight. */
  const waiting: (() => void)[] = [];
  let stopAtMs: number | undefined;

  const isInFlight = (): boolean => batch.count() > 0;
  const hasWork = (): boolean => stopAtMs === undefined && mayBegin() && !line.isEmpty();
  const end = (cause: DeathCause): void => bury(parts, batch, cause);

  return Object.freeze({
    pump() {
      if (!isInFlight()) for (const run of waiting.splice(0)) run();
      if (waiting.length === 0 && hasWork())
        fill(parts, batch, (owner) => inFlightMax(island, owner));
    },
    isInFlight,
    runsFor: batch.runsFor,
    whenIdle(run: () => void) {
      if (isInFlight()) waiting.push(run);
      else run();
    },
    forget(ids: readonly LocalId[]) {
      if (life.isReady()) life.send({ type: 'forget', ids });
    },
    frame(id: number, payload: Uint8Array) {
      if (life.id() !== id) return;
      try {
        take(island, parts, batch, parseWorkerFrame(payload, island.limits));
      } catch (error) {
        if (!isQrtError(error, 'QRT_WORKER_BROKEN')) throw error;
        island.emit({ type: 'note', level: 'error', text: error.message });
        end('broken');
      }
    },
    exit(id: number, how: WorkerEnd) {
      if (life.id() === id) end(how === 'heap' ? 'heap' : 'unknown');
    },
    tick() {
      if (!isInFlight()) life.rest();
      const cause = life.overrun(isInFlight());
      if (cause) end(cause);
      if (stopAtMs !== undefined && clock.monotonicMs() >= stopAtMs) recall(parts, batch, 'rest');
    },
    dueAtMs() {
      const due = life.dueAtMs({ isInFlight: isInFlight(), hasWork: hasWork() });
      if (stopAtMs === undefined || !isInFlight()) return due;
      return Math.min(stopAtMs, due ?? stopAtMs);
    },
    stop() {
      stopAtMs ??= clock.monotonicMs() + TURNS_STOP_MS_MAX;
    },
    state(): WorkerState {
      const lost = life.lost();
      if (life.id() === undefined) return { worker: 'none', lost };
      if (!life.isReady()) return { worker: 'starting', lost };
      return { worker: isInFlight() ? 'busy' : 'idle', lost };
    },
  });
}

/** Whether a worker can take a turn; starts one when there is none. */
function isWorkerReady({ life }: Parts): boolean {
  if (life.id() === undefined) life.start();
  return life.isReady();
}

/** Dispatches as much as may run now; rejects messages of dead objects. */
function fill(parts: Parts, batch: Batch, mostWith: (owner: number) => number): void {
  const { directory, line, queue, mayBegin } = parts;
  let rejected = 0;
  const isPlace = () => !batch.isAlone() && rejected < REJECTED_AT_ONCE_MAX;
  while (isPlace() && mayBegin()) {
    const owner = line.first();
    if (owner === undefined) return;
    const message = queue.first(owner);
    if (!message) continue;
    if (!directory.isLive(message.target)) {
      reject(parts, message);
      rejected += 1;
    } else if (batch.count() >= mostWith(owner) || !isWorkerReady(parts)) return;
    else if (!parts.blame.isSuspect(message)) dispatch(parts, batch, message);
    else if (batch.count() === 0) tryAlone(parts, batch, message);
    else return;
  }
}

/** Nobody can run a message for an object that was deleted, so no worker is asked to. */
function reject({ queue, blame, refusals, promises }: Parts, message: InboxRow): void {
  queue.take(message.owner);
  blame.dismiss(message);
  queue.consume(message);
  refusals.reject(message, 'QRT_NO_OBJECT');
  promises.reject(message.answer, codedFailure('QRT_NO_OBJECT'));
}

function dispatch({ queue }: Parts, batch: Batch, message: InboxRow): void {
  batch.hand(message, { isAlone: false });
  queue.take(message.owner);
}

/** Dispatches a suspected message, alone, its attempt committed first. */
function tryAlone({ queue, blame }: Parts, batch: Batch, message: InboxRow): void {
  const attempt = blame.attempt(message);
  if (attempt) batch.hand(attempt, { isAlone: true });
  queue.take(message.owner);
}

/** Ends the worker: accepted outcomes stand, the rest of its batch runs again alone. */
function bury({ life, blame, queue }: Parts, batch: Batch, cause: DeathCause): void {
  life.end(cause);
  const wasAlone = batch.isAlone();
  const unanswered = batch.drop();
  const [first] = unanswered;
  if (!first) return;
  if (!wasAlone) {
    blame.suspect(unanswered, cause);
    return queue.putBack(unanswered);
  }
  const message = blame.convict(first, cause);
  if (message) queue.putBack([message]);
}

/** Gives the worker back: what is in flight waits again, for no fault of its own. */
function recall({ life, blame, queue }: Parts, batch: Batch, reason: 'rest' | 'recall'): void {
  life.giveBack(reason);
  const wasAlone = batch.isAlone();
  const messages = batch.drop();
  queue.putBack(wasAlone ? messages.map(blame.pardon) : messages);
}

/** Takes one frame. Throws QRT_WORKER_BROKEN when it does not fit. */
function take(island: Island, parts: Parts, batch: Batch, frame: WorkerFrame): void {
  switch (frame.type) {
    case 'ready':
      if (!parts.life.markReady()) throw broken('it was ready before');
      return;
    case 'ask':
      if (batch.count() === 0) throw broken('it asks without a turn');
      return reply(island, parts, batch, frame);
    case 'outcome':
      return takeOutcome(parts, batch, frame);
    case 'checked':
      throw broken('nobody asked it to check code');
    default:
      return unreachable(frame);
  }
}

function reply(
  island: Island,
  { life }: Parts,
  batch: Batch,
  ask: Extract<WorkerFrame, { type: 'ask' }>,
): void {
  const frame = answerAsk(island.store, ask);
  // MUST end: a worker that asks and does not read would have its replies pile up on our side.
  if (!batch.countAsked(answerBytes(frame))) throw broken('it asks for more than it can hold');
  if (frame.type === 'code') life.allowLoad(frame.text?.length ?? 0);
  life.send(frame);
}

function takeOutcome(
  parts: Parts,
  batch: Batch,
  frame: Extract<WorkerFrame, { type: 'outcome' }>,
): void {
  const { outcomes, queue, blame, line, history } = parts;
  const next = batch.first();
  if (next?.turn !== frame.turn) throw broken('an outcome is not the next one');
  const { message, readings } = next;
  outcomes.accept(message, frame, readings);
  queue.consume(message);
  history.note(message, frame, readings.timeMs);
  if (batch.isAlone()) blame.acquit(message);
  const ms = batch.endFirst();
  line.end(message.owner, ms);
  // Its owner was taken for quick and is not: the rest of its turns MUST not hold up the others.
  if (ms >= TURN_RECALL_MS && line.isInTheWay(message.owner)) recall(parts, batch, 'recall');
}

const broken = (reason: string): QrtError => new QrtError('QRT_WORKER_BROKEN', { reason });
