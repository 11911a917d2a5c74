// Target: something that strangers feed, and what must hold whatever they feed it.

/** Everything below 1 from a seed; see `test/sim/random.ts`. */
export type Random = () => number;

/** A run of cases on one state; nothing else but its seed decides what happens in it. */
export interface Session {
  /**
   * One case. Returns of which kind it was, such as `refused`. Throws when a property does not hold.
   * `note` is called with the input first, for the report.
   */
  run(note: (input: string) => void): string | Promise<string>;
  /** Checks what must hold at the end, and lets go of everything. */
  close(): void | Promise<void>;
}

export interface Target {
  readonly name: string;
  /** Cases in one session, and in one of a short run. */
  readonly cases: number;
  readonly casesShort: number;
  /** Kinds of cases that a short run must have seen. */
  readonly kinds: readonly string[];
  open(random: Random): Session | Promise<Session>;
}

/** A property that does not hold. */
class Broken extends Error {}

/** Throws what `reason` says unless it holds. */
export function must(holds: boolean, reason: string | (() => string)): asserts holds {
  if (!holds) throw new Broken(typeof reason === 'string' ? reason : reason());
}
