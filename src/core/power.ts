// Power description: how the power of an object is written down, in frames and in the store.
//
// It never holds a live value: static data is capdata, natives are type names, memory is an id.

import type { LocalId } from './ids.ts';

/** JSON text whose places for references point into the body's own list of slots. */
export interface Capdata<Slot extends string = string> {
  /** JSON; a reference is written as `{"$":index}`, a data key that starts with `$` as `$$…`. */
  readonly body: string;
  readonly slots: readonly Slot[];
}

/** What capdata counts in queues and bounds, in bytes. */
export function capdataBytes(data: Capdata): number {
  return Buffer.byteLength(data.body) + 16 * data.slots.length;
}

/** The power of one object. */
export interface PowerDescription {
  /** Static data and references: a JSON object without `memory` and without the native keys. */
  readonly data: Capdata<LocalId>;
  /** Native powers at the top level: key in power → native type. */
  readonly natives: Readonly<Record<string, NativeType>>;
  /** The memory slot behind `power.memory`; absent when the object has none. */
  readonly memory?: LocalId;
}

/** The native powers that exist. */
const NATIVE_TYPES = ['make_object', 'log'] as const;

/** A native power's type. */
export type NativeType = (typeof NATIVE_TYPES)[number];

/** Native types that an operator may grant at install; `make_object` comes without asking. */
export const GRANTABLE_TYPES: readonly NativeType[] = ['log'];

/** Whether a text names a native power. */
export function isNativeType(text: unknown): text is NativeType {
  return NATIVE_TYPES.includes(text as NativeType);
}
