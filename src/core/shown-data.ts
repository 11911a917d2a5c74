// Shown data: live data as JSON for people.
//
// A reference is `{"$":"o5.0"}`, with the id by which the vat knows what it refers to. As in a body, a
// key of the data that begins with `$` has one more, so that no data looks like a reference.

import type { Capdata } from './power.ts';

/** The value of a body that was checked, as plain JSON. */
export function showData({ body, slots }: Capdata<string>): unknown {
  return JSON.parse(body, (_, value: unknown) => {
    const index = indexOf(value);
    return index === undefined ? value : { $: slots[index] };
  });
}

/** A reference is written `{"$":index}`. */
function indexOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { $: index } = value as { readonly $?: unknown };
  return typeof index === 'number' ? index : undefined;
}
