// Scope: which part of a large graph is drawn.

/** Nodes and edges by their ids, in the order in which they are to be kept. */
export interface ScopeInput {
  readonly ids: readonly string[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly selected: string | undefined;
  /** The most nodes that one can still read. */
  readonly max: number;
}

export interface Scope {
  readonly ids: ReadonlySet<string>;
  /** What of the graph this is. */
  readonly kind: 'all' | 'first' | 'neighbourhood';
}

/** Everything if it fits, else what is nearest to the selected node, and then the first ones. */
export function chooseScope({ ids, edges, selected, max }: ScopeInput): Scope {
  if (ids.length <= max) return { ids: new Set(ids), kind: 'all' };
  if (selected === undefined || !ids.includes(selected)) {
    return { ids: new Set(ids.slice(0, max)), kind: 'first' };
  }
  const neighbours = new Map<string, string[]>();
  const note = (one: string, other: string): void => {
    const known = neighbours.get(one);
    if (known === undefined) neighbours.set(one, [other]);
    else known.push(other);
  };
  for (const { from, to } of edges) {
    note(from, to);
    note(to, from);
  }
  // A set is walked over in the order in which things came in, also those that come meanwhile.
  const near = new Set([selected]);
  for (const id of near) {
    for (const other of neighbours.get(id) ?? []) {
      if (near.size === max) return { ids: near, kind: 'neighbourhood' };
      near.add(other);
    }
  }
  for (const id of ids) if (near.size < max) near.add(id);
  return { ids: near, kind: 'neighbourhood' };
}
