// Test life: one life of a test's vat, from the reading of its database to the end of its workers.

import { unreachable } from '../core/errors.ts';
import type { NodeLimits } from '../core/node-limits.ts';
import type { ControlReply, VatInput, VatOutput } from '../kernel/ports.ts';
import type { VatStore } from '../kernel/store-port.ts';
import { makeVat, type VatParts } from '../kernel/vat.ts';
import { makeVatLoop } from '../node/vat-loop.ts';
import type { MemoryDatabase } from '../store/open.ts';
import type { WorkerHost } from '../worker/host.ts';
import type { Sandbox } from '../worker/sandbox.ts';
import { workerSettings } from '../worker/settings.ts';
import { makeReadyHost } from './ready-host.ts';
import type { TurnWatch } from './turn-watch.ts';

export interface TestLife {
  readonly store: VatStore;
  give(input: VatInput): void;
  /** At once, as `kill -9` does it; resolves when the workers are gone. */
  end(): Promise<void>;
}

export interface TestLifeInput {
  readonly parts: Pick<VatParts, 'sealer' | 'sha256' | 'clock' | 'entropy'> & {
    readonly limits: NodeLimits;
  };
  readonly database: MemoryDatabase;
  readonly watch: TurnWatch;
  readonly sandbox: Sandbox;
  readonly onReply: (ticket: number, reply: ControlReply) => void;
  /** What a worker said at an end that nobody asked for. */
  readonly onLastWords: (text: string) => void;
  /** The vat cannot go on. */
  readonly onFatal: (error: unknown) => void;
}

/** What errors of the loop call the place of the database. */
const DIR = 'memory';

/** Reads the vat and lets it live. */
export function startTestLife(input: TestLifeInput): TestLife {
  const { parts, database, watch, sandbox, onReply, onLastWords, onFatal } = input;
  let store: VatStore | undefined;
  let host: WorkerHost | undefined;

  const route = (output: VatOutput): void => {
    switch (output.type) {
      case 'control-reply':
        return onReply(output.ticket, output.reply);
      case 'worker-start':
        return host?.start(output.worker);
      case 'worker-frame':
        return host?.send(output.worker, output.frame);
      case 'worker-kill':
        return host?.kill(output.worker, output.reason);
      case 'post':
      case 'fetch-contact':
      case 'reply':
      case 'stopped':
      case 'note':
        return; // Nobody is there: no other vat, no operator's process.
      default:
        return unreachable(output);
    }
  };

  const loop = makeVatLoop({
    openVat: ({ emit, meter, former }) => {
      const opened = database.open();
      store = watch.wrap(opened);
      const vat = makeVat({
        ...parts,
        store,
        meter,
        emit: (output) => {
          watch.noteOutput(output);
          emit(output);
        },
        urls: [],
        isServing: true,
        mayBegin: watch.mayBegin,
        ...(former && { former }),
      });
      return { vat, close: () => opened.close() };
    },
    route,
    meter: (worker) => host?.meter(worker),
    clock: parts.clock,
    dir: DIR,
    onFatal,
  });
  host = makeReadyHost({
    sandbox,
    settings: workerSettings(parts.limits),
    lifetime: 'follows',
    onInput: (given) => watch.pass(given, loop.give),
    onNote: onLastWords,
  });

  return Object.freeze({
    store: store!,
    give: loop.give,
    end() {
      loop.close();
      return host.close();
    },
  });
}
