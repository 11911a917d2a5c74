// Play: the rounds of a run. A workload acts while faults fall; then they stop, and all must come to
// rest and be as it should.

import { gap, type Random } from './chance.ts';
import type { Desk } from './desk.ts';
import type { Engine } from './engine.ts';
import { type RunPlan, withOlderDisks } from './plan.ts';
import type { Observer, SimVat, Workload } from './stage.ts';
import { makeThings } from './workloads/things.ts';

/** Who takes part in a run. */
export interface Cast {
  /** A workload as it begins, with names of its own. */
  readonly next: () => Workload;
  readonly oracle: Observer;
  /** Whether vats get older disks in each round. */
  readonly isRewound: boolean;
  /** With fewer rows in a queue it cannot go on at all. */
  readonly rowsMin: number;
}

/** The workloads of a run, and which of them act now. */
export interface Troupe extends Observer {
  acting(): readonly Workload[];
  /** Those whose law has ended with an older disk make room for new ones, which this returns. */
  renew(): readonly Workload[];
  names(): readonly string[];
  close(): void;
}

/** The workload of the cast; with older disks also one that has names for its subject. */
export function makeTroupe(cast: Cast, { isRewinding }: RunPlan): Troupe {
  const all = [cast.next(), ...(isRewinding ? [makeThings('also-')] : [])];
  let acting = all;
  return Object.freeze({
    acting: () => acting,
    renew() {
      const fresh: Workload[] = [];
      acting = acting.map((workload) => {
        if (!workload.checkRewound) return workload;
        fresh.push(cast.next());
        return fresh.at(-1)!;
      });
      all.push(...fresh);
      return fresh;
    },
    names: () => [...new Set(all.map(({ name }) => name))],
    onRestore(vat: SimVat) {
      for (const workload of all) workload.onRestore?.(vat);
    },
    complaints: () => [],
    close() {
      for (const workload of all) workload.close?.();
    },
  });
}

interface PlayInput {
  readonly engine: Engine;
  readonly desk: Desk;
  readonly plan: RunPlan;
  readonly cast: Cast;
  readonly troupe: Troupe;
  /** When the workload acts. */
  readonly timing: Random;
}

const CHECK_STEPS = 64;
/** Longer than any wait of the product, many times over. */
const QUIET_MS_MAX = 6 * 3_600_000;
const STEPS_MAX = 3_000_000;

/** Returns complaints. */
export function play(input: PlayInput): readonly string[] {
  const { engine, desk, plan, cast, troupe } = input;
  const { storm, quiet } = makeRound(input);

  const prepare = (workloads: readonly Workload[]): readonly string[] => {
    for (const workload of workloads) workload.prepare(desk);
    // What a workload counts on is there only now.
    return engine.run(QUIET_MS_MAX) ? [] : ['it does not come to rest before any fault'];
  };
  /** In the round after older disks all goes on as ever, with a new workload. */
  const isDrawn = plan.isRewinding && !cast.isRewound;
  const rounds = isDrawn ? plan.rounds + 1 : plan.rounds;
  const isRewound = (round: number): boolean => cast.isRewound || (isDrawn && round === rounds - 2);

  const unready = prepare(troupe.acting());
  if (unready.length > 0) return unready;
  for (let round = 0; round < rounds; round += 1) {
    if (engine.rewound.size > 0) {
      const found = prepare(troupe.renew());
      if (found.length > 0) return found;
    }
    desk.setPatient(false);
    engine.startFaults(isRewound(round) ? withOlderDisks(plan) : plan.times);
    const found = storm();
    if (found.length > 0) return found;
    const left = quiet();
    if (left.length > 0) return left;
  }
  return [];
}

/** The two halves of a round; each returns complaints. */
function makeRound({ engine, desk, plan, cast, troupe, timing }: PlayInput) {
  let steps = 0;
  const check = (workload: Workload, isQuiet: boolean): readonly string[] => {
    const isRewound = engine.rewound.size > 0;
    if (isRewound && workload.checkRewound) return workload.checkRewound(desk, isQuiet);
    return isQuiet ? workload.checkQuiet(desk) : (workload.checkAlways?.(desk) ?? []);
  };
  const look = (isQuiet: boolean): readonly string[] => [
    ...cast.oracle.complaints(desk, isQuiet),
    ...troupe.acting().flatMap((workload) => check(workload, isQuiet)),
  ];
  /** Lets things happen until `isOver`; returns complaints on the way. */
  const go = (isOver: () => boolean): readonly string[] => {
    while (!isOver() && engine.step()) {
      steps += 1;
      if (steps > STEPS_MAX) return ['it never comes to an end'];
      if (steps % CHECK_STEPS !== 0) continue;
      const found = look(false);
      if (found.length > 0) return found;
    }
    return look(false);
  };
  const rest = (): readonly string[] => {
    const endMs = engine.nowMs() + QUIET_MS_MAX;
    const found = go(() => engine.nowMs() > endMs);
    if (found.length > 0) return found;
    return engine.nowMs() > endMs ? ['it does not come to rest', ...engine.quarrels()] : [];
  };

  return {
    storm(): readonly string[] {
      let left = plan.actions;
      const act = (): void => {
        for (let more = Math.min(left, plan.burst); more > 0; more -= 1) {
          for (const workload of troupe.acting()) workload.act(desk);
          left -= 1;
        }
        if (left > 0) engine.after(gap(timing, plan.actionMs), act);
      };
      act();
      return go(() => left === 0);
    },
    quiet(): readonly string[] {
      const unsettled = engine.heal();
      if (unsettled.length > 0) return unsettled;
      desk.setPatient(true);
      for (const workload of troupe.acting()) workload.finish?.(desk);
      const found = rest();
      if (found.length > 0) return found;
      return [...engine.quarrels(), ...look(true)];
    },
  };
}
