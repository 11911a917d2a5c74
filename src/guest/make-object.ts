// `make_object`: the native power by which an object makes another, giving it part of what it holds.
//
// The new power is read once, completely, before anything is made: it either becomes an object
// with its memory or leaves no trace.

import { type EncodeOptions, encode } from '../core/capdata.ts';
import { QrtError } from '../core/errors.ts';
import type { ObjectEffect } from '../core/frames.ts';
import { type LocalId, makeMemoryId, makeObjectId } from '../core/ids.ts';
import { POWER_NATIVE_KEY_MAX, POWER_NATIVES_MAX } from '../core/limits.ts';
import type { Capdata, NativeType } from '../core/power.ts';
import { assertStackLeft } from './channel.ts';
import { isProxy } from './proxy.ts';
import { define, isPlain, readRecord } from './record.ts';
import { targetOf } from './reference.ts';
import {
  capdataBytes,
  countEffect,
  type LiveMemory,
  poisonWith,
  referenceTo,
  type TurnState,
} from './turn-state.ts';

/** What `make_object(code, newpower)` was called with, and on whose behalf. */
export interface MakeRequest {
  /** The object to which this native power was given, and its memory. */
  readonly maker: LocalId;
  readonly memory: LiveMemory | undefined;
  readonly code: unknown;
  readonly newpower: unknown;
}

interface NewPower {
  readonly data: Capdata<LocalId>;
  readonly natives: Record<string, NativeType>;
  /** The maker's own slot, content of a new one, or none. */
  readonly memory: LiveMemory | Capdata<LocalId> | undefined;
}

const OBJECT_BYTES = 200;

/** Makes an object and returns its reference. Throws QRT_CODE_REFUSED, QRT_POWER_INVALID, QRT_DATA_*. */
export function makeObject(turn: TurnState, request: MakeRequest): object {
  const { turnObjects: max, codeBytes } = turn.limits;
  if (turn.newObjects.size >= max) {
    throw poisonWith(turn, 'QRT_LIMIT_REACHED', { max, what: 'new objects' });
  }
  assertStackLeft();
  const { hash, run, text } = turn.loader.checkText(request.code, codeBytes);
  const { data, natives, memory } = readNewPower(turn, request);
  // Also a text that the kernel has: what a turn comes to MUST NOT depend on what ran before it here.
  const isFirst = !turn.newCodes.has(hash);
  const content = memory === undefined || 'root' in memory ? undefined : memory;
  countEffect(
    turn,
    OBJECT_BYTES +
      capdataBytes(data) +
      (content === undefined ? 0 : capdataBytes(content)) +
      (isFirst ? Buffer.byteLength(text) : 0),
  );

  const id = makeObjectId(turn.number, turn.made);
  const newMemoryId = content === undefined ? undefined : makeMemoryId(turn.number, turn.made + 1);
  const memoryId = newMemoryId ?? (memory as LiveMemory | undefined)?.id;
  const effect: ObjectEffect = {
    id,
    code: hash,
    power: { data, natives, ...(memoryId === undefined ? {} : { memory: memoryId }) },
    maker: request.maker,
    ...(isFirst ? { text } : {}),
  };
  const reference = referenceTo(turn, id);
  // From here on nothing can fail but the stack, and that poisons the turn.
  turn.made += newMemoryId === undefined ? 1 : 2;
  turn.newCodes.set(hash, run);
  if (newMemoryId !== undefined && content) turn.newMemories.set(newMemoryId, content);
  turn.newObjects.set(id, effect);
  return reference;
}

function readNewPower(turn: TurnState, { newpower, memory }: MakeRequest): NewPower {
  const natives: Record<string, NativeType> = {};
  const data = {};
  let given: NewPower['memory'];
  const entries =
    newpower === undefined || newpower === null ? [] : readRecord(newpower, 'newpower');
  for (const [key, value] of entries) {
    if (key === 'memory') {
      given = readNewMemory(turn, value, memory);
      continue;
    }
    const type = typeof value === 'function' ? turn.natives.get(value) : undefined;
    if (type === undefined) define(data, key, value);
    else define(natives, key, type);
  }
  assertFewNatives(natives);
  return { data: encode(data, optionsFor(turn, 'newpower')), natives, memory: given };
}

function readNewMemory(
  turn: TurnState,
  value: unknown,
  own: LiveMemory | undefined,
): NewPower['memory'] {
  if (value === undefined || value === null) return undefined;
  // Identity, not equality: only the live root itself stands for the slot.
  if (own !== undefined && value === own.root) return own;
  if (!isPlain(value) && (isProxyOrScalar(value) || !Array.isArray(value))) {
    const reason = 'newpower.memory is neither a plain object nor an array';
    throw new QrtError('QRT_POWER_INVALID', { reason });
  }
  return encode(value, optionsFor(turn, 'newpower.memory'));
}

function isProxyOrScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null || isProxy(value);
}

function assertFewNatives(natives: Record<string, NativeType>): void {
  const keys = Object.keys(natives);
  if (keys.length > POWER_NATIVES_MAX) {
    const reason = `more than ${POWER_NATIVES_MAX} native powers`;
    throw new QrtError('QRT_POWER_INVALID', { reason });
  }
  if (keys.some((key) => key.length > POWER_NATIVE_KEY_MAX)) {
    const reason = `the key of a native power is longer than ${POWER_NATIVE_KEY_MAX}`;
    throw new QrtError('QRT_POWER_INVALID', { reason });
  }
}

function optionsFor(turn: TurnState, what: 'newpower' | 'newpower.memory'): EncodeOptions<LocalId> {
  const { powerBytes, memoryBytes } = turn.limits;
  return {
    what,
    bytesMax: what === 'newpower' ? powerBytes : memoryBytes,
    isProxy,
    slotOf: targetOf,
    refuseFunction: (value, path) => {
      if (!turn.natives.has(value)) return undefined;
      const reason = `${path} is a native power, which can only stand at the top level`;
      return new QrtError('QRT_POWER_INVALID', { reason });
    },
  };
}
