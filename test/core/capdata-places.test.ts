import { describe, expect, it } from 'vitest';
import { placesOf } from '../../src/core/capdata-places.ts';

const places = (body: unknown, slots: readonly string[]) =>
  [
    ...placesOf({ body: typeof body === 'string' ? body : JSON.stringify(body), slots }, 'args'),
  ].map(({ place, slot }) => `${place} ${slot}`);

describe('places of references', () => {
  it('each reference is told with its place, in the order in which it stands there', () => {
    const body = { to: { $: 1 }, list: [0, { who: { $: 0 } }, { $: 1 }], 'a b': { $: 2 } };
    expect(places(body, ['o1.0', 'o2.0', 'i3'])).toEqual([
      'args.to o2.0',
      'args.list[1].who o1.0',
      'args.list[2] o2.0',
      'args["a b"] i3',
    ]);
    expect(places({ $: 0 }, ['o1.0'])).toEqual(['args o1.0']);
  });

  it('data that only looks like a reference is none, and its key is shown as it was', () => {
    expect(places({ $$: 0, $$x: { $: 0 } }, ['o1.0'])).toEqual(['args.$x o1.0']);
    expect(places({ a: { $: '0' } }, [])).toEqual([]);
  });

  it('a slot that stands nowhere is told all the same', () => {
    expect(places('not JSON', ['o1.0'])).toEqual(['args.? o1.0']);
    expect(places({ a: { $: 7 } }, ['o1.0'])).toEqual(['args.? o1.0']);
    expect(places({ a: { $: 0 } }, ['o1.0', 'o2.0'])).toEqual(['args.a o1.0', 'args.? o2.0']);
  });

  it('data of any depth ends, and no place is longer than a line', () => {
    const depth = 100_000;
    const body = `${'['.repeat(depth)}{"$":0}${']'.repeat(depth)}`;
    const [only, ...others] = places(body, ['o1.0']);
    expect(others).toEqual([]);
    expect(only?.length).toBeLessThan(220);
    expect(places({ ['k'.repeat(1_000)]: { $: 0 } }, ['o1.0'])[0]?.length).toBeLessThan(220);
  });
});
