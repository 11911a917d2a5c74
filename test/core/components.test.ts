// Components: cycles of random graphs against what a plain search finds, and graphs of any depth.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCycles, findRing, makeGraph, NO_CYCLE } from '../../src/core/components.ts';

interface Edges {
  readonly nodes: number;
  readonly edges: readonly (readonly [from: number, to: number])[];
}

const graphOf = ({ nodes, edges }: Edges) =>
  makeGraph(nodes, { from: edges.map(([from]) => from), to: edges.map(([, to]) => to) });

/** All nodes that a node leads to, by one edge or more. */
function reachable({ edges }: Edges, first: number): ReadonlySet<number> {
  const found = new Set<number>();
  const next = [first];
  for (let node = next.pop(); node !== undefined; node = next.pop()) {
    for (const [from, to] of edges) {
      if (from !== node || found.has(to)) continue;
      found.add(to);
      next.push(to);
    }
  }
  return found;
}

const edges: fc.Arbitrary<Edges> = fc.integer({ min: 1, max: 12 }).chain((nodes) => {
  const node = fc.integer({ min: 0, max: nodes - 1 });
  return fc.record({
    nodes: fc.constant(nodes),
    edges: fc.array(fc.tuple(node, node), { maxLength: 24 }),
  });
});

describe('components', () => {
  it('two nodes have the same cycle when each leads to the other, and none when none leads back', () => {
    fc.assert(
      fc.property(edges, (input) => {
        const cycles = [...findCycles(graphOf(input))];
        const ways = cycles.map((_, node) => reachable(input, node));
        cycles.forEach((cycle, one) => {
          expect([one, cycle !== NO_CYCLE]).toEqual([one, ways[one]!.has(one)]);
          cycles.forEach((other, two) => {
            if (cycle === NO_CYCLE || one === two) return;
            const isSame = ways[one]!.has(two) && ways[two]!.has(one);
            expect([one, two, cycle === other]).toEqual([one, two, isSame]);
          });
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it('a ring is the shortest way from a node back to itself', () => {
    fc.assert(
      fc.property(edges, (input) => {
        const graph = graphOf(input);
        const cycles = findCycles(graph);
        cycles.forEach((cycle, start) => {
          const ring = findRing(graph, cycles, start);
          expect(ring[0]).toBe(cycle === NO_CYCLE ? undefined : start);
          ring.forEach((node, at) => {
            const next = ring[at + 1] ?? start;
            expect(input.edges.some(([from, to]) => from === node && to === next)).toBe(true);
          });
          if (cycle !== NO_CYCLE) expect(ring.length).toBe(shortest(input, start));
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('a ring of a hundred thousand is found, and a chain of as many is none', () => {
    const nodes = 100_000;
    const chain = Array.from({ length: nodes - 1 }, (_, node) => [node, node + 1] as const);
    expect(findCycles(graphOf({ nodes, edges: chain })).every((cycle) => cycle < 0)).toBe(true);
    const graph = graphOf({ nodes, edges: [...chain, [nodes - 1, 0]] });
    const cycles = findCycles(graph);
    expect(cycles.every((cycle) => cycle === 0)).toBe(true);
    expect(findRing(graph, cycles, 7).length).toBe(nodes);
  });
});

/** How many steps it takes to come back, found by going all ways at once. */
function shortest({ edges: all }: Edges, start: number): number {
  let now = new Set([start]);
  for (let steps = 1; ; steps += 1) {
    now = new Set(all.filter(([from]) => now.has(from)).map(([, to]) => to));
    if (now.has(start)) return steps;
  }
}
