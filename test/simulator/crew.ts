// Crew: the workers of one simulated vat, one at a time, and how their frames travel.

import type { VatInput, VatOutput, WorkerEnd, WorkerMeter } from '../../src/kernel/ports.ts';
import type { Plan } from '../sim/agenda.ts';
import { below } from './chance.ts';
import { makeSimWorker, type SimWorker } from './sim-worker.ts';
import { makeTwinWorker } from './twin-worker.ts';
import type { EngineVatInput } from './vat-parts.ts';
import { makeWorkerStrikes } from './worker-strikes.ts';

type WorkerOutput = Extract<VatOutput, { type: 'worker-start' | 'worker-frame' | 'worker-kill' }>;

export interface Crew {
  take(output: WorkerOutput): void;
  /** The process that holds them is gone, and they with it. */
  disband(): void;
  readonly meter: WorkerMeter;
}

interface CrewInput extends EngineVatInput {
  readonly isDelicate: (isLimit: boolean) => boolean;
  /** Hands an input to the vat, when its process may run. */
  readonly give: (input: VatInput) => void;
  /** Hands it over now: the worker waits for what comes of it. */
  readonly giveNow: (input: VatInput) => void;
  readonly awake: (run: () => void) => void;
}

/** The worker that lives now. */
interface Post {
  readonly id: number;
  worker: SimWorker | undefined;
  running: Plan | undefined;
  reading: Plan | undefined;
  end: WorkerEnd | undefined;
  stuckMs: number | undefined;
}

const START_MS_MAX = 50;
const READ_ALL_CHANCE = 0.8;
const TICK_CHANCE = 0.05;

export function makeCrew(input: CrewInput): Crew {
  const { agenda, nowMs, random, pace, realm, give, giveNow, awake, isDelicate } = input;
  const { seed, name: vat, workerRates: rates, faults } = input;
  const strikes = makeWorkerStrikes({ seed, vat, rates, faults, isDelicate });
  let now: Post | undefined;

  const pipeMs = (): number => (random() < 0.5 ? 0 : below(random, pace.pipeMsMax + 1));

  const start = (id: number): void => {
    const post: Post = { id, worker: undefined, running: undefined, reading: undefined } as Post;
    now = post;
    const fails = strikes.failsToStart();
    agenda.add(nowMs() + below(random, START_MS_MAX), () => {
      if (now !== post) return;
      if (fails) return exit(post, 'unknown');
      const make = input.isParanoid ? makeTwinWorker : makeSimWorker;
      post.worker = make({
        realm,
        random,
        onAsk: () => answer(post),
        onWrite: (payloads) => onWrite(post, payloads),
      });
      run(post);
    });
  };

  const exit = (post: Post, end: WorkerEnd): void => {
    if (now !== post) return;
    now = undefined;
    give({ type: 'worker-exit', worker: post.id, end });
  };

  const onWrite = (post: Post, payloads: number): void => {
    scheduleRead(post);
    const written = post.worker?.count() ?? 0;
    const fate = strikes.pass(payloads, written);
    if (!fate || post.end || post.stuckMs !== undefined) return;
    post.worker?.end(fate.payloadsLeft);
    if (fate.end === 'stuck') post.stuckMs = nowMs();
    else post.end = fate.end;
  };

  /** The worker waits for a reply: the kernel takes all that was written. */
  const answer = (post: Post): void => {
    if (random() < TICK_CHANCE) giveNow({ type: 'tick' });
    for (;;) {
      const payload = now === post ? post.worker?.take() : undefined;
      if (!payload) return;
      giveNow({ type: 'worker-frame', worker: post.id, payload });
    }
  };

  const run = (post: Post): void =>
    awake(() => {
      post.running = undefined;
      if (now === post) post.worker?.run();
    });
  const scheduleRun = (post: Post): void => {
    if (post.worker) post.running ??= agenda.add(nowMs() + pipeMs(), () => run(post));
  };
  const scheduleRead = (post: Post): void => {
    post.reading ??= agenda.add(nowMs() + pipeMs(), () => awake(() => read(post)));
  };
  const read = (post: Post): void => {
    post.reading = undefined;
    while (now === post && post.worker?.count()) {
      giveNow({ type: 'worker-frame', worker: post.id, payload: post.worker.take()! });
      if (random() >= READ_ALL_CHANCE && now === post) return scheduleRead(post);
    }
    if (post.end) exit(post, post.end);
  };

  return Object.freeze({
    take(output: WorkerOutput) {
      switch (output.type) {
        case 'worker-start':
          return start(output.worker);
        case 'worker-frame':
          if (now?.id !== output.worker) return;
          now.worker?.push(output.frame);
          return scheduleRun(now);
        case 'worker-kill':
          if (now?.id === output.worker) fire();
      }
    },
    disband: fire,
    meter: (id: number) =>
      now?.id === id && now.stuckMs !== undefined ? nowMs() - now.stuckMs : 0,
  });

  function fire(): void {
    now?.worker?.end(0);
    now = undefined;
  }
}
