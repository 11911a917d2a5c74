// Vat parts: what a simulated vat is made of, and what it tells the engine.

import type { VatId } from '../../src/core/ids.ts';
import type { NodeLimits } from '../../src/core/node-limits.ts';
import type { Realm } from '../../src/guest/worker.ts';
import type { Clock, ControlReply, ControlRequest, Entropy } from '../../src/kernel/ports.ts';
import type { Agenda } from '../sim/agenda.ts';
import type { Network, Station } from '../sim/network.ts';
import type { Random } from './chance.ts';
import type { Faults } from './faults.ts';
import type { Observer, SimVat } from './stage.ts';
import type { StrikeRates } from './strikes.ts';
import type { WorkerRates } from './worker-strikes.ts';

/** How quickly things go on, at most; most of the time they go on at once. */
export interface Pace {
  /** Between an input and the commit, when nothing else comes. */
  readonly settleMsMax: number;
  /** On each way between kernel and worker. */
  readonly pipeMsMax: number;
  readonly restartMsMax: number;
}

export interface EngineVatInput {
  readonly name: string;
  readonly path: string;
  readonly url: string;
  /** Which key of the keyring is its own. */
  readonly key: number;
  readonly seed: number;
  readonly entropy: Entropy;
  readonly agenda: Agenda;
  readonly nowMs: () => number;
  readonly network: Network;
  readonly realm: Realm;
  /** Whether each turn is run twice, by two workers. */
  readonly isParanoid: boolean;
  readonly limits: Partial<NodeLimits>;
  readonly pace: Pace;
  readonly strikeRates: StrikeRates;
  readonly workerRates: WorkerRates;
  readonly faults: Faults;
  readonly observers: readonly Observer[];
  /** The order in which things happen that could happen in another. */
  readonly random: Random;
}

/** A vat as the engine sees it. */
export interface EngineVat extends SimVat, Omit<Station, 'id' | 'url' | 'isUp'> {
  readonly id: VatId;
  /** Asks once, and lets it commit what is ready if `isCommitting`. */
  ask(request: ControlRequest, isCommitting: boolean): ControlReply | undefined;
  /** As `kill -9`; it is started again after a while. */
  kill(): void;
  /** As `qrt stop`; it is started again after a while, at that URL if one is given. */
  stop(url?: string): void;
  /** Copies its files aside, as they are now. */
  backUp(): Backup;
  /** Copies that can still be put back. */
  backups(): readonly Backup[];
  /** As a kill, and files from before, if they can still be put back; by `qrt restore` or by hand. */
  rollBack(backup: Backup, isByCommand: boolean): void;
  /** Backups are forgotten. */
  forgetBackups(): void;
  /** Nothing of the process runs for that long. */
  pause(ms: number): void;
  /** The time of day is wrong by that much from now on. */
  jump(ms: number): void;
  /** Starts it now if it is down; the time of day is right again. */
  revive(): void;
  /** Ends for good. */
  close(): void;
  /** Turns that were ever done; 0 while it is down. */
  turnsDone(): number;
}

/** A copy of a vat's files; puts them back. */
export type Backup = () => void;

/** The clock of one vat: its time of day can be wrong. */
export interface VatClock extends Clock {
  /** It is wrong by that much from now on. */
  jump(ms: number): void;
  repair(): void;
}

/** A clock that follows the time of the world. */
export function makeVatClock(nowMs: () => number): VatClock {
  let offMs = 0;
  const startMs = nowMs();
  return Object.freeze({
    nowMs: () => nowMs() + offMs,
    monotonicMs: () => nowMs() - startMs + 1,
    jump(ms: number) {
      offMs = ms;
    },
    repair() {
      offMs = 0;
    },
  });
}
