// Fates, the scene: vats in which one asks and another one answers, and what can happen to them.

import type { Qrid } from '../../src/core/ids.ts';
import { drop } from '../sim/keeper.ts';
import { honestWire } from '../sim/network.ts';
import { runProgram, type Script, type Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { localIdOf, type World } from '../sim/world.ts';

/** Who asks is in vat `here`, who answers in `there`, which may be the same one. */
export interface Scene {
  readonly world: World;
  readonly here: TestVat;
  readonly there: TestVat;
  readonly third: TestVat;
  readonly caller: Qrid;
  readonly callee: Qrid;
  readonly trigger: Qrid;
  readonly watcher: Qrid;
  /** Who is asked; the callee unless it is changed before. */
  asked: Qrid;
  /** What a cause keeps until later. */
  later: (() => void) | undefined;
}

/** Places of references in the program of the caller; what it makes comes after. */
export const [CALLER, CALLEE, TRIGGER, WATCHER, MADE] = [0, 1, 2, 3, 4];

/** Ends the worker of a vat that is poisoned. */
export const POISON: readonly Step[] = [['note', 'poison']];

/** Ends the worker at a message that begins so. */
const poisoned =
  (vat: TestVat): Script =>
  (turn, tell) => {
    if (!turn.args.body.startsWith(JSON.stringify(POISON))) return runProgram(turn, tell);
    vat.endWorker('heap');
    return undefined;
  };
export const poison = ({ there }: Scene): void => there.setScript(poisoned(there));
export const quarantinedAt = (vat: TestVat): number => vat.store().readCounters().quarantine;

/** The callee is deleted in the very turn after which its message would be run. */
export function deleteOnTrigger({ there, callee, trigger }: Scene): void {
  there.setLimits({ turnsInFlight: 1 });
  const [object, at] = [localIdOf(there, callee), localIdOf(there, trigger)];
  there.setScript((turn, tell) => {
    const request = { type: 'delete', id: 'delete', object } as const;
    if (turn.target === at) there.handle({ type: 'control', ticket: 999_999, request });
    return runProgram(turn, tell);
  });
}

/** Nothing passes between the two from now on. */
export const cut = ({ world, here, there }: Scene): void =>
  world.setWire((bytes, passage) => {
    const ends = [passage.from, passage.to];
    const isBetween = ends.includes(here.id) && ends.includes(there.id);
    return isBetween ? [] : honestWire(bytes, passage);
  });
export const mend = ({ world }: Scene): void => world.setWire(honestWire);
export const dropIt = ({ here, there }: Scene): void => void drop(here, there.id);
/** Both know each other by another object. */
export const meet = ({ world, here, trigger }: Scene): void => {
  here.send(trigger, []);
  world.run(20_000);
};
