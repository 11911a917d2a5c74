// Cache: keeps what was loaded, up to a number of bytes, and forgets what was not used for longest.
//
// A guest can end its stack anywhere in here, and the cache outlives its turn: so a use is one
// assignment, and the sum is made anew whenever something has to go.

/** Values by key; forgetting one is never visible, as it can be asked for again. */
export interface Cache<Value> {
  readonly get: (key: string) => Value | undefined;
  /** `bytes` is what the value counts for. */
  readonly set: (key: string, value: Value, bytes: number) => void;
  readonly forget: (key: string) => void;
}

interface Entry<Value> {
  readonly value: Value;
  readonly bytes: number;
  usedAt: number;
}

/** What stays of a full cache: trimming it is rare, as it costs a walk over all entries. */
const KEPT_PART = 0.75;

/** An empty cache for `bytesMax` bytes. */
export function makeCache<Value>(bytesMax: number): Cache<Value> {
  const entries = new Map<string, Entry<Value>>();
  let held = 0;
  let uses = 0;

  const trim = (): void => {
    const newestFirst = [...entries].sort(([, a], [, b]) => b.usedAt - a.usedAt);
    held = 0;
    for (const [key, entry] of newestFirst) {
      if (held + entry.bytes <= bytesMax * KEPT_PART) held += entry.bytes;
      else entries.delete(key);
    }
  };

  return Object.freeze({
    get(key: string): Value | undefined {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      uses += 1;
      entry.usedAt = uses;
      return entry.value;
    },
    set(key: string, value: Value, bytes: number): void {
      uses += 1;
      held += bytes - (entries.get(key)?.bytes ?? 0);
      entries.set(key, { value, bytes, usedAt: uses });
      if (held > bytesMax) trim();
    },
    forget(key: string): void {
      held -= entries.get(key)?.bytes ?? 0;
      entries.delete(key);
    },
  });
}
