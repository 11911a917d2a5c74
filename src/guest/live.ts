// Live objects: puts together the power with which an object runs in this turn.
//
// A power is frozen but for its memory. Each object has one power in a turn and each memory slot
// one live value, however many objects hold it.

import { decode } from '../core/capdata-decode.ts';
import { QrtError } from '../core/errors.ts';
import type { ObjectDescription } from '../core/frames.ts';
import type { LocalId } from '../core/ids.ts';
import { TURN_MEMORY_MAX } from '../core/limits.ts';
import type { Capdata } from '../core/power.ts';
import type { GuestFunction, LoadedObject } from './loader.ts';
import { makeNative } from './natives.ts';
import { define } from './record.ts';
import { targetOf } from './reference.ts';
import {
  type LiveMemory,
  type LiveObject,
  poisonWith,
  referenceTo,
  type TurnState,
} from './turn-state.ts';

/** An object ready to run; undefined when there is none of that id. */
export function findLiveObject(turn: TurnState, id: LocalId): LiveObject | undefined {
  const known = turn.objects.get(id);
  if (known !== undefined) return known;
  const made = turn.newObjects.get(id);
  const description: LoadedObject | undefined =
    made === undefined ? turn.loader.findObject(id) : { code: made.code, power: made.power };
  if (description === undefined) return undefined;
  const run: GuestFunction =
    turn.newCodes.get(description.code) ?? turn.loader.readCode(description.code);
  const object = { id, run, power: makePower(turn, id, description) };
  turn.objects.set(id, object);
  return object;
}

/** Decodes data of a message with references of this turn. */
export function decodeArgs(turn: TurnState, args: Capdata<LocalId>): unknown {
  return decode(args, { makeReference: (slot) => referenceTo(turn, slot) });
}

function makePower(turn: TurnState, id: LocalId, description: LoadedObject): object {
  // A spread copies own properties as such: `__proto__` stays data.
  const power = { ...readStatic(turn, description) };
  const memory = readMemory(turn, id, description);
  for (const [key, type] of Object.entries(description.power.natives)) {
    define(power, key, makeNative(turn, { type, id, memory }));
  }
  if (memory !== undefined) define(power, 'memory', memory.root);
  return Object.freeze(power);
}

/** The static part: frozen at every level, and without references the same in every turn. */
function readStatic(turn: TurnState, description: LoadedObject): object {
  if (description.staticData !== undefined) return description.staticData;
  const { data } = description.power;
  const decoded = decode(data, { freeze: true, makeReference: (slot) => referenceTo(turn, slot) });
  if (typeof decoded !== 'object' || decoded === null || Array.isArray(decoded)) {
    throw new QrtError('QRT_DATA_MALFORMED', { reason: 'a power that is no record' });
  }
  if (data.slots.length === 0) description.staticData = decoded;
  return decoded;
}

function readMemory(
  turn: TurnState,
  holder: LocalId,
  { power }: ObjectDescription,
): LiveMemory | undefined {
  const id = power.memory;
  if (id === undefined) return undefined;
  const known = turn.memories.get(id);
  if (known !== undefined) return known;
  if (turn.memories.size + turn.newMemories.size >= TURN_MEMORY_MAX) {
    throw poisonWith(turn, 'QRT_LIMIT_REACHED', { max: TURN_MEMORY_MAX, what: 'memory slots' });
  }
  const made = turn.newMemories.get(id);
  const stored = made ?? turn.loader.readMemory(id);
  const root = decodeArgs(turn, stored);
  if (typeof root !== 'object' || root === null || targetOf(root) !== undefined) {
    throw new QrtError('QRT_DATA_MALFORMED', { reason: 'a memory that is no object' });
  }
  const memory: LiveMemory = { id, root, holder, ...(made === undefined ? { stored } : {}) };
  turn.memories.set(id, memory);
  turn.roots.add(root);
  return memory;
}
