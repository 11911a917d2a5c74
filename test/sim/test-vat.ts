// Test vat: one vat of a world: the real kernel, store and NaCl around a scripted worker.

import { existsSync } from 'node:fs';
import { isQrtError } from '../../src/core/errors.ts';
import type { KernelFrame, WorkerFrame } from '../../src/core/frames.ts';
import { encodeFrame, makeFrameSplitter } from '../../src/core/frames.ts';
import type { VatId } from '../../src/core/ids.ts';
import { makeLimits } from '../../src/core/node-limits.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import type { FormerLife } from '../../src/kernel/backlog.ts';
import type {
  Clock,
  ControlReply,
  ControlRequest,
  Entropy,
  Sealer,
  Vat,
  VatInput,
  VatOutput,
  WorkerEnd,
} from '../../src/kernel/ports.ts';
import { makeVat } from '../../src/kernel/vat.ts';
import { createStore, type OpenStore, openStore } from '../../src/store/open.ts';
import { backUp } from './backup.ts';
import { type Desk, makeDesk } from './desk.ts';
import { makeKnownSealer } from './known-keys.ts';
import type { Network, Station } from './network.ts';
import { done, type Script, type TurnFrame } from './scripted-worker.ts';
import type { Gate, VatControls } from './vat-controls.ts';
import { Death, type StoreWatch, watchStore } from './watched-store.ts';

export interface TestVat extends Station, Desk, VatControls {
  readonly name: string;
  readonly sealer: Sealer;
  /** The secret of its key. */
  readonly seed: Uint8Array;
  readonly path: string;
  /** Everything that was emitted, in order. */
  readonly outputs: VatOutput[];
  /** How often this vat was read from its disk. */
  lives(): number;
  store(): OpenStore;
  handle(input: VatInput): void;
  /** Routes what was emitted and lets the vat commit, until it has nothing more to do. */
  settle(): void;
  wakeAtMs(): number | undefined;
  /** As `kill -9`, and the next start from disk. */
  crash(): void;
  halt(): void;
  /** Starts a halted vat, at another URL if one is given. */
  revive(url?: string): void;
  /** Copies the database's files; the result puts them back while the vat is down. */
  backup(): () => void;
}

export interface TestVatInput {
  readonly name: string;
  readonly path: string;
  readonly url: string;
  readonly seed: Uint8Array;
  readonly entropy: Entropy;
  readonly clock: Clock;
  readonly network: Network;
  /** Lets some time pass for the whole world. */
  readonly wait: () => void;
}

/** Outputs in one moment beyond which something goes round in a circle. */
const STEPS_MAX = 100_000;

/** A vat that is up; its database is made unless it exists. */
export function makeTestVat(input: TestVatInput): TestVat {
  const { name, path, entropy, clock, network } = input;
  const sealer = makeKnownSealer({ seed: input.seed, entropy });
  const outputs: VatOutput[] = [];
  let pending: VatOutput[] = [];
  let url = input.url;
  let lives = 0;
  let watch: StoreWatch | undefined;
  let areLastWordsHeard = false;
  let spy = (_output: VatOutput): void => {};
  let gate: Gate = () => {};
  let script: Script = ({ turn }) => done(turn);
  let meter = (): number | undefined => 0;
  let limits = makeLimits({});
  let isStarting = true;
  let worker: number | undefined;
  let tickets = 0;
  let store: OpenStore;
  let vat: Vat | undefined;
  const boxReplies = new Map<number, (bytes: Uint8Array | undefined) => void>();
  const controlReplies = new Map<number, ControlReply>();
  if (!existsSync(path)) createStore({ path, vat: sealer.vat });

  const emit = (output: VatOutput): void => {
    spy(output);
    outputs.push(output);
    pending.push(output);
  };

  const open = (former?: FormerLife): void => {
    for (;;) {
      lives += 1;
      store = watchStore(openStore({ path, vat: sealer.vat }), () => watch);
      const parts = { store, sealer, sha256, clock, entropy, emit, meter: () => meter() };
      try {
        const again = former && { former };
        vat = makeVat({ ...parts, limits, urls: [url], isServing: true, ...again });
        return;
      } catch (error) {
        if (!isDeath(error)) throw error;
        loseAll();
      }
    }
  };

  /** What is not on disk is gone. */
  const loseAll = (): void => {
    store.close();
    pending = [];
    boxReplies.clear();
    worker = undefined;
    vat = undefined;
  };

  const die = (error: unknown): void => {
    // A full disk does not end the process: what is known of the life goes into the next one.
    const former = error instanceof Death ? undefined : { attempt: vat?.tried() };
    const lastWords = areLastWordsHeard ? pending : [];
    pending = [];
    for (const output of lastWords) if (!output.type.startsWith('worker')) route(output);
    loseAll();
    open(former);
  };

  const guard = (work: (life: Vat) => void): void => {
    if (!vat) return;
    try {
      work(vat);
    } catch (error) {
      if (!isDeath(error)) throw error;
      die(error);
    }
  };

  const tell = (frame: WorkerFrame | Uint8Array): KernelFrame | undefined => {
    if (worker === undefined) return undefined;
    // Through real bytes, as the pipe would carry it.
    const payload =
      frame instanceof Uint8Array ? frame : makeFrameSplitter().push(encodeFrame(frame))[0]!;
    vat?.handle({ type: 'worker-frame', worker, payload });
    const last = pending.at(-1);
    return last?.type === 'worker-frame' ? last.frame : undefined;
  };

  const runTurn = (turn: TurnFrame, how: Script): void => {
    const outcome = how(turn, tell);
    if (outcome) tell(outcome);
  };

  const post = (output: Extract<VatOutput, { type: 'post' | 'fetch-contact' }>): void => {
    const life = lives;
    const { attempt, peer, url: at } = output;
    const bytes = output.type === 'post' ? { bytes: output.bytes } : {};
    network.post({ from: sealer.vat, to: peer, url: at, ...bytes }, (result) => {
      if (life === lives) guard((living) => living.handle({ type: 'posted', attempt, result }));
    });
  };

  const endWorker = (end: WorkerEnd): void => {
    const ended = worker;
    worker = undefined;
    if (ended === undefined) return;
    guard((living) => living.handle({ type: 'worker-exit', worker: ended, end }));
  };

  const route = (output: VatOutput): void => {
    switch (output.type) {
      case 'post':
      case 'fetch-contact':
        return post(output);
      case 'reply':
        boxReplies.get(output.ticket)?.(output.status === 200 ? output.bytes : undefined);
        return void boxReplies.delete(output.ticket);
      case 'control-reply':
        return void controlReplies.set(output.ticket, output.reply);
      case 'worker-start':
        worker = output.worker;
        if (!isStarting) return endWorker('unknown');
        return void tell({ type: 'ready', ses: 'test', node: 'test' });
      case 'worker-kill':
        if (worker === output.worker) worker = undefined;
        return;
      case 'worker-frame':
        if (output.worker !== worker || output.frame.type !== 'turn') return;
        return runTurn(output.frame, script);
      default:
        return;
    }
  };

  const settle = (): void => {
    for (let step = 0; vat; step += 1) {
      if (step > STEPS_MAX) throw new Error(`vat ${name} does not come to rest`);
      const output = pending.shift();
      if (output) {
        guard(() => {
          gate(output, 'before');
          route(output);
          gate(output, 'after');
        });
        continue;
      }
      guard((living) => living.settle());
      if (pending.length === 0) return;
    }
  };

  const ask = (request: ControlRequest): (() => ControlReply | undefined) => {
    tickets += 1;
    const ticket = tickets;
    guard((living) => living.handle({ type: 'control', ticket, request }));
    settle();
    return () => controlReplies.get(ticket);
  };
  const crash = (): void => {
    if (vat) loseAll();
    open();
  };

  open();
  return {
    name,
    path,
    seed: input.seed,
    sealer,
    outputs,
    id: sealer.vat as VatId,
    get url() {
      return url;
    },
    isUp: () => vat !== undefined,
    lives: () => lives,
    store: () => store,
    handle: (next) => guard((living) => living.handle(next)),
    settle,
    wakeAtMs: () => vat?.wakeAtMs(),
    receive(next, end) {
      tickets += 1;
      const ticket = tickets;
      boxReplies.set(ticket, end);
      guard((living) => living.handle({ ...next, ticket } as VatInput));
    },
    ...makeDesk({ name, ask, wait: input.wait, lives: () => lives }),
    crash,
    halt: () => {
      if (vat) loseAll();
    },
    revive(next) {
      url = next ?? url;
      if (!vat) open();
    },
    backup: () => backUp(path),
    setScript: (next) => {
      script = next;
    },
    setWatch: (next) => {
      watch = next;
    },
    setSpy: (next) => {
      spy = next;
    },
    setGate: (next) => {
      gate = next;
    },
    setLastWords: (areHeard) => {
      areLastWordsHeard = areHeard;
    },
    endWorker,
    answer: (turn, how) => guard(() => runTurn(turn, how)),
    setStarting: (next) => {
      isStarting = next;
    },
    setMeter: (next) => {
      meter = next;
    },
    setLimits(next) {
      limits = makeLimits(next);
      crash();
    },
  };
}

/** After these a vat is dropped and read from disk again. */
function isDeath(error: unknown): boolean {
  return error instanceof Death || isQrtError(error, 'QRT_DISK_FULL');
}
