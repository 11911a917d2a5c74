// Awaited: what a guest gives to be waited for, a promise or what counts as a fulfilled one.

import { isResolverId, type LocalId } from '../core/ids.ts';
import { refusePromise } from './options.ts';
import { targetOf } from './reference.ts';

/** The target of a reference; undefined for any other value. Throws QRT_TURN_OVER. */
export function findTarget(value: unknown): LocalId | undefined {
  return typeof value === 'object' && value !== null ? targetOf(value) : undefined;
}

/** Throws QRT_PROMISE_INVALID for what nobody can mean to wait for. */
export function readAwaited(value: unknown, what: string): LocalId {
  const target = findTarget(value);
  if (target === undefined)
    throw refusePromise(
      what,
      'is no reference: only promises and other references can be waited for',
    );
  if (!isResolverId(target)) return target;
  throw refusePromise(what, 'is a resolver: give the promise that was made with it');
}
