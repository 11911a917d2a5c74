// Components: which nodes of a graph lie on cycles, and which of them lie on the same ones.
//
// The strongly connected components of R. Tarjan, "Depth-first search and linear graph algorithms"
// (1972): each edge is looked at once. Nothing is called by itself, so that a chain of any length
// needs no more of the stack than a short one.

/** Nodes are numbers from 0; those that node `n` leads to are `targets` from `offsets[n]` on. */
export interface Graph {
  /** One more than there are nodes. */
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
}

/** Of a node that lies on no cycle. */
export const NO_CYCLE = -1;

/** The graph with an edge from each of `from` to the one of `to` at the same place. */
export function makeGraph(
  nodes: number,
  { from, to }: { readonly from: readonly number[]; readonly to: readonly number[] },
): Graph {
  const offsets = new Int32Array(nodes + 1);
  for (const node of from) offsets[node + 1]! += 1;
  for (let node = 0; node < nodes; node += 1) offsets[node + 1]! += offsets[node]!;
  const next = offsets.slice();
  const targets = new Int32Array(from.length);
  from.forEach((node, at) => {
    targets[next[node]!] = to[at]!;
    next[node]! += 1;
  });
  return { offsets, targets };
}

/** For each node the number of the component by which it can come back to itself, or NO_CYCLE. */
export function findCycles({ offsets, targets }: Graph): Int32Array {
  const count = offsets.length - 1;
  const cycles = new Int32Array(count).fill(NO_CYCLE);
  /** When it was met first, from 1; and the earliest that can be reached from there. */
  const met = new Int32Array(count);
  const low = new Int32Array(count);
  const next = offsets.slice(0, count);
  /** The way to the node that is looked at, and those that have no component yet. */
  const [path, open] = [new Stack(count), new Stack(count)];
  let [time, found] = [0, 0];

  const enter = (node: number): void => {
    time += 1;
    met[node] = time;
    low[node] = time;
    path.push(node);
    open.push(node);
  };
  const isLoop = (node: number): boolean =>
    targets.subarray(offsets[node], offsets[node + 1]).includes(node);
  const leave = (node: number): void => {
    path.pop();
    const parent = path.top();
    if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[node]!);
    if (low[node] !== met[node]) return;
    const isCycle = open.top() !== node || isLoop(node);
    for (let member = open.pop(); ; member = open.pop()) {
      if (isCycle) cycles[member] = found;
      met[member] = DONE;
      if (member === node) break;
    }
    if (isCycle) found += 1;
  };

  for (let root = 0; root < count; root += 1) {
    if (met[root] === 0) enter(root);
    for (let node = path.top(); node !== undefined; node = path.top()) {
      const at = next[node]!;
      if (at === offsets[node + 1]) {
        leave(node);
        continue;
      }
      next[node] = at + 1;
      const target = targets[at]!;
      if (met[target] === 0) enter(target);
      // One that is done leads to nothing that is still open.
      else low[node] = Math.min(low[node]!, met[target]!);
    }
  }
  return cycles;
}

/** Later than any time. */
const DONE = 2 ** 31 - 1;

/** The shortest way from a node that lies on a cycle back to itself, without its end. */
export function findRing(graph: Graph, cycles: Int32Array, start: number): readonly number[] {
  const cameFrom = new Map<number, number>();
  // A set is walked over in the order in which things came in, also those that come meanwhile.
  const near = new Set([start]);
  for (const node of near) {
    for (const target of graph.targets.subarray(graph.offsets[node], graph.offsets[node + 1])) {
      if (cycles[target] !== cycles[start]) continue;
      if (target === start) return wayTo(node, cameFrom);
      if (near.has(target)) continue;
      near.add(target);
      cameFrom.set(target, node);
    }
  }
  return [];
}

function wayTo(end: number, cameFrom: ReadonlyMap<number, number>): readonly number[] {
  const way: number[] = [];
  for (let node: number | undefined = end; node !== undefined; node = cameFrom.get(node)) {
    way.push(node);
  }
  return way.reverse();
}

/** Node numbers, last in first out, as many as there are nodes. */
class Stack {
  readonly #nodes: Int32Array;
  #size = 0;

  constructor(max: number) {
    this.#nodes = new Int32Array(max);
  }

  push(node: number): void {
    this.#nodes[this.#size] = node;
    this.#size += 1;
  }

  /** MUST NOT be empty. */
  pop(): number {
    this.#size -= 1;
    return this.#nodes[this.#size]!;
  }

  top(): number | undefined {
    return this.#size === 0 ? undefined : this.#nodes[this.#size - 1];
  }
}
