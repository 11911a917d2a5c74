// Natives: makes the native powers of an object for one turn, frozen functions and nothing more.

import { unreachable } from '../core/errors.ts';
import type { LocalId } from '../core/ids.ts';
import type { NativeType } from '../core/power.ts';
import { log } from './log.ts';
import { makeObject } from './make-object.ts';
import { hideText } from './own-functions.ts';
import { enter, type LiveMemory, type TurnState } from './turn-state.ts';

/** To which object a native power is given. */
export interface NativeGrant {
  readonly type: NativeType;
  readonly id: LocalId;
  /** That object's memory. */
  readonly memory: LiveMemory | undefined;
}

/** A native power for one object in one turn. */
export function makeNative(turn: TurnState, grant: NativeGrant): object {
  const native = Object.freeze(makeFunction(turn, grant));
  hideText(native);
  turn.natives.set(native, grant.type);
  return native;
}

function makeFunction(turn: TurnState, grant: NativeGrant): object {
  switch (grant.type) {
    case 'make_object':
      return (code: unknown, newpower: unknown) =>
        enter(turn, () =>
          makeObject(turn, { maker: grant.id, memory: grant.memory, code, newpower }),
        );
    case 'log':
      return (line: unknown) => enter(turn, () => log(turn, grant.id, line));
    default:
      return unreachable(grant.type);
  }
}
