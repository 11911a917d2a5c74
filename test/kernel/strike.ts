// Strike: a watch on a store that ends the process, or fills the disk, at one change of it.

import { QrtError } from '../../src/core/errors.ts';
import { Death, isEffect, type StoreWatch } from '../sim/watched-store.ts';

export type Fault = 'death before' | 'death after' | 'death after, last words heard' | 'disk full';

/** A watch that strikes once, at effect `point`. */
export function strikeAt(point: number, fault: Fault): StoreWatch {
  let seen = 0;
  const strike = (isNow: boolean): void => {
    if (!isNow) return;
    if (fault === 'disk full') throw new QrtError('QRT_DISK_FULL', { dir: 'test' });
    throw new Death();
  };
  const isAfter = fault.startsWith('death after');
  return {
    before: (call) => {
      if (isEffect(call)) seen += 1;
      if (!isAfter) strike(isEffect(call) && seen === point);
    },
    after: (call) => {
      if (isAfter) strike(isEffect(call) && seen === point);
    },
  };
}
