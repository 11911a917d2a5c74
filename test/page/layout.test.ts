// Layout of the page's graph: deterministic, nothing on top of anything else.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Box, type LayoutInput, layOut } from '../../src/page/layout.ts';
import { packBoxes } from '../../src/page/pack.ts';

const SHEET = { aspect: 1.6, widthMax: 1_100 };

const overlap = (one: Box, two: Box): boolean =>
  one.x < two.x + two.width &&
  two.x < one.x + one.width &&
  one.y < two.y + two.height &&
  two.y < one.y + one.height;

const anyOverlap = (boxes: readonly Box[]): boolean =>
  boxes.some((one, index) => boxes.slice(index + 1).some((two) => overlap(one, two)));

const isInside = (inner: Box, outer: Box): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

const graphs: fc.Arbitrary<LayoutInput> = fc
  .record({
    owners: fc.array(fc.nat(9), { minLength: 1, maxLength: 120 }),
    links: fc.array(fc.tuple(fc.nat(119), fc.nat(119)), { maxLength: 300 }),
  })
  .map(({ owners, links }) => {
    const nodes = owners.map((owner, index) => ({ id: `o${index}.0`, group: `owner ${owner}` }));
    const idOf = (index: number): string => nodes[index % nodes.length]!.id;
    const edges = links.map(([from, to]) => ({ from: idOf(from), to: idOf(to) }));
    const keys = [...new Set(nodes.map(({ group }) => group))];
    const groups = keys.map((key) => ({ key, isOuter: key.endsWith('9') }));
    return { nodes, edges, groups, ...SHEET };
  });

describe('layout', () => {
  it('every node stands alone, in the box of its group, on the sheet; the same each time', () => {
    fc.assert(
      fc.property(graphs, (input) => {
        const { nodes, groups, width, height } = layOut(input);
        const sheet = { x: 0, y: 0, width, height };
        expect(nodes.size).toBe(input.nodes.length);
        expect(anyOverlap([...nodes.values()])).toBe(false);
        expect(anyOverlap([...groups.values()])).toBe(false);
        for (const { id, group } of input.nodes) {
          expect(isInside(nodes.get(id)!, groups.get(group)!)).toBe(true);
        }
        for (const box of groups.values()) expect(isInside(box, sheet)).toBe(true);
        expect([...layOut(input).nodes]).toEqual([...nodes]);
      }),
      { numRuns: 60 },
    );
  });

  it('reads each edge a few times, however many groups there are, and skips empty groups', () => {
    let reads = 0;
    const nodes = Array.from({ length: 40 }, (_, n) => ({ id: `o${n}.0`, group: `g${n % 20}` }));
    const groups = Array.from({ length: 60 }, (_, n) => ({ key: `g${n}`, isOuter: n >= 20 }));
    const edges = Array.from({ length: 100 }, (_, n) => ({
      get from() {
        reads += 1;
        return `o${n % 40}.0`;
      },
      to: `o${(n * 7) % 40}.0`,
    }));
    const layout = layOut({ nodes, edges, groups, ...SHEET });
    expect([layout.nodes.size, layout.groups.size]).toEqual([40, 20]);
    expect(reads).toBeLessThanOrEqual(3 * edges.length);
  });

  it('what refers stands left of what it refers to, also when a ring leads back', () => {
    const ids = ['o1.0', 'o2.0', 'o3.0'];
    const { nodes } = layOut({
      nodes: ids.map((id) => ({ id, group: 'owner 1' })),
      edges: [
        { from: 'o1.0', to: 'o2.0' },
        { from: 'o2.0', to: 'o3.0' },
        { from: 'o3.0', to: 'o1.0' },
      ],
      groups: [{ key: 'owner 1', isOuter: false }],
      ...SHEET,
    });
    const xs = ids.map((id) => nodes.get(id)!.x);
    expect(xs).toEqual([...xs].sort((one, two) => one - two));
    expect(new Set(xs).size).toBe(3);
  });

  it('outer groups stand right of all others, and a long chain goes on below', () => {
    const chain = Array.from({ length: 30 }, (_, index) => `o${index}.0`);
    const { nodes, groups, width } = layOut({
      nodes: [...chain.map((id) => ({ id, group: 'owner 1' })), { id: 'i1', group: 'peer' }],
      edges: chain.slice(1).map((to, index) => ({ from: chain[index]!, to })),
      groups: [
        { key: 'peer', isOuter: true },
        { key: 'owner 1', isOuter: false },
      ],
      ...SHEET,
    });
    const inner = groups.get('owner 1')!;
    expect(nodes.get('i1')!.x).toBeGreaterThan(inner.x + inner.width);
    expect(width).toBeLessThanOrEqual(SHEET.widthMax);
    expect(new Set(chain.map((id) => nodes.get(id)!.y)).size).toBeGreaterThan(3);
  });

  it('hundreds of objects are laid out within a moment', () => {
    const ids = Array.from({ length: 500 }, (_, index) => `o${index}.0`);
    const began = performance.now();
    layOut({
      nodes: ids.map((id, index) => ({ id, group: `owner ${index % 100}` })),
      edges: ids.map((from, index) => ({ from, to: ids[(index * 7) % 500]! })),
      groups: Array.from({ length: 100 }, (_, owner) => ({
        key: `owner ${owner}`,
        isOuter: false,
      })),
      ...SHEET,
    });
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('packBoxes', () => {
  it('places boxes within the width without overlap, each as high up as it can stand', () => {
    const sizes = [
      { width: 60, height: 100 },
      { width: 30, height: 20 },
      { width: 30, height: 20 },
      { width: 90, height: 10 },
    ];
    const { places, width, height } = packBoxes(sizes, { width: 100, between: 0 });
    expect(places).toEqual([
      { x: 0, y: 0 },
      { x: 60, y: 0 },
      { x: 60, y: 20 },
      { x: 0, y: 100 },
    ]);
    expect([width, height]).toEqual([90, 110]);
  });
});
