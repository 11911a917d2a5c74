// Buckets: how often something may happen for each of many keys (token buckets).
//
// A bucket that nobody uses fills up, and a full one is the same as none, so the one that was used
// longest ago is forgotten when there are too many.

export interface Buckets {
  /** Whether a bucket with this key is remembered. */
  holds(key: string): boolean;
  /** Whether there is a token. */
  has(key: string): boolean;
  /** Takes a token, if there is one. */
  take(key: string): boolean;
  /** Puts one back, or makes a full bucket. */
  give(key: string): void;
}

export interface BucketsInput {
  /** Milliseconds that never run backwards. */
  readonly nowMs: () => number;
  /** Tokens of a full bucket. */
  readonly burst: number;
  readonly perSecond: number;
  readonly keysMax: number;
}

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/** Buckets that are all full. */
export function makeBuckets({ nowMs, burst, perSecond, keysMax }: BucketsInput): Buckets {
  const buckets = new Map<string, Bucket>();

  const tokensOf = (key: string, now: number): number => {
    const bucket = buckets.get(key);
    if (bucket === undefined) return burst;
    return Math.min(burst, bucket.tokens + ((now - bucket.atMs) / 1_000) * perSecond);
  };
  const put = (key: string, tokens: number, atMs: number): void => {
    // The order of a map is that of insertion: the first one was used longest ago.
    buckets.delete(key);
    buckets.set(key, { tokens, atMs });
    if (buckets.size <= keysMax) return;
    const [oldest] = buckets.keys();
    if (oldest !== undefined) buckets.delete(oldest);
  };

  return Object.freeze<Buckets>({
    holds: (key) => buckets.has(key),
    has: (key) => tokensOf(key, nowMs()) >= 1,
    take(key) {
      const now = nowMs();
      const tokens = tokensOf(key, now);
      // An empty one is used, too: who keeps trying is not forgotten.
      put(key, tokens >= 1 ? tokens - 1 : tokens, now);
      return tokens >= 1;
    },
    give(key) {
      const now = nowMs();
      put(key, Math.min(burst, tokensOf(key, now) + 1), now);
    },
  });
}
