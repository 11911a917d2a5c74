// Places: a bounded number of things that clients hold, of which nobody can take all.
//
// When all are taken, the newest comes in and one goes: the oldest of the address that holds most.
// So who holds many loses them to who holds few. Addresses at which a peer has proven itself keep
// theirs as long as any other one has some.

/** One thing that is held. */
interface Holder {
  readonly address: string;
  /** Ends it; it MUST NOT be given up once more. */
  evict(): void;
}

export interface Places {
  /** Takes a place; the result gives it up. */
  take(holder: Holder): () => void;
  count(): number;
}

export interface PlacesInput {
  readonly max: number;
  /** Whether a peer is known to be at that address. */
  readonly isProven: (address: string) => boolean;
}

export function makePlaces({ max, isProven }: PlacesInput): Places {
  /** By address, the oldest first. */
  const holders = new Map<string, Set<Holder>>();
  let count = 0;

  const leave = (holder: Holder): boolean => {
    const group = holders.get(holder.address);
    if (!group?.delete(holder)) return false;
    count -= 1;
    if (group.size === 0) holders.delete(holder.address);
    return true;
  };

  const findVictim = (): Holder | undefined => {
    let most: Set<Holder> | undefined;
    let isMostProven = true;
    for (const [address, group] of holders) {
      const isSafe = isProven(address);
      const isMore = group.size > (most?.size ?? 0);
      if (isSafe === isMostProven ? !isMore : isSafe) continue;
      most = group;
      isMostProven = isSafe;
    }
    return most?.values().next().value;
  };

  return Object.freeze<Places>({
    take(holder) {
      if (count >= max) {
        const victim = findVictim();
        if (victim && leave(victim)) victim.evict();
      }
      const group = holders.get(holder.address) ?? new Set();
      holders.set(holder.address, group.add(holder));
      count += 1;
      return () => void leave(holder);
    },
    count: () => count,
  });
}
