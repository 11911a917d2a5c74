// Reference: what a guest holds to send to an object; frozen, opaque, dead after its turn.
//
// Target and turn are private fields: no property says what it names, and a fake cannot have
// them. The same target gives the same value within a turn. A promise is a reference like any
// other, and no thenable: nothing of the engine ever waits for one.

import { QrtError } from '../core/errors.ts';
import type { LocalId } from '../core/ids.ts';
import { makeGuestError } from './guest-error.ts';
import { hideText } from './own-functions.ts';

/** What a reference can ask of its turn. Each throws a guest error when it cannot. */
export interface Courier {
  readonly isOver: () => boolean;
  /** The promise of the answer. */
  readonly send: (target: LocalId, args: unknown, options: unknown) => object;
  readonly sendOnly: (target: LocalId, args: unknown) => void;
  readonly call: (target: LocalId, args: unknown) => unknown;
}

class Reference {
  readonly #target: LocalId;
  readonly #courier: Courier;

  constructor(target: LocalId, courier: Courier) {
    this.#target = target;
    this.#courier = courier;
  }

  send(args: unknown, options: unknown): object {
    return Reference.sendTo(this, [args, options], 'send');
  }

  sendOnly(args: unknown): void {
    Reference.sendOnlyTo(this, args, 'sendOnly');
  }

  call(args: unknown): unknown {
    return Reference.callTo(this, args, 'call');
  }

  static sendTo(value: unknown, [args, options]: readonly unknown[], what: string): object {
    if (!isOurs(value) || !(#target in value)) throw makeGuestError('QRT_TARGET_INVALID', { what });
    return value.#courier.send(value.#target, args, options);
  }

  static sendOnlyTo(value: unknown, args: unknown, what: string): void {
    if (!isOurs(value) || !(#target in value)) throw makeGuestError('QRT_TARGET_INVALID', { what });
    value.#courier.sendOnly(value.#target, args);
  }

  static callTo(value: unknown, args: unknown, what: string): unknown {
    if (!isOurs(value) || !(#target in value)) throw makeGuestError('QRT_TARGET_INVALID', { what });
    return value.#courier.call(value.#target, args);
  }

  static targetOf(value: object): LocalId | undefined {
    if (!(#target in value)) return undefined;
    if (value.#courier.isOver()) throw new QrtError('QRT_TURN_OVER', {});
    return value.#target;
  }
}

/** A new reference of a turn. MUST be called once for each target in a turn. */
export function makeReference(target: LocalId, courier: Courier): object {
  return Object.freeze(new Reference(target, courier));
}

/**
 * The target of a reference; undefined for any other value, which is not touched. Throws
 * QRT_TURN_OVER for one of another turn.
 */
export const targetOf: (value: object) => LocalId | undefined = Reference.targetOf;

/** The ways to send and call that are safe on values that only look like references. */
export const { sendTo, sendOnlyTo, callTo } = Reference;

/** Whether a target is an object of this vat; the kernel gives no other ids. */
export function isLocal(target: LocalId): boolean {
  return target.startsWith('o');
}

/** Whether a target is a thing of another vat. */
export function isFar(target: LocalId): boolean {
  return target.startsWith('i');
}

function isOurs(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** No way leads from a reference to the class: who has the class can forge references. */
function sealPrototype(): void {
  const prototype = Reference.prototype as unknown as Record<PropertyKey, unknown>;
  Reflect.deleteProperty(prototype, 'constructor');
  prototype[Symbol.toStringTag] = 'Reference';
  for (const name of ['send', 'sendOnly', 'call']) {
    Object.freeze(prototype[name]);
    hideText(prototype[name]);
  }
  Object.freeze(prototype);
}

sealPrototype();
