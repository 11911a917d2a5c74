// Capdata, places: where in a body each of its references stands, for people.
//
// It trusts nothing about the body: a slot that stands nowhere in it is told, too, as no reference
// may stay hidden because the data around it is damaged.

import type { Capdata } from './power.ts';

/** One reference in a body. */
export interface SlotPlace<Slot extends string> {
  /** Such as `memory.friends[0]`; just `memory.?` for a slot that no place points to. */
  readonly place: string;
  readonly slot: Slot;
}

interface Step {
  readonly value: unknown;
  readonly path: string;
}

const PATH_CHARACTERS_MAX = 200;

/** The references of a body, place by place; `what` is the first word of each place. */
export function* placesOf<Slot extends string>(
  { body, slots }: Capdata<Slot>,
  what: string,
): Iterable<SlotPlace<Slot>> {
  const unseen = new Set(slots.keys());
  // A stack of our own: how deep the data is was decided by whoever wrote it.
  const steps: Step[] = [{ value: parse(body), path: what }];
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    const { value, path } = step;
    if (typeof value !== 'object' || value === null) continue;
    const index = indexOf(value);
    const slot = index === undefined ? undefined : slots[index];
    if (index !== undefined && slot !== undefined) {
      unseen.delete(index);
      yield { place: path, slot };
      continue;
    }
    for (const child of childrenOf(value, path).reverse()) steps.push(child);
  }
  for (const index of unseen) {
    const slot = slots[index];
    if (slot !== undefined) yield { place: `${what}.?`, slot };
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** A reference is written `{"$":index}`. */
function indexOf(value: object): number | undefined {
  const keys = Object.keys(value);
  if (Array.isArray(value) || keys.length !== 1 || keys[0] !== '$') return undefined;
  const index = (value as { $: unknown }).$;
  return typeof index === 'number' ? index : undefined;
}

function childrenOf(value: object, path: string): Step[] {
  if (Array.isArray(value)) {
    return value.map((item, index) => ({ value: item, path: cut(`${path}[${index}]`) }));
  }
  return Object.entries(value).map(([key, item]) => ({
    value: item,
    // A key that begins with `$` is written with one more.
    path: cut(path + formatKey(key.startsWith('$') ? key.slice(1) : key)),
  }));
}

const formatKey = (key: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;

const cut = (path: string): string =>
  path.length <= PATH_CHARACTERS_MAX ? path : `${path.slice(0, PATH_CHARACTERS_MAX)}…`;
