// Tree: a stored value as rows that can be opened one level at a time.
//
// Values can have a hundred thousand parts, so nobody walks over all of them to show the first.

import type { PageValue } from '../core/page-data.ts';

/** A place in a value that has no parts. */
export type Leaf =
  | { readonly kind: 'text' | 'plain'; readonly text: string }
  | { readonly kind: 'reference'; readonly id: string };

/** One that has. */
export interface Branch {
  readonly kind: 'list' | 'record';
  readonly size: number;
  readonly value: object;
}

export type TreeNode = Leaf | Branch;

/** A part of a list or record. */
export interface TreePart {
  readonly key: string;
  readonly node: TreeNode;
}

/** The whole value. */
export function rootOf({ value, slots }: PageValue): TreeNode {
  return nodeOf(value, slots);
}

/** Parts `from` to `from + count` of a list or record; none of anything else. */
export function partsOf(
  node: TreeNode,
  slots: readonly string[],
  { from, count }: { readonly from: number; readonly count: number },
): readonly TreePart[] {
  if (!('size' in node)) return [];
  const { value } = node;
  const keys = Object.keys(value).slice(from, from + count);
  const isList = Array.isArray(value);
  return keys.map((key) => ({
    key: isList || !key.startsWith('$') ? key : key.slice(1),
    node: nodeOf((value as Readonly<Record<string, unknown>>)[key], slots),
  }));
}

function nodeOf(value: unknown, slots: readonly string[]): TreeNode {
  if (typeof value === 'string') return { kind: 'text', text: value };
  if (typeof value !== 'object' || value === null) return { kind: 'plain', text: String(value) };
  const keys = Object.keys(value);
  if (Array.isArray(value)) return { kind: 'list', size: keys.length, value };
  if (keys.length === 1 && keys[0] === '$') {
    const index = (value as { readonly $: unknown }).$;
    return { kind: 'reference', id: slots[Number(index)] ?? '?' };
  }
  return { kind: 'record', size: keys.length, value };
}
