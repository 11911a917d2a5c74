// Loader: gets objects, memory and code from the kernel when the worker does not have them.
//
// What is kept here is what the kernel has accepted, as every outcome of this worker is accepted
// or the worker ended, until the kernel says that it is no more. Texts of code are dropped once they are evaluated.

import { QrtError } from '../core/errors.ts';
import type { KernelFrame, ObjectDescription, ObjectEffect } from '../core/frames.ts';
import type { CodeHash, LocalId } from '../core/ids.ts';
import { CODE_BYTES_INSTALL_MAX } from '../core/limits.ts';
import type { Capdata } from '../core/power.ts';
import { isWellFormed } from '../core/text.ts';
import type { Cache } from './cache.ts';
import { assertStackLeft, type Channel } from './channel.ts';
import { checkCode, formatPlace, hashCode } from './code-check.ts';
import type { Evaluate } from './lockdown.ts';

/** An object's function, as evaluated. */
export type GuestFunction = (args: unknown, power: unknown) => unknown;

/** An object as the worker keeps it. */
export interface LoadedObject extends ObjectDescription {
  /** The static part of its power, decoded and frozen, if no reference is in it. */
  staticData?: object;
}

/** A code that may be made into objects. */
interface CheckedCode {
  readonly hash: CodeHash;
  readonly run: GuestFunction;
  /** The function's own text. */
  readonly text: string;
}

/** What the worker knows, and how it gets to know more. */
export interface Loader {
  /** Undefined when there is no such object. Throws RangeError with little stack left. */
  readonly findObject: (id: LocalId) => LoadedObject | undefined;
  readonly readMemory: (id: LocalId) => Capdata<LocalId>;
  /** Throws QRT_CODE_UNKNOWN. */
  readonly readCode: (hash: CodeHash) => GuestFunction;
  /** Checks a text of at most `bytesMax` bytes. Throws QRT_CODE_REFUSED. */
  readonly checkText: (text: unknown, bytesMax: number) => CheckedCode;
  /** Remembers what a turn made. MUST be called only for an outcome that is reported. */
  readonly learnObject: (effect: ObjectEffect, run: GuestFunction | undefined) => void;
  readonly learnMemory: (id: LocalId, value: Capdata<LocalId>) => void;
  /** MUST be called between turns. */
  readonly forget: (ids: readonly LocalId[]) => void;
}

/** Things of one cache; their keys (hash, `o…`, `m…`) cannot be mistaken for each other. */
export type Loaded = GuestFunction | LoadedObject | Capdata<LocalId>;

const ENTRY_BYTES = 500;

/** A loader that asks over `channel`. */
export function makeLoader(channel: Channel, evaluate: Evaluate, cache: Cache<Loaded>): Loader {
  const keepObject = (id: LocalId, object: LoadedObject): LoadedObject => {
    // Twice: it may be kept decoded, too.
    cache.set(id, object, ENTRY_BYTES + 2 * sizeOf(object.power.data));
    return object;
  };
  const keepCode = (hash: CodeHash, run: GuestFunction, text: string): GuestFunction => {
    // V8 keeps the source beside what it makes of it.
    cache.set(hash, run, ENTRY_BYTES + 4 * text.length);
    return run;
  };
  const keepMemory = (id: LocalId, value: Capdata<LocalId>): Capdata<LocalId> => {
    cache.set(id, value, ENTRY_BYTES + sizeOf(value));
    return value;
  };

  const findObject = (id: LocalId): LoadedObject | undefined => {
    const known = cache.get(id) as LoadedObject | undefined;
    if (known !== undefined) return known;
    assertStackLeft();
    const reply = expectReply(channel.ask({ type: 'ask', what: 'object', id }), 'object');
    return reply.object === undefined ? undefined : keepObject(id, { ...reply.object });
  };

  const readMemory = (id: LocalId): Capdata<LocalId> => {
    const known = cache.get(id) as Capdata<LocalId> | undefined;
    if (known !== undefined) return known;
    assertStackLeft();
    const reply = expectReply(channel.ask({ type: 'ask', what: 'memory', id }), 'memory');
    return keepMemory(id, reply.value);
  };

  const readCode = (hash: CodeHash): GuestFunction => {
    const known = cache.get(hash) as GuestFunction | undefined;
    if (known !== undefined) return known;
    assertStackLeft();
    const { text } = expectReply(channel.ask({ type: 'ask', what: 'code', id: hash }), 'code');
    if (text === undefined) throw new QrtError('QRT_CODE_UNKNOWN', { hash });
    const checked = checkAndEvaluate(text, CODE_BYTES_INSTALL_MAX, evaluate);
    if (checked.hash !== hash) throw new QrtError('QRT_CODE_UNKNOWN', { hash });
    return keepCode(hash, checked.run, text);
  };

  const checkText = (text: unknown, bytesMax: number): CheckedCode => {
    // The same text again is the usual case: then only its hash is computed.
    if (typeof text === 'string' && isShort(text, bytesMax) && isWellFormed(text)) {
      const hash = hashCode(text);
      const known = cache.get(hash) as GuestFunction | undefined;
      if (known !== undefined) return { text, hash, run: known };
    }
    const checked = checkAndEvaluate(text, bytesMax, evaluate);
    const known = cache.get(checked.hash) as GuestFunction | undefined;
    return known === undefined ? checked : { ...checked, run: known };
  };

  const learnObject = (effect: ObjectEffect, run: GuestFunction | undefined): void => {
    if (effect.text !== undefined && run !== undefined) keepCode(effect.code, run, effect.text);
    keepObject(effect.id, { code: effect.code, power: effect.power });
  };

  return Object.freeze({
    findObject,
    readMemory,
    readCode,
    checkText,
    learnObject,
    learnMemory: (id: LocalId, value: Capdata<LocalId>) => void keepMemory(id, value),
    forget: (ids: readonly LocalId[]) => {
      for (const id of ids) cache.forget(id);
    },
  });
}

function checkAndEvaluate(given: unknown, bytesMax: number, evaluate: Evaluate): CheckedCode {
  const checked = checkCode(given, bytesMax);
  if ('reason' in checked) {
    const { reason, place } = checked;
    throw new QrtError('QRT_CODE_REFUSED', { where: formatPlace(place), reason });
  }
  const { text, hash } = checked;
  try {
    return { text, hash, run: evaluate(text) as GuestFunction };
  } catch (error) {
    // V8 knows a few early errors more than the parser.
    if (!(error instanceof SyntaxError)) throw error;
    throw new QrtError('QRT_CODE_REFUSED', { where: 'code', reason: error.message });
  }
}

/** The length first: nobody looks into a text that may be longer than the heap. */
function isShort(text: string, bytesMax: number): boolean {
  return text.length <= bytesMax && Buffer.byteLength(text) <= bytesMax;
}

function expectReply<Type extends KernelFrame['type']>(
  frame: KernelFrame,
  type: Type,
): Extract<KernelFrame, { type: Type }> {
  if (frame.type === type) return frame as Extract<KernelFrame, { type: Type }>;
  throw new QrtError('QRT_INVARIANT_BROKEN', { reason: `a ${frame.type} frame for ${type}` });
}

function sizeOf({ body, slots }: Capdata<LocalId>): number {
  return 2 * body.length + 50 * slots.length;
}
