// Time faults: what befalls vats and the network every now and then, by the clock of the world.

import type { VatId } from '../../src/core/ids.ts';
import type { Agenda } from '../sim/agenda.ts';
import { pick } from '../sim/random.ts';
import { below, gap, type Random, streamOf } from './chance.ts';
import type { Faults } from './faults.ts';
import { forkHistory } from './fork.ts';
import type { EngineVat } from './vat-parts.ts';

export const TIME_FAULTS = [
  /** Some vats cannot reach the others for a while. */
  'partition',
  /** Nothing reaches one vat, in one direction only. */
  'deaf',
  /** A node stops as it should and starts again. */
  'restart',
  /** The same, at another URL. */
  'move',
  'kill',
  /** The process is held for a while. */
  'pause',
  /** The time of day of one vat jumps. */
  'time jump',
] as const;
/** Only in runs that are about them. */
export const REWIND_FAULTS = [
  /** A vat's files are copied aside. */
  'back up',
  'back up',
  /** The process dies, and goes on from files that were copied before. */
  'roll back',
  /** The same key and a copy of the files, in a second process, until all is healed. */
  'clone',
  /** Two vats live one history, then both another from an older point, then one is back in the first. */
  'fork',
] as const;
type TimeFault = (typeof TIME_FAULTS)[number] | (typeof REWIND_FAULTS)[number];

export interface TimeRates {
  readonly meanMs: number;
  readonly kinds: readonly TimeFault[];
}

const HOUR_MS = 3_600_000;
const CUT_MS_MAX = 60_000;
const PAUSE_MS_MAX = 20_000;
/** Less than a day: a record that is further ahead is ignored until it is not, by who is right. */
const JUMP_MS_MAX = 20 * HOUR_MS;

export interface TimeFaults {
  /** Begins to let them happen so often, until faults are off. */
  start(rates: TimeRates): void;
  isCut(from: VatId, to: VatId): boolean;
  /** Everybody can reach everybody again. */
  heal(): void;
}

export interface TimeFaultsInput {
  readonly seed: number;
  readonly faults: Faults;
  readonly agenda: Agenda;
  readonly nowMs: () => number;
  readonly vats: () => readonly EngineVat[];
  readonly clone: (vat: EngineVat) => void;
  /** An address where nobody listened before. */
  readonly nextUrl: () => string;
}

type Cut = (from: VatId, to: VatId) => boolean;

export function makeTimeFaults(input: TimeFaultsInput): TimeFaults {
  const { seed, faults, agenda, nowMs } = input;
  let rates: TimeRates = { meanMs: Number.POSITIVE_INFINITY, kinds: [] };
  const cuts = new Set<Cut>();
  let number = 0;

  const schedule = (): void => {
    if (!Number.isFinite(rates.meanMs)) return;
    number += 1;
    const random = streamOf(seed, 'time', number);
    const id = `t${number}`;
    const inMs = 1 + gap(random, rates.meanMs);
    agenda.add(nowMs() + inMs, () => {
      if (!faults.isOn()) return;
      if (faults.allows(id)) strike(id, random);
      schedule();
    });
  };

  const cut = (random: Random, isCut: Cut): void => {
    cuts.add(isCut);
    agenda.add(nowMs() + 1 + below(random, CUT_MS_MAX), () => cuts.delete(isCut));
  };

  const strike = (id: string, random: Random): void => {
    const kind = pick(random, rates.kinds);
    const vats = input.vats();
    const vat = pick(random, vats);
    faults.note(kind, id);
    switch (kind) {
      case 'partition': {
        const side = new Set(vats.filter(() => random() < 0.5).map((each) => each.id));
        return cut(random, (from, to) => side.has(from) !== side.has(to));
      }
      case 'deaf':
        return cut(random, (_from, to) => to === vat.id);
      case 'restart':
        return vat.stop();
      case 'move':
        return vat.stop(input.nextUrl());
      case 'kill':
        return vat.kill();
      case 'back up':
        vat.backUp();
        return;
      case 'roll back':
        if (vat.backups().length > 0) vat.rollBack(pick(random, vat.backups()), random() < 0.5);
        return;
      case 'clone':
        return input.clone(vat);
      case 'fork': {
        const other = pick(
          random,
          vats.filter((each) => each !== vat),
        );
        const isOver = (): boolean => !faults.isOn();
        return forkHistory({
          one: vat,
          other,
          random,
          agenda,
          nowMs,
          isOver,
          meanMs: rates.meanMs,
        });
      }
      case 'pause':
        return vat.pause(1 + below(random, PAUSE_MS_MAX));
      case 'time jump':
        return vat.jump(Math.floor((random() - 0.5) * 2 * JUMP_MS_MAX));
    }
  };

  return Object.freeze({
    start(next: TimeRates) {
      rates = next;
      schedule();
    },
    isCut: (from: VatId, to: VatId) => [...cuts].some((isCut) => isCut(from, to)),
    heal: () => cuts.clear(),
  });
}
