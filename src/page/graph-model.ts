// Graph model: what is drawn, made of what the command told: objects, imports, promises, and what is
// gone.

import type { PageEdge, PageGraph } from '../core/page-data.ts';
import type { Box, LayoutGroup, LayoutNode } from './layout.ts';
import { baseName } from './text.ts';

export interface GraphNode extends LayoutNode {
  readonly kind: 'object' | 'import' | 'promise' | 'gone';
  readonly title: string;
  /** The line below the title. */
  readonly detail: string;
  /** What it is found by, in lower case. */
  readonly text: string;
}

interface GraphGroup extends LayoutGroup {
  readonly title: string;
}

export interface Graph {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly edges: readonly PageEdge[];
  readonly groups: readonly GraphGroup[];
}

/** Installations are groups, and so are the things of one peer, which stand outside. */
export function makeGraph(page: PageGraph, peerLabel: (vat: string) => string): Graph {
  const nodes = new Map<string, GraphNode>();
  const groups = new Map<string, GraphGroup>();
  const add = (node: Omit<GraphNode, 'text'>, group: GraphGroup): void => {
    const text = `${node.title} ${node.id} ${group.title}`.toLowerCase();
    nodes.set(node.id, { ...node, text });
    if (!groups.has(group.key)) groups.set(group.key, group);
  };
  for (const { id, name, owner, installation } of page.objects) {
    const group = { key: `owner ${owner}`, title: baseName(installation), isOuter: false };
    const title = name === '' ? id : name;
    const detail = name === '' ? 'no name' : id;
    add({ id, kind: 'object', group: group.key, title, detail }, group);
  }
  for (const { id, vat, petname, isLive } of page.imports) {
    const title = petname ?? peerLabel(vat);
    const group = { key: `peer ${vat}`, title: `vat ${title}`, isOuter: true };
    const detail = isLive ? 'of another vat' : 'refused there';
    add({ id, kind: 'import', group: group.key, title: id, detail }, group);
  }
  for (const { to } of page.edges) {
    if (nodes.has(to)) continue;
    const what = PROMISES[to.slice(0, 1)];
    if (what !== undefined) {
      const group = { key: 'promises', title: 'promises', isOuter: true };
      add({ id: to, kind: 'promise', group: group.key, title: to, detail: what }, group);
      continue;
    }
    const group = { key: 'gone', title: 'not shown or deleted', isOuter: true };
    add({ id: to, kind: 'gone', group: group.key, title: to, detail: 'not shown' }, group);
  }
  return { nodes, edges: page.edges, groups: [...groups.values()] };
}

/** What an id is by its first letter. */
const PROMISES: Readonly<Record<string, string>> = { p: 'a promise', s: 'a resolver' };

/** The node to which an arrow key leads: the nearest one on that side, or the same. */
export function findNear(nodes: ReadonlyMap<string, Box>, id: string, key: string): string {
  const here = nodes.get(id);
  const way = WAYS[key];
  if (here === undefined || way === undefined) return id;
  let best = { id, cost: Number.POSITIVE_INFINITY };
  for (const [other, { x, y }] of nodes) {
    const along = (x - here.x) * way.x + (y - here.y) * way.y;
    const aside = Math.abs((x - here.x) * way.y) + Math.abs((y - here.y) * way.x);
    const cost = along + ASIDE_COSTS * aside;
    if (along > 0 && cost < best.cost) best = { id: other, cost };
  }
  return best.id;
}

const ASIDE_COSTS = 2;

const WAYS: Readonly<Record<string, { readonly x: number; readonly y: number }>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};
