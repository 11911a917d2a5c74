// Promise: makes promises that no message answers: of several others, or with a resolver.

import { type EncodeOptions, encode } from '../core/capdata.ts';
import type { Combination, PromiseEffect } from '../core/frames.ts';
import { isPromiseId, type LocalId, makePromiseId, resolverOf } from '../core/ids.ts';
import { ARGS_BYTES_MAX } from '../core/limits.ts';
import type { Capdata } from '../core/power.ts';
import { findTarget, readAwaited } from './awaited.ts';
import { readDeadline, readDeadlineOption, refusePromise } from './options.ts';
import { isProxy } from './proxy.ts';
import { beginAsking, takeRows } from './queue.ts';
import { targetOf } from './reference.ts';
import { capdataBytes, countEffect, referenceTo, type TurnState } from './turn-state.ts';

const LIST_OPTIONS: EncodeOptions<LocalId> = {
  what: 'list',
  bytesMax: ARGS_BYTES_MAX,
  isProxy,
  slotOf: targetOf,
};
const PROMISE_BYTES = 120;

/** A promise and the reference that settles it. */
interface Resolvable {
  readonly promise: object;
  readonly resolver: object;
}

/**
 * `Q.all`, `Q.first`, `Q.settled`: returns the promise of a list of values and promises. Throws
 * QRT_PROMISE_INVALID, QRT_DATA_* and QRT_NO_ROOM.
 */
export function combine(turn: TurnState, kind: Combination, list: unknown): object {
  const maker = beginAsking(turn);
  if (!isArray(list)) throw refusePromise(`What is given to Q.${kind}`, 'is no array');
  const parts = encode(list, LIST_OPTIONS);
  // For each of them a row waits until it is settled.
  takeRows(turn, parts.slots.filter(isPromiseId).length);
  return add(turn, { maker, kind, parts });
}

/**
 * `Q.promise`: a promise that is settled by who has its resolver, or by its deadline. Throws
 * QRT_PROMISE_INVALID.
 */
export function makeResolvable(turn: TurnState, options?: unknown): Resolvable {
  const maker = beginAsking(turn);
  const deadline = readDeadlineOption(options, 'options');
  const resolver = referenceTo(turn, resolverOf(nextId(turn)));
  const promise = add(turn, { maker, kind: 'resolver', parts: NO_PARTS, ...deadline });
  return Object.freeze({ promise, resolver });
}

/**
 * `Q.deadline`: a promise that becomes what another one becomes, unless its time is over before.
 * Throws QRT_PROMISE_INVALID.
 */
export function deadline(turn: TurnState, promise: unknown, ms: unknown): object {
  const maker = beginAsking(turn);
  const awaited = readAwaited(promise, 'The first argument of Q.deadline');
  const deadlineMs = readDeadline(ms, 'The second argument of Q.deadline');
  if (isPromiseId(awaited)) takeRows(turn, 1);
  return add(turn, { maker, kind: 'first', parts: { body: ONE, slots: [awaited] }, deadlineMs });
}

/**
 * `Q.isPromise`: whether a value is a promise, settled or not. What it says of a value is the same for
 * ever. Throws QRT_TURN_OVER for a reference of another turn.
 */
export function isPromise(value: unknown): boolean {
  const target = findTarget(value);
  return target !== undefined && isPromiseId(target);
}

/** `Q.isReference`: whether a value is a reference of any kind. Throws QRT_TURN_OVER likewise. */
export const isReference = (value: unknown): boolean => findTarget(value) !== undefined;

/** A list of one reference. */
const ONE = '[{"$":0}]';

const NO_PARTS: Capdata<LocalId> = { body: '[]', slots: [] };

/** MUST be the last that can fail. */
function add(turn: TurnState, effect: Omit<PromiseEffect, 'id'>): object {
  countEffect(turn, PROMISE_BYTES + capdataBytes(effect.parts));
  const id = nextId(turn);
  const promise = referenceTo(turn, id);
  turn.made += 1;
  turn.promises.push({ id, ...effect });
  return promise;
}

function nextId(turn: TurnState): LocalId {
  return makePromiseId(turn.number, turn.made);
}

/** `Array.isArray` takes a proxy of an array for one, and throws for one that was revoked. */
function isArray(value: unknown): value is unknown[] {
  return typeof value === 'object' && value !== null && !isProxy(value) && Array.isArray(value);
}
