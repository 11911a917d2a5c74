// Shrink: a short list of faults with which a run still fails, from the long one of the first time.

export interface ShrinkInput {
  /** Ids of the faults that happened. */
  readonly faults: readonly string[];
  /** Runs again with these faults only; whether it fails. */
  readonly fails: (only: readonly string[]) => boolean;
  /** Whether there is no time for another run. */
  readonly isOver: () => boolean;
}

/**
 * Delta debugging (Zeller and Hildebrandt, 2002): leaves parts out, smaller and smaller ones, until
 * no single fault can be left out, or time is over.
 */
export function shrink({ faults, fails, isOver }: ShrinkInput): readonly string[] {
  if (fails([])) return [];
  let left = faults;
  let parts = 2;
  while (left.length > 1 && !isOver()) {
    const shorter = leaveOut(left, parts, { fails, isOver });
    if (shorter) {
      left = shorter;
      parts = Math.max(2, parts - 1);
    } else if (parts >= left.length) {
      return left;
    } else {
      parts = Math.min(left.length, parts * 2);
    }
  }
  return left;
}

/** The first of `parts` parts without which it still fails is left out. */
function leaveOut(
  all: readonly string[],
  parts: number,
  { fails, isOver }: Pick<ShrinkInput, 'fails' | 'isOver'>,
): readonly string[] | undefined {
  const size = Math.ceil(all.length / parts);
  for (let from = 0; from < all.length && !isOver(); from += size) {
    const rest = [...all.slice(0, from), ...all.slice(from + size)];
    if (fails(rest)) return rest;
  }
  return undefined;
}
