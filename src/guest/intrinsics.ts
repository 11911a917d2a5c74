// Intrinsics: what every engine's own objects offer to guests, by name: what Node 20 has, no more.
//
// A newer engine brings methods that an older one lacks. Left there they would tell guests where
// they run, and code would do other things on another machine. So what is not named here is taken
// away, and what is stands in this order everywhere, as the order of names can be read, too.

/** Place: its own properties. `@@iterator` stands for `Symbol.iterator`. */
const NAMES = `
Array: length name prototype isArray from of @@species
Array.prototype: length constructor at concat copyWithin fill find findIndex findLast
  findLastIndex lastIndexOf pop push reverse shift unshift slice sort splice includes indexOf
  join keys entries values forEach filter flat flatMap map every some reduce reduceRight
  toLocaleString toString toReversed toSorted toSpliced with @@iterator @@unscopables
Array.prototype.@@unscopables: at copyWithin entries fill find findIndex findLast findLastIndex
  flat flatMap includes keys toReversed toSorted toSpliced values
BigInt: length name prototype asUintN asIntN
BigInt.prototype: constructor toLocaleString toString valueOf @@toStringTag
Boolean: length name prototype
Boolean.prototype: constructor toString valueOf
EvalError: length name prototype
EvalError.prototype: constructor name message
Map: length name prototype @@species
Map.prototype: constructor get set has delete clear entries forEach keys size values
  @@toStringTag @@iterator
Number: length name prototype isFinite isInteger isNaN isSafeInteger parseFloat parseInt
  MAX_VALUE MIN_VALUE NaN NEGATIVE_INFINITY POSITIVE_INFINITY MAX_SAFE_INTEGER
  MIN_SAFE_INTEGER EPSILON
Number.prototype: constructor toExponential toFixed toPrecision toString valueOf
  toLocaleString
Object: length name prototype assign getOwnPropertyDescriptor getOwnPropertyDescriptors
  getOwnPropertyNames getOwnPropertySymbols hasOwn is preventExtensions seal create
  defineProperties defineProperty freeze getPrototypeOf setPrototypeOf isExtensible isFrozen
  isSealed keys entries fromEntries values
Object.prototype: constructor __defineGetter__ __defineSetter__ hasOwnProperty
  __lookupGetter__ __lookupSetter__ isPrototypeOf propertyIsEnumerable toString valueOf
  __proto__ toLocaleString
Proxy: length name revocable
RangeError: length name prototype
RangeError.prototype: constructor name message
ReferenceError: length name prototype
ReferenceError.prototype: constructor name message
Set: length name prototype @@species
Set.prototype: constructor has add delete clear entries forEach size values keys @@toStringTag
  @@iterator
String: length name prototype fromCharCode fromCodePoint raw
String.prototype: length constructor anchor at big blink bold charAt charCodeAt codePointAt
  concat endsWith fontcolor fontsize fixed includes indexOf isWellFormed italics lastIndexOf
  link localeCompare match matchAll normalize padEnd padStart repeat replace replaceAll search
  slice small split strike sub substr substring sup startsWith toString toWellFormed trim
  trimStart trimLeft trimEnd trimRight toLocaleLowerCase toLocaleUpperCase toLowerCase
  toUpperCase valueOf @@iterator
SyntaxError: length name prototype
SyntaxError.prototype: constructor name message
TypeError: length name prototype
TypeError.prototype: constructor name message
URIError: length name prototype
URIError.prototype: constructor name message
WeakMap: length name prototype
WeakMap.prototype: constructor delete get set has @@toStringTag
WeakSet: length name prototype
WeakSet.prototype: constructor delete has add @@toStringTag
AggregateError: length name prototype
AggregateError.prototype: constructor name message
JSON: parse stringify @@toStringTag
Reflect: defineProperty deleteProperty apply construct get getOwnPropertyDescriptor
  getPrototypeOf has isExtensible ownKeys preventExtensions set setPrototypeOf @@toStringTag
Date: length name prototype parse UTC now
Date.prototype: constructor toString toDateString toTimeString toISOString toUTCString
  toGMTString getDate setDate getDay getFullYear setFullYear getHours setHours getMilliseconds
  setMilliseconds getMinutes setMinutes getMonth setMonth getSeconds setSeconds getTime
  setTime getTimezoneOffset getUTCDate setUTCDate getUTCDay getUTCFullYear setUTCFullYear
  getUTCHours setUTCHours getUTCMilliseconds setUTCMilliseconds getUTCMinutes setUTCMinutes
  getUTCMonth setUTCMonth getUTCSeconds setUTCSeconds valueOf getYear setYear toJSON
  toLocaleString toLocaleDateString toLocaleTimeString @@toPrimitive
Error: length name prototype stackTraceLimit prepareStackTrace captureStackTrace
Error.prototype: constructor name message toString
RegExp: length name prototype @@species
RegExp.prototype: constructor exec dotAll flags global hasIndices ignoreCase multiline source
  sticky unicode toString test unicodeSets @@match @@matchAll @@replace @@search @@split
Symbol: length name prototype for keyFor asyncIterator hasInstance isConcatSpreadable iterator
  match matchAll replace search species split toPrimitive toStringTag unscopables
Symbol.prototype: constructor toString valueOf description @@toStringTag @@toPrimitive
Math: abs acos acosh asin asinh atan atanh atan2 ceil cbrt expm1 clz32 cos cosh exp floor
  fround hypot imul log log1p log2 log10 max min pow round sign sin sinh sqrt tan tanh trunc E
  LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2 random @@toStringTag
Function.prototype: length name constructor apply bind call toString @@hasInstance
GeneratorFunction.prototype: prototype constructor @@toStringTag
Generator.prototype: constructor next return throw @@toStringTag
ArrayIterator.prototype: next @@toStringTag
Iterator.prototype: @@iterator
MapIterator.prototype: next @@toStringTag
SetIterator.prototype: next @@toStringTag
StringIterator.prototype: next @@toStringTag
RegExpStringIterator.prototype: next @@toStringTag
`;

/** Taken before any of them is moved. */
const { defineProperty, deleteProperty, get, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } =
  Reflect;

/** Places that no global leads to by name. */
const HIDDEN: Readonly<Record<string, () => unknown>> = {
  Function: () => ({ prototype: prototypeOf(Object) }),
  GeneratorFunction: () => ({ prototype: prototypeOf(function* empty() {}) }),
  Generator: () => ({ prototype: prototypeOf(prototypeOf((function* empty() {})())) }),
  Iterator: () => ({ prototype: prototypeOf(prototypeOf([].values())) }),
  ArrayIterator: () => ({ prototype: prototypeOf([].values()) }),
  MapIterator: () => ({ prototype: prototypeOf(new Map().keys()) }),
  SetIterator: () => ({ prototype: prototypeOf(new Set().keys()) }),
  StringIterator: () => ({ prototype: prototypeOf(''[Symbol.iterator]()) }),
  RegExpStringIterator: () => ({ prototype: prototypeOf(''.matchAll(/x/g)) }),
};

/** What no global leads to, but the syntax of every guest does. */
export function findHidden(): readonly unknown[] {
  return Object.values(HIDDEN).map((find) => find());
}

/**
 * Makes the intrinsics behind `globals`, a compartment's, the same on every engine. MUST come
 * between their repair and their hardening. Throws TypeError where one lacks a property, or has one
 * that cannot be taken away.
 */
export function levelIntrinsics(globals: object): void {
  for (const [place, names] of readNames()) {
    const found = findPlace(globals, place);
    const keys = names.map(toKey);
    const known = new Set(keys);
    for (const key of ownKeys(found)) {
      if (!known.has(key) && !deleteProperty(found, key)) throw unfit(place, key);
    }
    for (const key of keys) moveToEnd(found, key, place);
    // SES's own take the place of some, and a bundler may have named them anew.
    if (typeof found === 'function') defineProperty(found, 'name', { value: place });
  }
}

function readNames(): readonly (readonly [place: string, names: readonly string[]])[] {
  return NAMES.trim()
    .split(/\n(?! )/)
    .map((entry) => {
      const [place = '', ...names] = entry.split(/:?\s+/);
      return [place, names] as const;
    });
}

function findPlace(globals: object, place: string): object {
  const [name = '', ...path] = place.split('.');
  const first: unknown = HIDDEN[name]?.() ?? get(globals, name);
  const found = path.reduce((at, key) => get(Object(at), toKey(key)) as unknown, first);
  if (Object(found) !== found) throw new TypeError(`This engine has no ${place}`);
  return found as object;
}

/** What cannot be moved, like `prototype` of a class, comes first in every engine. */
function moveToEnd(found: object, key: PropertyKey, place: string): void {
  const descriptor = getOwnPropertyDescriptor(found, key);
  if (descriptor === undefined) throw unfit(place, key);
  if (descriptor.configurable !== true) return;
  deleteProperty(found, key);
  defineProperty(found, key, descriptor);
}

function toKey(name: string): PropertyKey {
  if (!name.startsWith('@@')) return name;
  return (Symbol as unknown as Record<string, symbol>)[name.slice(2)] ?? name;
}

const prototypeOf = (value: object): object => getPrototypeOf(value) ?? {};

function unfit(place: string, key: PropertyKey): TypeError {
  return new TypeError(`${place} of this engine cannot be used: ${String(key)}`);
}
