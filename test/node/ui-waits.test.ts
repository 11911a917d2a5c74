// What the page is told of promises: in words, with arrows between objects, and bounded.

import { describe, expect, it } from 'vitest';
import { UI_ARROWS_MAX, UI_WAITS_MAX } from '../../src/core/page-limits.ts';
import type { Decider, Holder, PendingPromise, Waits } from '../../src/core/waits.ts';
import { presentWaits, readPageWaits } from '../../src/node/ui-waits.ts';

const NONE = { count: 0, first: [] };

interface Input {
  readonly id: string;
  readonly decider: Decider;
  /** Objects that are its continuations. */
  readonly goOn?: readonly string[];
  readonly holders?: readonly Holder[];
  readonly isStuck?: boolean;
}

function pending({ id, decider, goOn = [], holders = [], isStuck = false }: Input): PendingPromise {
  const waiters = goOn.map((fulfilled) => ({ kind: 'when', fulfilled, owner: 1 }) as const);
  return {
    ...{ id, owner: 1, installation: 'a.js', madeMs: 1, isStuck, decider },
    waiters: { count: waiters.length, first: waiters },
    holders: { count: holders.length, first: holders },
  };
}

function waitsOf(promises: readonly PendingPromise[], more: Partial<Waits> = {}): Waits {
  const totals = { pending: promises.length, fitting: promises.length, stuck: 0, cycles: 0 };
  return { promises, cycles: [], totals, ...more };
}

const message = (target: string): Decider => ({ by: 'message', target, trace: '' });
const resolver = (...first: Holder[]): Decider => ({
  by: 'resolver',
  heldBy: { count: first.length, first },
});
const memory = (...objects: string[]): Holder => ({ kind: 'memory', id: 'm1.1', objects });

describe('page of promises', () => {
  it('says in words what each waits for, what waits for it and who holds it', () => {
    const decider = { by: 'promise', promise: 'p2.0' } as const;
    const [told] = presentWaits(
      waitsOf([pending({ id: 'p1.0', decider, goOn: ['o3.0'], holders: [memory('o4.0')] })]),
    ).promises;
    expect(told).toEqual({
      ...{ id: 'p1.0', owner: 1, installation: 'a.js', madeMs: 1, isStuck: false },
      waitsFor: 'p2.0, which it follows',
      waitedForBy: 'a continuation to o3.0',
      heldBy: 'memory m1.1 of o4.0',
    });
  });

  it('draws an arrow from each continuation to the objects that are to answer, by way of others', () => {
    const { arrows } = presentWaits(
      waitsOf([
        pending({ id: 'p1.0', decider: message('o9.0'), goOn: ['o1.0'] }),
        pending({ id: 'p1.1', decider: { by: 'promise', promise: 'p1.0' }, goOn: ['o2.0'] }),
        pending({
          ...{ id: 'p1.2', goOn: ['o3.0', 'i7'] },
          decider: { by: 'all', of: { count: 2, first: ['p1.1', 'p1.3'] } },
        }),
        pending({ id: 'p1.3', decider: resolver(memory('o8.0', 'o7.0')), isStuck: true }),
        // Whoever holds one waits for it when nothing else does.
        pending({ id: 'p1.4', decider: message('i5'), holders: [memory('o6.0')] }),
        pending({ id: 'p1.5', decider: resolver(), goOn: ['o1.0'] }),
        pending({ id: 'p1.6', decider: message('o9.0'), goOn: ['p1.0', 's1.0'] }),
      ]),
    );
    expect(arrows.map(({ from, to }) => `${from} ${to}`)).toEqual([
      'o1.0 o9.0',
      'o2.0 o9.0',
      ...['o3.0 o8.0', 'o3.0 o7.0', 'o3.0 o9.0', 'i7 o8.0', 'i7 o7.0', 'i7 o9.0'],
      'o6.0 i5',
    ]);
  });

  it('promises that wait for each other draw arrows and no end of them', () => {
    const { arrows, cycles } = presentWaits(
      waitsOf(
        [
          pending({ id: 'p1.0', decider: { by: 'promise', promise: 'p1.1' }, isStuck: true }),
          pending({
            ...{ id: 'p1.1', goOn: ['o1.0'], isStuck: true },
            decider: { by: 'all', of: { count: 2, first: ['p1.0', 'p1.2'] } },
          }),
          pending({ id: 'p1.2', decider: message('o2.0') }),
        ],
        {
          cycles: [
            {
              ...{ cycle: 1, promises: 2, isStuck: true },
              ring: {
                count: 3,
                first: [
                  { id: 'p1.0', decider: { by: 'promise', promise: 'p1.1' } },
                  { id: 'p1.1', decider: { by: 'all', of: NONE } },
                ],
              },
            },
          ],
        },
      ),
    );
    expect(arrows).toEqual([{ from: 'o1.0', to: 'o2.0', isStuck: true }]);
    expect(cycles).toEqual([
      {
        ...{ cycle: 1, isStuck: true, more: 1 },
        lines: ['p1.0 follows p1.1', 'p1.1 is Q.all of the next'],
      },
    ]);
  });

  it('tells of a bounded number of promises and arrows', () => {
    const limits: number[] = [];
    const list = ({ limit }: { readonly limit: number }): Waits => {
      limits.push(limit);
      const goOn = Array.from({ length: UI_ARROWS_MAX }, (_, n) => `o${n}.0`);
      return waitsOf(
        ['o1.0', 'o2.0'].map((to) => pending({ id: 'p1.0', decider: message(to), goOn })),
      );
    };
    expect(readPageWaits({ list }).arrows).toHaveLength(UI_ARROWS_MAX);
    expect(limits).toEqual([UI_WAITS_MAX]);
  });
});
