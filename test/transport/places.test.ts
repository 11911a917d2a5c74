import { describe, expect, it } from 'vitest';
import { makePlaces } from '../../src/transport/places.ts';

/** Takes places for these addresses in turn; returns those that were evicted, as `address number`. */
function fill(max: number, addresses: readonly string[], proven: readonly string[] = []): string[] {
  const gone: string[] = [];
  const places = makePlaces({ max, isProven: (address) => proven.includes(address) });
  for (const [n, address] of addresses.entries()) {
    places.take({ address, evict: () => gone.push(`${address} ${n}`) });
    expect(places.count()).toBeLessThanOrEqual(max);
  }
  return gone;
}

describe('places', () => {
  it('the newest comes in, and the oldest of whoever holds most goes', () => {
    expect(fill(3, ['a', 'b', 'a', 'c'])).toEqual(['a 0']);
    expect(fill(3, ['a', 'b', 'b', 'b', 'b'])).toEqual(['b 1', 'b 2']);
    expect(fill(3, ['a', 'b', 'c', 'd', 'e'])).toEqual(['a 0', 'b 1']);
  });

  it('a proven address goes only where there is no other, also if it holds most', () => {
    expect(fill(3, ['p', 'p', 'a', 'b', 'c'], ['p'])).toEqual(['a 2', 'b 3']);
    expect(fill(3, ['a', 'p', 'p', 'p', 'p'], ['p'])).toEqual(['a 0', 'p 1']);
    expect(fill(2, ['p', 'q', 'q', 'q'], ['p', 'q'])).toEqual(['p 0', 'q 1']);
  });

  it('a place that is given up twice, or after an eviction, is one', () => {
    const places = makePlaces({ max: 2, isProven: () => false });
    const evict = (): void => undefined;
    const leave = places.take({ address: 'a', evict });
    places.take({ address: 'a', evict });
    places.take({ address: 'b', evict });
    leave();
    expect(places.count()).toBe(2);
  });
});
