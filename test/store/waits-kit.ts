// Waits kit: a vat with one object that runs programs, and what is told of its promises.

import type { Qrid } from '../../src/core/ids.ts';
import type { PendingPromise, Waits } from '../../src/core/waits.ts';
import { openWaits } from '../../src/store/waits-reader.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, type World } from '../sim/world.ts';

type Filter = Parameters<ReturnType<typeof openWaits>['list']>[0];

export interface WaitsStage {
  readonly world: World;
  readonly one: TestVat;
  readonly object: Qrid;
  /** Runs a program in the object, with a reference to itself at place 0, and all that comes of it. */
  play(steps: readonly Step[], ms?: number): void;
  list(filter?: Partial<Filter>, surveyedMax?: number): Waits;
  show(id: string): PendingPromise | undefined;
  /** What decides each pending promise, by its id. */
  deciders(): Readonly<Record<string, unknown>>;
  stuckOnes(): readonly string[];
}

export function setWaitsStage(): WaitsStage {
  const world = makeWorld();
  const one = world.vat('one');
  const object = one.install();
  const list = (filter: Partial<Filter> = {}, surveyedMax?: number): Waits => {
    const reader = openWaits(one.path, surveyedMax === undefined ? {} : { surveyedMax });
    const found = reader.list({ limit: 100, ...filter });
    reader.close();
    return found;
  };
  return {
    ...{ world, one, object, list },
    play(steps, ms) {
      one.send(object, steps, { slots: [object] });
      world.run(ms);
    },
    show(id) {
      const reader = openWaits(one.path);
      const found = reader.show(id);
      reader.close();
      return found;
    },
    deciders: () => Object.fromEntries(list().promises.map(({ id, decider }) => [id, decider])),
    stuckOnes: () =>
      list()
        .promises.filter(({ isStuck }) => isStuck)
        .map(({ id }) => id)
        .toSorted(),
  };
}
