// Machine: the vat of a test, from its key to its worker, and its lives one after another.
//
// It is fed as a node feeds its vat, by the same loop. What goes to other vats is dropped: an
// attempt to reach one never comes to an end.

import { QrtError } from '../core/errors.ts';
import { WORKER_STARTS_FAILED_MAX } from '../core/limits.ts';
import type { NodeLimits } from '../core/node-limits.ts';
import { systemEntropy } from '../crypto/entropy.ts';
import { sha256 } from '../crypto/hash.ts';
import { makeSealer } from '../crypto/sealer.ts';
import type { Clock, ControlRequest, StatusReply } from '../kernel/ports.ts';
import type { VatStore } from '../kernel/store-port.ts';
import { systemClock } from '../node/clock.ts';
import { createMemoryDatabase } from '../store/open.ts';
import type { Sandbox } from '../worker/sandbox.ts';
import { type Asks, makeAsks } from './asks.ts';
import { startTestLife, type TestLife } from './test-life.ts';
import { type EndedTurn, makeTurnWatch, type TurnWatch } from './turn-watch.ts';

export interface Machine {
  /** Throws QRT_TESTVAT_CLOSED. */
  store(): VatStore;
  /** Asks the kernel; a restart in the middle changes nothing of the reply. */
  ask<T>(request: ControlRequest): Promise<T>;
  /** Runs at most so many turns; resolves when they are committed. */
  turns(turnsMax: number): Promise<{ readonly isIdle: boolean }>;
  /** Moves the time of day; resolves when what is due by then is committed. */
  advance(ms: number): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

const SEED_BYTES = 32;
/** 2026-01-01: the time of day at first, by which deadlines of answers are told. */
const NOW_MS = 1_767_225_600_000;

export interface MachineInput {
  readonly sandbox: Sandbox;
  readonly limits: NodeLimits;
  /** Told of each turn once it is committed. */
  readonly onTurn: (turn: EndedTurn) => void;
}

/** A vat without objects. */
export function makeMachine({ sandbox, limits, onTurn }: MachineInput): Machine {
  const sealer = makeSealer({ seed: systemEntropy(SEED_BYTES), entropy: systemEntropy });
  let nowMs = NOW_MS;
  // The time of day stands still until a test moves it; deadlines of workers run as in a node.
  const clock: Clock = { nowMs: () => nowMs, monotonicMs: systemClock.monotonicMs };
  const parts = { sealer, sha256, clock, entropy: systemEntropy, limits };
  const database = createMemoryDatabase(sealer.vat);
  const changes = makeChanges();
  const watch = makeTurnWatch({ limits, onEnd: onTurn, onRest: changes.note });
  const asks = makeAsks((input) => life.give(input));
  let fault: { readonly error: unknown } | undefined;
  let lastWords = '';

  const fail = (error: unknown): void => {
    fault = { error };
    asks.fail(error);
    changes.note();
  };
  const assertUsable = (): void => {
    if (fault) throw fault.error;
  };
  const start = (): TestLife =>
    startTestLife({
      parts,
      database,
      watch,
      sandbox,
      onReply: asks.takeReply,
      onLastWords(text) {
        lastWords = text;
      },
      onFatal: fail,
    });
  let life = start();

  return Object.freeze({
    store() {
      assertUsable();
      return life.store;
    },
    ask: asks.ask,
    turns: (turnsMax: number) =>
      runTurns({ turnsMax, watch, asks, changes, tick: () => life.give({ type: 'tick' }) }, () => {
        if (watch.failedStarts() < WORKER_STARTS_FAILED_MAX) return;
        throw new QrtError('QRT_WORKER_UNSTARTED', { reason: lastWords });
      }),
    async advance(ms: number) {
      assertUsable();
      nowMs += ms;
      do {
        life.give({ type: 'tick' });
        // Its reply comes after the commit of what the tick has done.
        await asks.ask<StatusReply>({ type: 'status' });
      } while ((life.store.nextDeadline()?.deadlineMs ?? Number.POSITIVE_INFINITY) <= nowMs);
    },
    async restart() {
      assertUsable();
      const gone = life.end();
      watch.interrupt();
      life = start();
      asks.repeat();
      changes.note();
      await gone;
    },
    async close() {
      const gone = life.end();
      fail(new QrtError('QRT_TESTVAT_CLOSED', {}));
      database.close();
      await gone;
    },
  });
}

interface Run {
  readonly turnsMax: number;
  readonly watch: TurnWatch;
  readonly asks: Asks;
  readonly changes: Changes;
  readonly tick: () => void;
}

async function runTurns(run: Run, assertStarting: () => void): Promise<{ isIdle: boolean }> {
  const { turnsMax, watch, asks, changes, tick } = run;
  watch.permit(turnsMax);
  try {
    for (;;) {
      const seen = changes.count();
      tick();
      // Its reply comes after the commit of all that was accepted before it.
      const { inbox } = await asks.ask<StatusReply>({ type: 'status' });
      const isIdle = inbox.rows === 0;
      if (!watch.isInFlight() && (isIdle || !watch.hasPermit())) return { isIdle };
      assertStarting();
      await changes.after(seen);
    }
  } finally {
    watch.permit(0);
  }
}

interface Changes {
  note(): void;
  count(): number;
  /** Resolves when there was a change since `seen`. One caller at a time. */
  after(seen: number): Promise<void>;
}

/** Counts changes, so that none between a look and a wait is missed. */
function makeChanges(): Changes {
  let count = 0;
  let wake = (): void => {};
  return Object.freeze({
    note() {
      count += 1;
      wake();
    },
    count: () => count,
    async after(seen: number) {
      if (count !== seen) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
  });
}
