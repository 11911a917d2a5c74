// `add`: the global by which a guest makes variations of a power without changing it.

import { QrtError } from '../core/errors.ts';
import { toGuestError } from './guest-error.ts';
import { define, readRecord } from './record.ts';

/**
 * A frozen copy of `power` with the properties of `extra`. What is not overridden keeps its
 * identity, memory above all; `memory: null` or `undefined` takes the memory away.
 */
export function add(power: unknown, extra: unknown): object {
  try {
    const result = {};
    for (const [key, value] of readRecord(power, 'power')) define(result, key, value);
    for (const [key, value] of readRecord(extra, 'extra')) {
      if (key === 'memory' && (value === null || value === undefined)) {
        Reflect.deleteProperty(result, key);
      } else {
        define(result, key, value);
      }
    }
    return Object.freeze(result);
  } catch (error) {
    throw error instanceof QrtError ? toGuestError(error) : error;
  }
}
