// Layout: where the objects of a graph stand, the same each time for the same graph.
//
// Each group is laid out by itself in columns, what refers left of what is referred to; then the
// boxes of the groups are packed onto a sheet, and the outer ones stand in columns at its right.

import { packBoxes } from './pack.ts';

export interface LayoutNode {
  readonly id: string;
  readonly group: string;
}

export interface LayoutGroup {
  readonly key: string;
  /** Whether it stands at the right of all others. */
  readonly isOuter: boolean;
}

export interface LayoutInput {
  readonly nodes: readonly LayoutNode[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly groups: readonly LayoutGroup[];
  /** Width over height of the sheet that is wished for, and how wide it should be at most. */
  readonly aspect: number;
  readonly widthMax: number;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: ReadonlyMap<string, Box>;
  readonly groups: ReadonlyMap<string, Box>;
}

const NODE = { width: 124, height: 40 } as const;
const GAP = { x: 44, y: 12 } as const;
const PADDING = 12;
const TITLE = 22;
const BETWEEN = 20;
/** Columns of one group before it goes on below: a long chain would be a strip. */
const COLUMNS = { least: 2, most: 8 } as const;
const ROWS_LEAST = 4;
const ROWS_MOST = 12;

interface Size {
  readonly width: number;
  readonly height: number;
}

type Place = { readonly x: number; readonly y: number };

/** Lays out a graph. */
export function layOut({ nodes, edges, groups, aspect, widthMax }: LayoutInput): Layout {
  const contents = splitByGroup(nodes, edges);
  const filled = groups.filter(({ key }) => contents.has(key));
  const reserved = filled.some(({ isOuter }) => isOuter) ? NODE.width + 2 * PADDING + GAP.x : 0;
  const columnsMax = countColumns(widthMax - reserved);
  const laid = filled.map((group) => ({
    ...group,
    ...layOutGroup(contents.get(group.key)!, columnsMax),
  }));
  const inner = laid.filter(({ isOuter }) => !isOuter);
  const outer = laid.filter(({ isOuter }) => isOuter);
  const outerWidth = outer.length === 0 ? 0 : GAP.x + widestOf(outer);
  const wished = Math.max(sheetWidth(inner, aspect), FULL_SIZE * widthMax - outerWidth);
  const width = Math.min(wished, widthMax - outerWidth);
  const innerSheet = packBoxes(inner, {
    between: BETWEEN,
    width: Math.max(width, widestOf(inner)),
  });
  const outerSheet = stack(outer, Math.max(innerSheet.height, OUTER_HEIGHT_LEAST));
  const shift = innerSheet.width === 0 ? 0 : innerSheet.width + GAP.x;

  const boxes = new Map<string, Box>();
  const groupBoxes = new Map<string, Box>();
  const put = (list: typeof laid, places: readonly Place[], dx: number): void => {
    list.forEach(({ key, width, height, places: inside }, index) => {
      const { x, y } = places[index]!;
      groupBoxes.set(key, { x: x + dx, y, width, height });
      for (const [id, place] of inside) {
        boxes.set(id, { x: x + dx + place.x, y: y + place.y, ...NODE });
      }
    });
  };
  put(inner, innerSheet.places, 0);
  put(outer, outerSheet.places, shift);
  return {
    width: shift + outerSheet.width,
    height: Math.max(innerSheet.height, outerSheet.height),
    nodes: boxes,
    groups: groupBoxes,
  };
}

/** What stands in one group: its nodes, and the edges between two of them. */
interface GroupContent {
  readonly ids: string[];
  readonly edges: { readonly from: string; readonly to: string }[];
}

/** The content of each group that has a node; every node and edge is looked at once. */
function splitByGroup(
  nodes: LayoutInput['nodes'],
  edges: LayoutInput['edges'],
): ReadonlyMap<string, GroupContent> {
  const contents = new Map<string, GroupContent>();
  const contentOf = new Map<string, GroupContent>();
  for (const { id, group } of nodes) {
    const content = contents.get(group) ?? { ids: [], edges: [] };
    contents.set(group, content);
    contentOf.set(id, content);
    content.ids.push(id);
  }
  for (const { from, to } of edges) {
    const content = contentOf.get(from);
    if (from !== to && content === contentOf.get(to)) content?.edges.push({ from, to });
  }
  return contents;
}

const OUTER_HEIGHT_LEAST = 400;
/** The part of the greatest width that is seen without making anything smaller. */
const FULL_SIZE = 0.65;

/** Width at which boxes of these sizes fill a sheet of that aspect, about. */
function sheetWidth(sizes: readonly Size[], aspect: number): number {
  const area = sizes.reduce(
    (sum, { width, height }) => sum + (width + BETWEEN) * (height + BETWEEN),
    0,
  );
  return Math.sqrt(area * aspect);
}

const widestOf = (sizes: readonly Size[]): number =>
  Math.max(0, ...sizes.map(({ width }) => width));

function countColumns(widthMax: number): number {
  const fitting = Math.floor((widthMax - 2 * PADDING + GAP.x) / (NODE.width + GAP.x));
  return Math.min(COLUMNS.most, Math.max(COLUMNS.least, fitting));
}

/** One below the other, in a further column where there is no more room. */
function stack(sizes: readonly Size[], heightMax: number) {
  const places: Place[] = [];
  const used = { x: 0, y: 0, width: 0, height: 0 };
  for (const { width, height } of sizes) {
    if (used.y > 0 && used.y + height > heightMax) {
      used.x = used.width + BETWEEN;
      used.y = 0;
    }
    places.push({ x: used.x, y: used.y });
    used.y += height + BETWEEN;
    used.width = Math.max(used.width, used.x + width);
    used.height = Math.max(used.height, used.y - BETWEEN);
  }
  return { places, width: used.width, height: used.height };
}

/** Places within a group, in the order of its nodes, with room for its title. */
function layOutGroup(content: GroupContent, columnsMax: number) {
  const places = new Map<string, Place>();
  const columns = makeColumns(content);
  let top = TITLE + PADDING;
  let columnsMost = 0;
  for (let first = 0; first < columns.length; first += columnsMax) {
    const band = columns.slice(first, first + columnsMax);
    const rows = Math.max(...band.map((column) => column.length));
    band.forEach((column, index) => {
      column.forEach((id, row) => {
        const x = PADDING + index * (NODE.width + GAP.x);
        places.set(id, { x, y: top + row * (NODE.height + GAP.y) });
      });
    });
    columnsMost = Math.max(columnsMost, band.length);
    top += rows * (NODE.height + GAP.y);
  }
  const width = 2 * PADDING + columnsMost * (NODE.width + GAP.x) - GAP.x;
  return { places, width, height: top - GAP.y + PADDING };
}

function makeColumns({ ids, edges }: GroupContent): string[][] {
  const before = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { from, to } of edges) before.get(to)!.push(from);
  const ranks = rank(ids, before);
  const rowsMax = Math.min(ROWS_MOST, Math.max(ROWS_LEAST, Math.ceil(Math.sqrt(ids.length) * 1.3)));
  const columns: string[][] = [];
  const rows = new Map<string, number>();
  for (const members of ranks) {
    const ordered = orderByThoseBefore(members, before, rows);
    ordered.forEach((id, row) => {
      rows.set(id, row);
    });
    for (let first = 0; first < ordered.length; first += rowsMax) {
      columns.push(ordered.slice(first, first + rowsMax));
    }
  }
  return columns;
}

/** Each node one rank after the last of those that refer to it; a ring is cut at its first node. */
function rank(ids: readonly string[], before: ReadonlyMap<string, readonly string[]>): string[][] {
  const ranks: string[][] = [];
  const rankOf = new Map<string, number>();
  const left = new Set(ids);
  while (left.size > 0) {
    const isFree = (id: string): boolean => before.get(id)!.every((other) => !left.has(other));
    const free = [...left].filter(isFree);
    const next = free.length > 0 ? free : [...left].slice(0, 1);
    for (const id of next) {
      const after = before.get(id)!.map((other) => rankOf.get(other) ?? -1);
      const own = Math.max(-1, ...after) + 1;
      rankOf.set(id, own);
      ranks[own] = [...(ranks[own] ?? []), id];
    }
    for (const id of next) left.delete(id);
  }
  return ranks;
}

/** By the middle row of those that refer to a node, so that few lines cross. */
function orderByThoseBefore(
  members: readonly string[],
  before: ReadonlyMap<string, readonly string[]>,
  rows: ReadonlyMap<string, number>,
): string[] {
  const middleOf = (id: string): number => {
    const known = before.get(id)!.map((other) => rows.get(other));
    const found = known.filter((row) => row !== undefined);
    if (found.length === 0) return 0;
    return found.reduce((sum, row) => sum + row, 0) / found.length;
  };
  return members
    .map((id, index) => ({ id, index, middle: middleOf(id) }))
    .sort((one, two) => one.middle - two.middle || one.index - two.index)
    .map(({ id }) => id);
}
