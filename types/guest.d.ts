// Guest: what the code of an object finds when it runs, for editors and type checks.
//
// Types only: nothing is ever imported from here at run time. In a JavaScript file (the form
// `import('…')` would be refused as code, also in a comment):
//
//   /** @import { Args, Power, Reference } from 'qrt/guest' */
//
//   /**
//    * @param {Args<{ add: number, to: Reference }>} args
//    * @param {Power<{}, { count?: number }>} power
//    */
//   function counter({ add = 1, to }, { memory }) {
//     memory.count = (memory.count ?? 0) + add;
//     to?.sendOnly({ count: memory.count });
//   }
//
// A jsconfig.json beside it that turns checking on:
//
//   {
//     "compilerOptions": {
//       "checkJs": true, "strict": true, "noEmit": true,
//       "target": "es2023", "lib": ["es2023"], "types": ["qrt/guest"],
//       "module": "nodenext", "moduleDetection": "force"
//     },
//     "include": ["*.js"],
//     "exclude": ["*.test.js"]
//   }

/** What JSON can carry. `undefined`, `NaN`, `-0`, dates, maps and functions are not among it. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/**
 * What a message and a memory can hold: JSON with references anywhere in it.
 *
 * Anything else throws QRT_DATA_UNCARRIED, which names the place: `args.items[3].when cannot be
 * carried: a Date`. More than 256 KiB in a message, 1 MiB in a memory, 64 levels, or 1,000
 * references throw QRT_DATA_OVERSIZE.
 */
export type Data =
  | null
  | boolean
  | number
  | string
  | Reference
  | readonly Data[]
  | { readonly [key: string]: Data };

/**
 * The right to send to an object, here or in another vat. Frozen and opaque: nothing can be read
 * from it. The same object is the same value (`===`) within a turn; kept in memory or sent, it is
 * there again in later turns, but this very value is dead after its turn (QRT_TURN_OVER).
 *
 * @example
 * function greeter({ to }) {
 *   to.sendOnly({ hello: 'world' });
 * }
 */
export interface Reference {
  /**
   * Queues a message, like `sendOnly`, and returns a promise of what its function returns.
   *
   * A promise is a reference like any other: it can be kept in memory, handed on and sent to, and
   * what is sent to it goes to whatever it becomes. It cannot be awaited, as a turn never waits:
   * give `Q.when` an object that goes on with the value. If the function throws, or the message
   * comes to nothing, the promise is rejected with name, message and code.
   *
   * Throws what `sendOnly` throws, and QRT_PROMISE_INVALID for options that it does not know.
   *
   * @example
   * const purse = mint.send({ make: 10 });
   * purse.send({ method: 'balance' }, { deadlineMs: 60_000 });
   */
  send(args: Data, options?: SendOptions): Reference;
  /**
   * Queues a message. The object gets it in a turn of its own, after this one, if this turn is
   * done; if it fails, nothing was sent. The args are copied now.
   *
   * Never throws because of what the object is or where. Throws QRT_DATA_UNCARRIED and
   * QRT_DATA_OVERSIZE for args that cannot be carried, and QRT_NO_ROOM while the queue is full:
   * these can be caught. More than 1,000 sends in a turn throw QRT_LIMIT_REACHED, and the turn
   * fails also if that is caught.
   *
   * @example
   * friend.sendOnly({ count: memory.count, reader });
   */
  sendOnly(args: Data): void;
  /**
   * Runs an object of the same vat now, within this turn, as a plain function call: args and
   * result pass as they are, functions included, and what it throws is thrown here. What it did
   * before it threw stays, unless the whole turn fails.
   *
   * Throws QRT_CALL_REMOTE for an object of another vat, QRT_CALL_PROMISE for a promise or
   * resolver, QRT_NO_OBJECT for a deleted object. Calls nested more than 64 deep throw QRT_CALL_DEEP, and the turn fails also if that is caught.
   *
   * @example
   * const balance = purse.call({ method: 'balance' });
   */
  call(args?: unknown): any;
  readonly [Symbol.toStringTag]: 'Reference';
}

/** How long an answer may take. */
export interface SendOptions {
  /**
   * Whole milliseconds after the time of this turn, at most 366 days: if nothing has settled the
   * promise by then, it is rejected with QRT_DEADLINE_PASSED. The message may still run.
   */
  readonly deadlineMs?: number;
}

/**
 * What shall be sent when a promise is settled. These are references to objects, never functions:
 * what goes on after this turn has to be on disk.
 */
export interface Continuation {
  /** Gets `{ value, context }`. Without it the promise that `Q.when` returns becomes that value. */
  readonly fulfilled?: Reference;
  /** Gets `{ error, context }`. Without it the promise that `Q.when` returns is rejected alike. */
  readonly rejected?: Reference;
  /** Comes along in the args, 64 KiB at most. */
  readonly context?: Data;
}

/** The args of a continuation whose promise was fulfilled. */
export type Fulfilled<Value = Data, Context = Data> = Args<{ value: Value; context: Context }>;

/** The args of a continuation whose promise was rejected. */
export type Rejected<Context = Data> = Args<{ error: Reason; context: Context }>;

/** Why a promise was rejected; at most 1 KiB of text. */
export type Reason = {
  /** `TypeError`, … */
  readonly name: string;
  readonly message: string;
  /** `QRT_NO_OBJECT`, `QRT_DEADLINE_PASSED`, …, if it is an error of qrt's own. */
  readonly code?: string;
};

/**
 * The args of a message, as the object would like to have them. Whoever holds the reference
 * chooses what comes, so each field may be missing, and any may be of another type or the whole
 * may be `null`: check what matters, and throw. A turn that throws leaves nothing behind.
 *
 * @example
 * // @param {Args<{ add: number }>} args
 * function counter({ add = 1 }, { memory }) {
 *   if (!Number.isSafeInteger(add)) throw Error('args.add is a whole number');
 *   memory.count = (memory.count ?? 0) + add;
 * }
 */
export type Args<Wanted extends object = { [key: string]: Data }> = Partial<Wanted>;

/** Static data of a power: frozen at every level. */
export type Static<Value> = Value extends Reference | ((...args: never[]) => unknown)
  ? Value
  : Value extends object
    ? { readonly [Key in keyof Value]: Static<Value[Key]> }
    : Value;

/**
 * All that an object can ever affect the world through. It is frozen; only `memory` can change.
 *
 * `Given` is what was put there by `--power`, `--ref` and `--grant` at the install, or by the
 * object that made this one. `Memory` is what the memory holds, `undefined` for an object that was
 * made without one.
 *
 * @example
 * // qrt install NODE teller.js --power '{"limit":100}' --ref bank=QRID --grant log
 * // @param {Power<{ limit: number, bank: Reference, log: Log }, { total?: number }>} power
 * function teller(args, { limit, bank, log, memory }) {
 *   memory.total = (memory.total ?? 0) + 1;
 *   if (memory.total > limit) log('the limit is reached');
 *   else bank.sendOnly({ count: memory.total });
 * }
 */
export type Power<
  Given extends object = {},
  Memory extends object | undefined = { [key: string]: any },
> = Static<Given> & {
  /**
   * Plain data and references that are there again in the next turn. Its fields can change;
   * `power.memory` itself cannot be replaced. What cannot be kept fails the turn with
   * QRT_DATA_UNCARRIED, more than 1 MiB with QRT_DATA_OVERSIZE.
   *
   * @example
   * memory.values = [...(memory.values ?? []), value].slice(-100);
   */
  readonly memory: Memory;
  /** Makes other objects. A child has it only if it was given it. */
  readonly make_object: MakeObject;
  /** There only if it was granted: `qrt install … --grant log`. */
  readonly log?: Log;
};

/**
 * Makes an object from the text of one function and the power that it shall have, and returns the
 * reference to it, which is good at once. The object exists if this turn is done.
 *
 * Its memory is one of three:
 * - the same as mine: `{ memory }` with the very value of `power.memory`, or `power` as a whole.
 *   What one writes, the other reads in its next turn.
 * - a new one: `{ memory: { count: 0 } }`, any other plain object or array, which is copied.
 * - none: `memory` left out, `null` or `undefined`. Then it keeps nothing.
 *
 * Everything else in the new power is copied and frozen. Native powers such as `make_object` and
 * `log` are handed on by name, at the top level only, and never come by themselves. No power at all
 * (`null`, or left out) makes an object that can only use what comes in its args.
 *
 * Throws QRT_CODE_REFUSED with line and reason, QRT_POWER_INVALID (a native power below the top
 * level, an accessor, a memory that is no plain object), QRT_DATA_UNCARRIED and QRT_DATA_OVERSIZE.
 * More than 100 new objects in a turn throw QRT_LIMIT_REACHED, and the turn fails also if that is
 * caught.
 *
 * @example
 * // A reader of my memory, which cannot write it because its code does not:
 * const reader = make_object('({ to }, { memory }) => to.sendOnly(memory.count)', { memory });
 * // A child with a memory of its own:
 * const child = make_object(code, { memory: { name, values: [] } });
 * // One that holds nothing:
 * const adder = make_object('({ a, b, to }) => to.sendOnly(a + b)');
 */
export type MakeObject = (code: string, newpower?: object | null) => Reference;

/**
 * Adds a line to the vat's log, which `qrt log` shows; part of the turn, so a turn that fails logs
 * only its failure. Text is logged as it is, other data as JSON; a line is cut at 4 KiB.
 *
 * Throws QRT_DATA_UNCARRIED. More than 1,000 lines in a turn throw QRT_LIMIT_REACHED, and the turn
 * fails also if that is caught.
 *
 * @example
 * log?.(`paid ${amount}`);
 */
export type Log = (line: Data) => void;

/**
 * The code of an object: exactly one function, not `async` and no generator, with nothing around
 * it. It has no variables outside of itself, so what shall last belongs in `power.memory`. What it
 * returns is what a `call` returns, and the answer to a `send`.
 *
 * There is no `Promise`, timer, clock, chance, network, file, module, `eval`, `Function`, `Intl`,
 * `WeakRef` and no typed array in an object; everything that there is, is frozen.
 *
 * @example
 * // @type {Code<{ name: string, to: Reference }>}
 * ({ name, to }) => to?.sendOnly({ hello: name ?? 'you' })
 */
export type Code<
  Wanted extends object = { [key: string]: Data },
  Given extends object = {},
  Memory extends object | undefined = { [key: string]: any },
> = (args: Args<Wanted>, power: Power<Given, Memory>) => unknown;

/** An error of qrt's own, as an object can catch it; frozen, without a stack. */
export interface CodedError extends Error {
  readonly name: 'QrtError';
  /** `QRT_NO_ROOM`, `QRT_DATA_UNCARRIED`, … */
  readonly code: string;
}

declare global {
  /**
   * The ways to reach an object, for values that come from somebody else: a value that only looks
   * like a reference throws QRT_TARGET_INVALID, and no code of it runs. And what there is to do
   * with promises: what these are given wrong throws QRT_PROMISE_INVALID.
   *
   * @example
   * function report({ to }, { memory }) {
   *   Q.sendOnly(to, { count: memory.count });
   * }
   */
  const Q: {
    /** Like `target.send(args, options)`; throws QRT_TARGET_INVALID when the target is no reference. */
    readonly send: (target: Reference, args: Data, options?: SendOptions) => Reference;
    /** Like `target.sendOnly(args)`; throws QRT_TARGET_INVALID when the target is no reference. */
    readonly sendOnly: (target: Reference, args: Data) => void;
    /** Like `target.call(args)`; throws QRT_TARGET_INVALID when the target is no reference. */
    readonly call: (target: Reference, args?: unknown) => any;
    /**
     * Has a message sent to `fulfilled` or `rejected` when the promise is settled, in a later turn.
     * Returns a promise of what that one answers. Any other reference counts as a promise that is
     * fulfilled with it.
     *
     * Throws QRT_NO_ROOM.
     *
     * @example
     * Q.when(shop.send({ buy: 'tea' }), { fulfilled: kitchen, rejected: complain, context: { table: 7 } });
     */
    readonly when: (
      promise: Reference,
      continuation: Continuation & ({ fulfilled: Reference } | { rejected: Reference }),
    ) => Reference;
    /** A promise of a list's values, once all promises in it are fulfilled; a rejection rejects it. */
    readonly all: (list: readonly Data[]) => Reference;
    /** A promise that becomes what the first settled one of a list has become. */
    readonly first: (list: readonly Data[]) => Reference;
    /** A promise of what becomes of each in a list, `{ value }` or `{ error }`, once all are settled. */
    readonly settled: (list: readonly Data[]) => Reference;
    /**
     * A new promise and its resolver, for an answer that comes later: return the promise, keep the
     * resolver. The resolver takes one message, `{ value }` or `{ error: { name, message } }`. With
     * `deadlineMs`, whole milliseconds from the time of this turn, at most 366 days, it is rejected
     * with QRT_DEADLINE_PASSED when the resolver got none by then: an alarm clock, if nobody has
     * that. Neither the promise nor its resolver ever needs room in a queue.
     */
    readonly promise: (options?: SendOptions) => {
      readonly promise: Reference;
      readonly resolver: Reference;
    };
    /**
     * A promise that becomes what another one becomes, or is rejected with QRT_DEADLINE_PASSED when
     * that is still pending after so many whole milliseconds from the time of this turn, at most 366
     * days. What would settle the other one goes on.
     *
     * @example
     * Q.when(Q.deadline(memory.bids, 60_000), { fulfilled: clerk, rejected: clerk });
     */
    readonly deadline: (promise: Reference, deadlineMs: number) => Reference;
    /**
     * A promise that is rejected. An object that returns it answers with an error and is done all the
     * same: what it did remains, where what it throws would undo it. The code is any text of yours.
     *
     * @example
     * memory.refusals += 1;
     * return Q.reject({ name: 'SoldOut', message: 'come back on Monday', code: 'SOLD_OUT' });
     */
    readonly reject: (
      reason: string | Error | (Pick<Reason, 'message'> & Partial<Reason>),
    ) => Reference;
    /** Whether a value is a reference of any kind: to an object, a promise or a resolver. */
    readonly isReference: (value: unknown) => value is Reference;
    /**
     * Whether a value is a promise, settled or not, and no object or resolver. For objects that
     * pass on what they do not know, such as a membrane.
     */
    readonly isPromise: (value: unknown) => value is Reference;
  };

  /**
   * A frozen copy of a power with other fields beside or instead of its own; the original stays as
   * it is. `power.memory` remains the same memory unless it is replaced; `memory: null` takes it
   * away. Throws QRT_POWER_INVALID for what is no plain object.
   *
   * @example
   * make_object(code, add(power, { limit: 10 })); // all that I have, and a limit
   * make_object(code, add(power, { memory: {} })); // all that I have, with a new memory
   */
  function add<Base extends object, Extra extends object>(
    power: Base,
    extra: Extra,
  ): Readonly<Omit<Base, keyof Extra> & Extra>;

  /**
   * Freezes a value and all that can be reached from it, except a live memory; returns it. For
   * what is handed to another object by `call`.
   *
   * @example
   * return harden({ balance: () => memory.balance });
   */
  function harden<Value>(value: Value): Value;

  // --- what an object does not have ---------------------------------------------------------

  interface Math {
    /** @deprecated Throws in an object: a turn has to come out the same when it is run again. */
    random(): number;
  }

  interface DateConstructor {
    /** @deprecated Throws in an object without a date: there is no clock. */
    new (): Date;
    /** @deprecated Throws in an object: there is no clock. */
    (): string;
    /** @deprecated Throws in an object: there is no clock. */
    now(): number;
  }

  /** @deprecated There are no timers in an object. To go on later, send a message to yourself. */
  function setTimeout(thereAreNoTimersInAnObject: never): never;
  /** @deprecated There are no timers in an object. To go on later, send a message to yourself. */
  function setInterval(thereAreNoTimersInAnObject: never): never;
  /** @deprecated There are no timers in an object. To go on later, send a message to yourself. */
  function setImmediate(thereAreNoTimersInAnObject: never): never;
  /** @deprecated A turn is one function call: nothing can run after it. */
  function queueMicrotask(nothingRunsAfterTheTurn: never): never;
  /** @deprecated There is no network in an object. */
  function fetch(thereIsNoNetworkInAnObject: never): never;
  /** @deprecated There is none in an object. What is sent and what is kept is copied anyway. */
  function structuredClone(sentDataIsCopiedAnyway: never): never;
}
