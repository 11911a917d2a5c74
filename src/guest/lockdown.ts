// Lockdown: makes this realm safe to share with guests, and opens the one compartment they run in.
//
// Every option of SES is given, so that no variable of the environment can change one. What a
// compartment offers is an allow-list: whatever a later Node or SES adds stays outside.

import 'ses';
import { levelDateTexts } from './date-texts.ts';
import { findHidden, levelIntrinsics } from './intrinsics.ts';
import { hideOwnTexts, hideTextsBehind } from './own-functions.ts';
import { replaceSymbolRegistry } from './turn-symbols.ts';

/**
 * Evaluates the text of one function expression, strictly. MUST be a checked text. Throws
 * SyntaxError when the engine does not read it as one.
 */
export type Evaluate = (text: string) => unknown;

const OPTIONS = {
  errorTaming: 'safe',
  stackFiltering: 'concise',
  consoleTaming: 'safe',
  overrideTaming: 'severe',
  overrideDebug: [] as string[],
  localeTaming: 'safe',
  regExpTaming: 'safe',
  domainTaming: 'safe',
  evalTaming: 'no-eval',
  errorTrapping: 'none',
  unhandledRejectionTrapping: 'none',
  reporting: 'none',
  legacyRegeneratorRuntimeTaming: 'safe',
  __hardenTaming__: 'safe',
} as const;

/** Globals of guests that come from the realm: stateless, and no way to work after the turn. */
const ALLOWED: ReadonlySet<PropertyKey> = new Set([
  ...['globalThis', 'Infinity', 'NaN', 'undefined'],
  ...['isFinite', 'isNaN', 'parseFloat', 'parseInt'],
  ...['decodeURI', 'decodeURIComponent', 'encodeURI', 'encodeURIComponent'],
  ...['Array', 'BigInt', 'Boolean', 'Date', 'JSON', 'Map', 'Math', 'Number', 'Object'],
  ...['Proxy', 'Reflect', 'RegExp', 'Set', 'String', 'Symbol', 'WeakMap', 'WeakSet'],
  ...['AggregateError', 'Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError'],
  ...['TypeError', 'URIError'],
  // SES's own, fixed: they keep the global object out of `with` and name it.
  Symbol.unscopables,
  Symbol.toStringTag,
]);

/** Locks this realm down. MUST come before anything of a guest is evaluated, and only once. */
export function lockDown(): void {
  // Lockdown does not touch the time zone, and a guest must not see where it runs.
  process.env['TZ'] = 'UTC';
  repairIntrinsics(OPTIONS);
  const { globalThis: shared } = new Compartment({ __options__: true });
  // SES hides its own `harden` in there, which would freeze the live memory of a turn.
  levelIntrinsics(shared);
  replaceSymbolRegistry((shared as { Symbol: object }).Symbol);
  levelDateTexts();
  hideOwnTexts();
  hardenIntrinsics();
}

/** Opens the compartment of all guests with these globals beside the intrinsics. */
export function openCompartment(globals: Readonly<Record<string, unknown>>): Evaluate {
  const compartment = new Compartment({ __options__: true });
  const global = compartment.globalThis as Record<PropertyKey, unknown>;
  for (const key of Reflect.ownKeys(global)) {
    if (!ALLOWED.has(key) && !Reflect.deleteProperty(global, key)) {
      throw new TypeError(`The global ${String(key)} cannot be taken away`);
    }
  }
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(global, name, { value: harden(value), enumerable: true });
  }
  // Before the first evaluation: afterwards each read of a global would be 200 times slower.
  harden(global);
  hideTextsBehind([global, ...findHidden()]);
  return (text) => {
    const made: unknown = compartment.evaluate(`${BEFORE}${text}${AFTER}`);
    assertIsWhole(made, text);
    return harden(made);
  };
}

/**
 * The second opinion on the check, from the engine itself: if what came out is one plain function
 * whose text is all of the text, then there was nothing else that could have run or been kept.
 */
function assertIsWhole(made: unknown, text: string): void {
  const isPlain = typeof made === 'function' && getPrototypeOf(made) === FUNCTION_PROTOTYPE;
  if (isPlain && apply(readText, made, []) === text) return;
  throw new SyntaxError('The engine does not read this text as one function');
}

const { apply, getPrototypeOf } = Reflect;
const FUNCTION_PROTOTYPE = Function.prototype;
/** Taken before lockdown: it never says anything but what the engine has read. */
const readText = FUNCTION_PROTOTYPE.toString;

/**
 * An arrow function has the `arguments` and `this` of what stands around it: without this function
 * those of the evaluator, a list that can be written to and lives as long as the code does.
 */
const BEFORE = '"use strict";(function () { Object.freeze(arguments); return (';
const AFTER = '\n); })()';
