// Turn state: what one turn has loaded, made and sent so far; all of it is dropped if the turn fails.
//
// It also guards our own functions that guests call: each entry must be matched by an exit, or the
// turn is poisoned, as the end of the stack may have come in the middle of one.

import { type ErrorCode, type ErrorDetails, formatMessage, QrtError } from '../core/errors.ts';
import type {
  LogEffect,
  ObjectEffect,
  PromiseEffect,
  Readings,
  SendEffect,
  WhenEffect,
} from '../core/frames.ts';
import type { CodeHash, LocalId } from '../core/ids.ts';
import type { Capdata, NativeType } from '../core/power.ts';
import type { TurnLimits } from '../core/turn-limits.ts';
import { makeGuestError, toGuestError } from './guest-error.ts';
import type { GuestFunction, Loader } from './loader.ts';
import { type Courier, makeReference } from './reference.ts';

/** Why a turn fails whose stack ended, or may have ended, within our own code. */
export const STACK_EXHAUSTED = 'the stack was exhausted';

/** An object in a turn: its function and its live power. */
export interface LiveObject {
  readonly id: LocalId;
  readonly run: GuestFunction;
  readonly power: object;
}

/** A memory slot in a turn: the one live value that all who hold the slot share. */
export interface LiveMemory {
  readonly id: LocalId;
  readonly root: object;
  /** As the kernel has it; absent for a slot made in this turn. */
  readonly stored?: Capdata<LocalId>;
  /** The object by which the turn came to it, for error messages. */
  readonly holder: LocalId;
}

/** Rows and bytes of a queue that are still free for this turn. */
interface RoomLeft {
  rows: number;
  bytes: number;
}

/** Everything of one turn. */
export interface TurnState {
  readonly number: number;
  readonly limits: TurnLimits;
  readonly loader: Loader;
  readonly courier: Courier;
  readonly references: Map<LocalId, object>;
  readonly objects: Map<LocalId, LiveObject>;
  readonly memories: Map<LocalId, LiveMemory>;
  /** Live roots, which `harden` leaves alone. */
  readonly roots: Set<object>;
  /** Native powers given to objects of this turn. */
  readonly natives: Map<object, NativeType>;
  /** Made in this turn: not known to the kernel yet. */
  readonly newObjects: Map<LocalId, ObjectEffect>;
  readonly newMemories: Map<LocalId, Capdata<LocalId>>;
  readonly newCodes: Map<CodeHash, GuestFunction>;
  /** Promises that no message and no continuation answers. */
  readonly promises: PromiseEffect[];
  readonly sends: SendEffect[];
  readonly whens: WhenEffect[];
  readonly logs: LogEffect[];
  readonly inbox: RoomLeft;
  readonly outbox: RoomLeft;
  /** Objects, memory slots and promises made so far: the `k` of the next. */
  made: number;
  effectBytes: number;
  /** The object whose function runs now. */
  running: LiveObject | undefined;
  callDepth: number;
  entered: number;
  left: number;
  /** Why the turn will fail, whatever the guest catches. */
  poison: string | undefined;
  isOver: boolean;
}

/** What a turn starts with. */
export interface TurnStart {
  readonly number: number;
  readonly readings: Readings;
  readonly limits: TurnLimits;
  readonly loader: Loader;
  readonly courier: Courier;
}

/** The state at the begin of a turn. */
export function makeTurnState(start: TurnStart): TurnState {
  const { number, readings, limits, loader, courier } = start;
  return {
    number,
    limits,
    loader,
    courier,
    references: new Map(),
    objects: new Map(),
    memories: new Map(),
    roots: new Set(),
    natives: new Map(),
    newObjects: new Map(),
    newMemories: new Map(),
    newCodes: new Map(),
    promises: [],
    sends: [],
    whens: [],
    logs: [],
    inbox: { rows: readings.inbox.rows, bytes: readings.inbox.bytes },
    outbox: { rows: readings.outbox.rows, bytes: readings.outbox.bytes },
    made: 0,
    effectBytes: 0,
    running: undefined,
    callDepth: 0,
    entered: 0,
    left: 0,
    poison: undefined,
    isOver: false,
  };
}

/** The reference to a target: the same value each time within the turn. */
export function referenceTo(turn: TurnState, target: LocalId): object {
  const known = turn.references.get(target);
  if (known !== undefined) return known;
  const reference = makeReference(target, turn.courier);
  turn.references.set(target, reference);
  return reference;
}

/**
 * Runs our own code for a guest. What it throws reaches the guest as a guest error. Anything but a
 * QrtError, the end of the stack above all, poisons the turn: `body` may have done half its work.
 */
export function enter<Result>(turn: TurnState, body: () => Result): Result {
  assertUsable(turn);
  turn.entered += 1;
  let result: Result;
  try {
    result = body();
  } catch (error) {
    // As it is: there may be no stack left to make another.
    if (error instanceof RangeError) {
      turn.poison ??= STACK_EXHAUSTED;
      throw error;
    }
    if (!(error instanceof QrtError)) throw makePoison(turn, 'a fault in qrt itself');
    const shown = toGuestError(error);
    turn.left += 1;
    throw shown;
  }
  turn.left += 1;
  return result;
}

/** Throws a guest error when the turn is over or poisoned. */
export function assertUsable(turn: TurnState): void {
  if (turn.isOver) throw makeGuestError('QRT_TURN_OVER', {});
  if (turn.poison !== undefined) throw makePoison(turn, turn.poison);
}

/** Makes the turn fail at its end, and the error to throw now. The first reason stays. */
export function poisonWith(turn: TurnState, code: ErrorCode, details: ErrorDetails): QrtError {
  turn.poison ??= formatMessage(code, details);
  return new QrtError(code, details);
}

/** Counts effects against what one outcome may hold. */
export function countEffect(turn: TurnState, bytes: number): void {
  turn.effectBytes += bytes;
  const { outcomeBytes: max } = turn.limits;
  if (turn.effectBytes > max) {
    throw poisonWith(turn, 'QRT_LIMIT_REACHED', { max, what: 'bytes of effects' });
  }
}

/** Bytes that capdata takes in a frame, before the quotes in it are escaped. */
export function capdataBytes({ body, slots }: Capdata<LocalId>): number {
  let bytes = Buffer.byteLength(body);
  for (const slot of slots) bytes += slot.length + 3;
  return bytes;
}

function makePoison(turn: TurnState, reason: string): Error {
  turn.poison ??= reason;
  return makeGuestError('QRT_TURN_POISONED', { reason: turn.poison });
}
