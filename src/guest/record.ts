// Record: reads the own properties of a plain object that a guest gave us, without running its code.

import { QrtError } from '../core/errors.ts';
import { isProxy } from './proxy.ts';

/** The error for what a record at `place` is or has. */
type Refuse = (place: string, reason: string) => QrtError;

/**
 * The own properties of a plain object. Throws QRT_POWER_INVALID, or what `refuse` makes, for a
 * proxy, a foreign prototype, a symbol, an accessor or a hidden property; `what` names the object
 * in the message.
 */
export function readRecord(
  value: unknown,
  what: string,
  refuse: Refuse = refusePower,
): readonly (readonly [string, unknown])[] {
  if (!isPlain(value)) throw refuse(what, 'is no plain object');
  return Reflect.ownKeys(value).map((key) => {
    if (typeof key === 'symbol') throw refuse(what, 'has a symbol as a key');
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (descriptor === undefined || !('value' in descriptor)) {
      throw refuse(`${what}.${key}`, 'is an accessor');
    }
    if (!descriptor.enumerable) throw refuse(`${what}.${key}`, 'is not enumerable');
    return [key, descriptor.value as unknown] as const;
  });
}

/** Whether a value is a plain object. Runs no code of it. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || isProxy(value)) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** Defines data, also under a key like `__proto__`. */
export function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function refusePower(place: string, reason: string): QrtError {
  return new QrtError('QRT_POWER_INVALID', { reason: `${place} ${reason}` });
}
