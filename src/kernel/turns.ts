// Turns: hands messages to the worker and takes their outcomes in order.
//
// Up to 64 turns are in flight, so that the pipe is never waited for. The kernel numbers turns at
// dispatch; an outcome that is not the next one's, or lies, ends the worker.

import { isQrtError, QrtError, unreachable } from '../core/errors.ts';
import type { KernelFrame, Readings, WorkerFrame } from '../core/frames.ts';
import type { LocalId } from '../core/ids.ts';
import { ASKED_BYTES_MAX, REJECTED_AT_ONCE_MAX } from '../core/limits.ts';
import { capdataBytes } from '../core/power.ts';
import { parseWorkerFrame } from '../core/worker-frames.ts';
import type { Blame, DeathCause } from './blame.ts';
import type { Directory } from './directory.ts';
import { type Island, ownerShare } from './island.ts';
import type { Outcomes } from './outcome.ts';
import type { WorkerEnd } from './ports.ts';
import type { Refusals } from './refusals.ts';
import type { RunQueue } from './run-queue.ts';
import { makeSeeds } from './seeds.ts';
import type { InboxRow, VatStore } from './store-port.ts';
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
  /** Calls `run` as soon as no turn is in flight, before any other begins. */
  whenIdle(run: () => void): void;
  /** The worker forgets what it keeps under these ids. */
  forget(ids: readonly LocalId[]): void;
  /** No new turn begins. */
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
  readonly queue: RunQueue;
  readonly blame: Blame;
  readonly outcomes: Outcomes;
  readonly life: WorkerLife;
  readonly history: TurnHistory;
  /** Whether another turn may begin now. */
  readonly mayBegin: () => boolean;
}

interface InFlight {
  readonly turn: number;
  readonly message: InboxRow;
  readonly readings: Readings;
}

/** Turns between their dispatch and their outcome. */
interface Batch {
  readonly turns: InFlight[];
  /** Entropy for the next turn. */
  readonly seed: () => string;
  /** Whether the one turn in flight runs alone, because its message is suspected. */
  isAlone: boolean;
  /** What the worker was told in reply to its asks since the last outcome. */
  askedBytes: number;
}

type Dispatch = (message: InboxRow) => void;

export function makeTurns(island: Island, parts: Parts): Turns {
  const { queue, blame, life, mayBegin } = parts;
  const seed = makeSeeds(island.entropy);
  const batch: Batch = { turns: [], seed, isAlone: false, askedBytes: 0 };
  /** What waits until no turn is in flight. */
  const waiting: (() => void)[] = [];
  let isStopping = false;

  const isInFlight = (): boolean => batch.turns.length > 0;
  const hasWork = (): boolean =>
    !isStopping && mayBegin() && (blame.hasSuspects() || !queue.isEmpty());
  const end = (cause: DeathCause): void => bury(parts, batch, cause);
  const dispatch: Dispatch = (message) => hand(island, parts, batch, message);
  const isPlace = () => batch.turns.length < island.limits.turnsInFlight && mayBegin();

  const pump = (): void => {
    if (!isInFlight()) for (const run of waiting.splice(0)) run();
    if (waiting.length > 0 || batch.isAlone || !hasWork()) return;
    if (blame.hasSuspects()) trySuspect(parts, batch, dispatch);
    else fill(parts, isPlace, dispatch);
  };

  return Object.freeze({
    pump,
    isInFlight,
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
    },
    dueAtMs: () => life.dueAtMs({ isInFlight: isInFlight(), hasWork: hasWork() }),
    stop() {
      isStopping = true;
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

/** Nobody can run a message for an object that was deleted, so no worker is asked to. */
function reject({ queue, refusals }: Parts, message: InboxRow): void {
  queue.consume(message);
  refusals.reject(message, 'QRT_NO_OBJECT');
}

/** Dispatches the next suspected message, alone. */
function trySuspect(parts: Parts, batch: Batch, dispatch: Dispatch): void {
  const { directory, blame } = parts;
  if (!isWorkerReady(parts) || batch.turns.length > 0) return;
  const suspect = blame.tryNext();
  if (!suspect) return;
  if (directory.isLive(suspect.target)) {
    batch.isAlone = true;
    return dispatch(suspect);
  }
  reject(parts, suspect);
  blame.acquit();
}

/** Dispatches messages in their order as long as there is place; rejects those of dead objects. */
function fill(parts: Parts, isPlace: () => boolean, dispatch: Dispatch): void {
  const { directory, queue } = parts;
  let rejected = 0;
  while (isPlace() && rejected < REJECTED_AT_ONCE_MAX) {
    const message = queue.peek();
    if (!message) return;
    const isDead = !directory.isLive(message.target);
    if (!isDead && !isWorkerReady(parts)) return;
    queue.take();
    if (isDead) {
      reject(parts, message);
      rejected += 1;
    } else dispatch(message);
  }
}

/** Numbers a turn and hands it to the worker. */
function hand(island: Island, { life }: Parts, batch: Batch, message: InboxRow): void {
  const { clock, counters, inboxUsage, outboxUsage } = island;
  if (batch.turns.length === 0) life.markProgress();
  counters.turn += 1;
  const turn = counters.turn;
  const share = ownerShare(message.owner);
  const readings: Readings = {
    timeMs: clock.nowMs(),
    seed: batch.seed(),
    inbox: inboxUsage.roomFor(share),
    outbox: outboxUsage.roomFor(share),
  };
  batch.turns.push({ turn, message, readings });
  const { target, args } = message;
  life.send({ type: 'turn', turn, target, args, readings });
}

/** Ends the worker: accepted outcomes stand, the rest of its batch runs again alone. */
function bury({ life, blame }: Parts, batch: Batch, cause: DeathCause): void {
  life.end(cause);
  const unanswered = batch.turns.splice(0).map(({ message }) => message);
  const wasAlone = batch.isAlone;
  batch.isAlone = false;
  batch.askedBytes = 0;
  if (unanswered.length === 0) return;
  if (wasAlone) blame.convict(cause);
  else blame.suspect(unanswered);
}

/** Takes one frame. Throws QRT_WORKER_BROKEN when it does not fit. */
function take(island: Island, parts: Parts, batch: Batch, frame: WorkerFrame): void {
  switch (frame.type) {
    case 'ready':
      if (!parts.life.markReady()) throw broken('it was ready before');
      return;
    case 'ask':
      if (batch.turns.length === 0) throw broken('it asks without a turn');
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
  const frame = answer(island.store, ask);
  // MUST end: a worker that asks and does not read would have its replies pile up on our side.
  batch.askedBytes += ASK_BYTES + sizeOf(frame);
  if (batch.askedBytes > ASKED_BYTES_MAX) throw broken('it asks for more than it can hold');
  if (frame.type === 'code') life.allowLoad(frame.text?.length ?? 0);
  life.send(frame);
}

function takeOutcome(
  { outcomes, queue, blame, life, history }: Parts,
  batch: Batch,
  frame: Extract<WorkerFrame, { type: 'outcome' }>,
): void {
  const next = batch.turns[0];
  if (next?.turn !== frame.turn) throw broken('an outcome is not the next one');
  outcomes.accept(next.message, frame, next.readings);
  queue.consume(next.message);
  history.note(next.message, frame, next.readings.timeMs);
  batch.turns.shift();
  if (batch.isAlone) blame.acquit();
  batch.isAlone = false;
  batch.askedBytes = 0;
  life.markProgress();
}

function answer(store: VatStore, ask: Extract<WorkerFrame, { type: 'ask' }>): KernelFrame {
  switch (ask.what) {
    case 'object': {
      const found = store.object(ask.id);
      if (!found) return { type: 'object', id: ask.id };
      return { type: 'object', id: ask.id, object: { code: found.code, power: found.power } };
    }
    case 'memory': {
      const value = store.memory(ask.id);
      if (!value) throw broken(`it asks for ${ask.id}, which does not exist`);
      return { type: 'memory', id: ask.id, value };
    }
    case 'code': {
      const text = store.codeText(ask.id);
      return { type: 'code', hash: ask.id, ...(text !== undefined && { text }) };
    }
  }
}

function sizeOf(frame: KernelFrame): number {
  switch (frame.type) {
    case 'object':
      return frame.object === undefined ? 0 : capdataBytes(frame.object.power.data);
    case 'memory':
      return capdataBytes(frame.value);
    case 'code':
      return frame.text?.length ?? 0;
    default:
      return 0;
  }
}

/** What an ask counts beside the data in its reply. */
const ASK_BYTES = 100;

const broken = (reason: string): QrtError => new QrtError('QRT_WORKER_BROKEN', { reason });
