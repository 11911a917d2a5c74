// Life: one vat from its start until it is dropped, with its worker processes.
//
// It is fed by the loop that feeds a node's vat. What is not committed when it ends is lost.

import type { VatId } from '../../src/core/ids.ts';
import { DEFAULT_LIMITS, type NodeLimits } from '../../src/core/node-limits.ts';
import { systemEntropy } from '../../src/crypto/entropy.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import type {
  ControlReply,
  ControlRequest,
  PostResult,
  Sealer,
  VatInput,
  VatOutput,
} from '../../src/kernel/ports.ts';
import { makeVat } from '../../src/kernel/vat.ts';
import type { BaseDir } from '../../src/node/base-dir.ts';
import { guestProgram } from '../../src/node/program.ts';
import { makeVatLoop } from '../../src/node/vat-loop.ts';
import { openStore } from '../../src/store/open.ts';
import { makeWorkerHost, type WorkerHost, type WorkerHostOptions } from '../../src/worker/host.ts';
import { findSandbox } from '../../src/worker/sandbox-finder.ts';
import { workerSettings } from '../../src/worker/settings.ts';
import { Death, type StoreWatch, watchStore } from '../sim/watched-store.ts';
import type { TestNet } from './net.ts';

/** Sees everything that a vat gives out, and what its worker says, before it has any effect. */
export type OutputListener = (
  output: VatOutput | { readonly type: 'worker-says'; readonly text: string },
) => void;

export interface LifeInput {
  readonly base: BaseDir;
  readonly url: string;
  readonly sealer: Sealer;
  readonly net: TestNet;
  readonly watch: () => StoreWatch | undefined;
  readonly listener: () => OutputListener | undefined;
  readonly limits?: NodeLimits | undefined;
  /** Another way to run workers than the real one. */
  readonly makeHost?: ((options: WorkerHostOptions) => WorkerHost) | undefined;
  /** A watch of the store let it die. */
  readonly onDeath: () => void;
}

export interface Life {
  /** Undefined when it ended before it answered. */
  ask(request: ControlRequest): Promise<ControlReply | undefined>;
  receive(kind: 'box' | 'contact', bytes: Uint8Array): Promise<PostResult>;
  handle(input: VatInput): void;
  workerPids(): readonly number[];
  /** Finishes the turns in flight. */
  stop(): Promise<void>;
  end(): Promise<void>;
}

/** Undefined when the vat died while it was read from disk. Throws any other error. */
export async function startLife(input: LifeInput): Promise<Life | undefined> {
  const { base, url, sealer, net, watch, listener, onDeath, makeHost = makeWorkerHost } = input;
  const { limits = DEFAULT_LIMITS } = input;
  const sandbox = await findSandbox({ program: guestProgram() });
  const replies = new Map<number, (result: PostResult) => void>();
  const answers = new Map<number, (reply: ControlReply | undefined) => void>();
  let tickets = 0;
  let isOver = false;
  let onStopped = (): void => {};
  let failure: unknown;
  let host: WorkerHost | undefined;

  const post = async (output: Extract<VatOutput, { type: 'post' | 'fetch-contact' }>) => {
    const { attempt, peer, url: at } = output;
    const given =
      output.type === 'post'
        ? { kind: 'box' as const, bytes: output.bytes }
        : { kind: 'contact' as const, bytes: new Uint8Array(0) };
    const result = await net.post({ from: sealer.vat, to: peer as VatId, url: at, ...given });
    handle({ type: 'posted', attempt, result });
  };

  const route = (output: VatOutput): void => {
    listener()?.(output);
    switch (output.type) {
      case 'post':
      case 'fetch-contact':
        return void post(output);
      case 'reply': {
        const { ticket, status, bytes } = output;
        const isOk = status === 200;
        replies.get(ticket)?.(
          isOk ? { ok: true, bytes } : { ok: false, reason: `HTTP ${status} ${bytes.length}` },
        );
        return void replies.delete(ticket);
      }
      case 'control-reply':
        answers.get(output.ticket)?.(output.reply);
        return void answers.delete(output.ticket);
      case 'worker-start':
        return host?.start(output.worker);
      case 'worker-frame':
        return host?.send(output.worker, output.frame);
      case 'worker-kill':
        return host?.kill(output.worker, output.reason);
      case 'stopped':
        return onStopped();
      case 'note':
        return;
    }
  };

  const open = () =>
    makeVatLoop({
      openVat: ({ emit, meter, former }) => {
        const store = watchStore(openStore({ path: base.database, vat: sealer.vat }), watch);
        const parts = { store, sealer, sha256, clock: net.clock, entropy: systemEntropy };
        try {
          const again = { limits, ...(former && { former }) };
          const vat = makeVat({ ...parts, emit, meter, urls: [url], isServing: true, ...again });
          return { vat, close: () => store.close() };
        } catch (error) {
          store.close();
          throw error;
        }
      },
      route,
      meter: (worker) => host?.meter(worker),
      clock: net.clock,
      dir: base.dir,
      onFatal: (error) => {
        failure = error instanceof Death ? undefined : error;
        isOver = true;
        onDeath();
      },
    });

  let loop: ReturnType<typeof open>;
  try {
    loop = open();
  } catch (error) {
    if (error instanceof Death) return undefined;
    throw error;
  }
  const handle = (given: VatInput): void => {
    if (!isOver) loop.give(given);
  };
  host = makeHost({
    sandbox,
    settings: workerSettings(limits),
    onInput: (given) => {
      if (given.type === 'worker-frame') {
        listener()?.({ type: 'worker-says', text: Buffer.from(given.payload).toString() });
      }
      handle(given);
    },
  });
  handle({ type: 'tick' });

  return {
    handle,
    workerPids: () => host.pids(),
    ask: (request) =>
      new Promise((resolve) => {
        if (isOver) return resolve(undefined);
        tickets += 1;
        answers.set(tickets, resolve);
        handle({ type: 'control', ticket: tickets, request });
      }),
    receive: (kind, bytes) =>
      new Promise((resolve) => {
        tickets += 1;
        replies.set(tickets, resolve);
        const ticket = tickets;
        handle(kind === 'box' ? { type: 'box', ticket, bytes } : { type: 'contact', ticket });
      }),
    stop: () =>
      new Promise((resolve) => {
        onStopped = resolve;
        handle({ type: 'stop' });
      }),
    async end() {
      isOver = true;
      loop.close();
      await host.close();
      for (const answer of answers.values()) answer(undefined);
      for (const reply of replies.values()) reply({ ok: false, reason: 'reset' });
      if (failure !== undefined) throw failure;
    },
  };
}
