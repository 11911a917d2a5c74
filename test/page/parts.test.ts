// Parts of the page that need no browser: trees of values, the drawn part of a graph, text.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findNear, makeGraph } from '../../src/page/graph-model.ts';
import { chooseScope } from '../../src/page/scope.ts';
import { clean, cleanLine, formatBytes, formatNumber } from '../../src/page/text.ts';
import { partsOf, rootOf } from '../../src/page/tree.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ALL = { from: 0, count: 1_000 };

describe('tree', () => {
  it('tells data from references, and gives keys their own spelling back', () => {
    const value = JSON.parse(
      '{"a":{"$":0},"$$":1,"$$x":{"$$":2},"list":[1,"t",null],"__proto__":3}',
    );
    const node = rootOf({ value, slots: ['o5.0'] });
    expect(node).toMatchObject({ kind: 'record', size: 5 });
    const parts = partsOf(node, ['o5.0'], ALL);
    expect(parts.map(({ key }) => key)).toEqual(['a', '$', '$x', 'list', '__proto__']);
    expect(parts[0]?.node).toEqual({ kind: 'reference', id: 'o5.0' });
    expect(parts[1]?.node).toEqual({ kind: 'plain', text: '1' });
    expect(parts[2]?.node).toMatchObject({ kind: 'record', size: 1 });
    expect(partsOf(parts[3]!.node, [], ALL).map(({ node: part }) => part)).toEqual([
      { kind: 'plain', text: '1' },
      { kind: 'text', text: 't' },
      { kind: 'plain', text: 'null' },
    ]);
  });

  it('opens a part of a large list only', () => {
    const node = rootOf({ value: Array.from({ length: 50_000 }, (_, n) => n), slots: [] });
    const parts = partsOf(node, [], { from: 100, count: 3 });
    expect(parts.map(({ key }) => key)).toEqual(['100', '101', '102']);
    expect(partsOf({ kind: 'text', text: 'leaf' }, [], ALL)).toEqual([]);
  });
});

describe('scope', () => {
  const ids = Array.from({ length: 10 }, (_, n) => `o${n}.0`);
  const edges = ids.slice(1).map((to, index) => ({ from: ids[index]!, to }));

  it('is all of a graph that fits', () => {
    const { kind, ids: shown } = chooseScope({ ids, edges, selected: undefined, max: 10 });
    expect([kind, shown.size]).toEqual(['all', 10]);
  });

  it('is the first nodes of one that does not, until one is selected', () => {
    const { kind, ids: shown } = chooseScope({ ids, edges, selected: undefined, max: 3 });
    expect([kind, [...shown]]).toEqual(['first', ['o0.0', 'o1.0', 'o2.0']]);
  });

  it('fills what a small neighbourhood leaves free', () => {
    const { ids: shown } = chooseScope({ ids, edges: [], selected: 'o5.0', max: 3 });
    expect([...shown]).toEqual(['o5.0', 'o0.0', 'o1.0']);
  });

  it('is then what is nearest, in both directions of its references', () => {
    const { kind, ids: shown } = chooseScope({ ids, edges, selected: 'o5.0', max: 3 });
    expect([kind, [...shown].sort()]).toEqual(['neighbourhood', ['o4.0', 'o5.0', 'o6.0']]);
  });
});

describe('graph', () => {
  const page = {
    objects: [{ id: 'o1.0', name: 'bank', owner: 1, installation: '/a/bank.js' }],
    imports: [{ id: 'i1', vat: 'VAT', petname: 'bob', isLive: true }],
    edges: [
      { from: 'o1.0', to: 'i1', via: 'memory' },
      { from: 'o1.0', to: 'o9.0', via: 'power' },
    ],
    objectsTotal: 1,
  } as const;

  it('groups objects by installation, imports by peer, and shows what is gone', () => {
    const { nodes, groups } = makeGraph(page, () => 'short');
    expect(groups.map(({ title, isOuter }) => [title, isOuter])).toEqual([
      ['bank.js', false],
      ['vat bob', true],
      ['not shown or deleted', true],
    ]);
    expect([...nodes.values()].map(({ id, kind }) => [id, kind])).toEqual([
      ['o1.0', 'object'],
      ['i1', 'import'],
      ['o9.0', 'gone'],
    ]);
  });

  it('promises and resolvers that objects hold stand in a group of their own', () => {
    const edges = ['p2.0', 's2.0'].map((to) => ({ from: 'o1.0', to, via: 'memory' }) as const);
    const page = { objects: [], imports: [], edges, objectsTotal: 0 };
    const { nodes, groups } = makeGraph(page, () => 'short');
    expect(groups.map(({ title, isOuter }) => [title, isOuter])).toEqual([['promises', true]]);
    expect([...nodes.values()].map(({ id, detail }) => [id, detail])).toEqual([
      ['p2.0', 'a promise'],
      ['s2.0', 'a resolver'],
    ]);
  });

  it('arrow keys lead to the nearest node on that side, and stay at the edge', () => {
    const box = (x: number, y: number) => ({ x, y, width: 10, height: 10 });
    const nodes = new Map([
      ['here', box(0, 0)],
      ['right', box(50, 0)],
      ['far', box(200, 0)],
      ['below', box(0, 50)],
    ]);
    expect(findNear(nodes, 'here', 'ArrowRight')).toBe('right');
    expect(findNear(nodes, 'right', 'ArrowRight')).toBe('far');
    expect(findNear(nodes, 'here', 'ArrowDown')).toBe('below');
    expect(findNear(nodes, 'here', 'ArrowUp')).toBe('here');
  });
});

describe('text', () => {
  it('shows what would turn, hide or move the rest', () => {
    expect(clean('a\u202eb\u0007\nc')).toBe('a\\u202eb\\u0007\nc');
    expect(cleanLine('a\nb\u2028', 10)).toBe('a\\nb\\u2028');
    expect(cleanLine('x'.repeat(20), 5)).toBe('xxxxx…');
    expect([formatNumber(1_234_567), formatNumber(12), formatBytes(2_048)]).toEqual([
      '1,234,567',
      '12',
      '2.0 KiB',
    ]);
  });
});

describe('page', () => {
  it('puts nothing into the document as HTML', () => {
    const dir = join(root, 'src/page');
    const sources = readdirSync(dir).filter((name) => name.endsWith('.ts'));
    const risky = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b/;
    const found = sources.filter((name) => risky.test(readFileSync(join(dir, name), 'utf8')));
    expect(sources.length).toBeGreaterThan(10);
    expect(found).toEqual([]);
  });

  it('is built into three files that together have less than 60 KB and name no other place', () => {
    const files = ['index.html', 'page.css', 'page.js'].map((name) =>
      join(root, 'dist/page', name),
    );
    const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);
    expect(bytes).toBeLessThan(60_000);
    const texts = files.map((path) => readFileSync(path, 'utf8')).join('\n');
    const addresses = texts.match(/https?:\/\/[^"'`\s]+/g) ?? [];
    expect([...new Set(addresses)]).toEqual(['http://www.w3.org/2000/svg']);
  });
});
