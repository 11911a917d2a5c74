// Fork: two vats live one history; both are put back to one moment of it and live another; then one
// of them is put back into the first. No doubt comes before that last step: until then they fit.

import type { Agenda } from '../sim/agenda.ts';
import { gap, type Random } from './chance.ts';
import type { EngineVat } from './vat-parts.ts';

export interface ForkInput {
  readonly one: EngineVat;
  readonly other: EngineVat;
  readonly random: Random;
  readonly agenda: Agenda;
  readonly nowMs: () => number;
  /** Whether faults have stopped. */
  readonly isOver: () => boolean;
  /** How long each of the two histories is, on average. */
  readonly meanMs: number;
}

export function forkHistory(input: ForkInput): void {
  const { one, other, random, agenda, nowMs, isOver, meanMs } = input;
  const later = (run: () => void): void => {
    agenda.add(nowMs() + 1 + gap(random, meanMs), () => {
      if (!isOver()) run();
    });
  };
  const isByCommand = random() < 0.5;
  // Copies of one moment fit.
  const forks = [one, other].map((vat) => ({ vat, backup: vat.backUp() }));
  later(() => {
    const first = other.backUp();
    for (const { vat, backup } of forks) vat.rollBack(backup, isByCommand);
    later(() => other.rollBack(first, isByCommand));
  });
}
