// Waits: pending promises with what decides them and what waits for them, as operators are shown it.

/** Some of many things: the first of them, and how many there are. */
export interface Some<T> {
  readonly count: number;
  readonly first: readonly T[];
}

/** Who holds a promise or a resolver, and by that can hand it on. */
export interface Holder {
  /** `message`: in the inbox. `waiting`: what waits for a promise. `promise`: what one became. */
  readonly kind:
    | 'memory'
    | 'object'
    | 'message'
    | 'waiting'
    | 'promise'
    | 'quarantine'
    | 'request'
    | 'peer';
  /** Of the memory, object, copy, request or vat; the target of the message; the promise. */
  readonly id: string;
  /** Objects with that memory. */
  readonly objects?: readonly string[];
}

/** What will settle a promise. */
export type Decider =
  /** The function of `target`, whose message is in the inbox. */
  | { readonly by: 'message'; readonly target: string; readonly trace: string }
  /** The function of what `promise` becomes: the message waits for it, or only for room. */
  | {
      readonly by: 'pipelined';
      readonly promise: string;
      readonly isSettled: boolean;
      readonly trace: string;
    }
  /** An object that is sent what `promise` becomes, likewise. */
  | {
      readonly by: 'continuation';
      readonly promise: string;
      readonly isSettled: boolean;
      readonly fulfilled?: string;
      readonly rejected?: string;
      readonly trace: string;
    }
  /** It becomes what that promise becomes. */
  | { readonly by: 'promise'; readonly promise: string }
  /** It is made of others; those of them that are still waited for. */
  | { readonly by: 'all' | 'first' | 'settled'; readonly of: Some<string> }
  /** Whoever sends to its resolver. */
  | { readonly by: 'resolver'; readonly heldBy: Some<Holder> }
  /** A peer: the answer to our item of that number, or what it calls by that export's number. */
  | {
      readonly by: 'peer';
      readonly vat: string;
      readonly petname?: string;
      readonly name: 'item' | 'export';
      readonly number: number;
    }
  | { readonly by: 'nobody' };

/** What waits for a promise. `follow`, `part`: the promise `answer` follows it, or is made of it. */
export interface Waiter {
  readonly kind: 'message' | 'when' | 'follow' | 'part';
  /** Continuations. */
  readonly fulfilled?: string;
  readonly rejected?: string;
  readonly answer?: string;
  readonly owner: number;
}

export interface PendingPromise {
  readonly id: string;
  /** The installation whose turn made it, and what that was made from. */
  readonly owner: number;
  readonly installation: string;
  /** Milliseconds since 1970. */
  readonly madeMs: number;
  readonly deadlineMs?: number;
  readonly decider: Decider;
  /** Whether nothing that is left can settle it. */
  readonly isStuck: boolean;
  /** The number of the cycle of waiting that it belongs to. */
  readonly cycle?: number;
  readonly waiters: Some<Waiter>;
  /** In a list: memories, objects and the operator's requests alone. */
  readonly holders: Some<Holder>;
}

/** Promises that wait for themselves. */
export interface WaitCycle {
  readonly cycle: number;
  /** Promises of which each waits, by some way, for all others. */
  readonly promises: number;
  /** The shortest ring through the oldest of them: each waits for the next, the last for the first. */
  readonly ring: Some<Pick<PendingPromise, 'id' | 'decider'>>;
  /** Whether nothing that is left can settle any of them. */
  readonly isStuck: boolean;
}

export interface Waits {
  /** Stuck ones first, then the oldest. */
  readonly promises: readonly PendingPromise[];
  readonly cycles: readonly WaitCycle[];
  readonly totals: {
    readonly pending: number;
    /** As old as was asked for. */
    readonly fitting: number;
    readonly stuck: number;
    readonly cycles: number;
  };
}
