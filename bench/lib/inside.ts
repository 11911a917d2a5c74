// Inside: a node whose kernel, store, loop and worker host run in this process, to be looked at.

import type { Qrid } from '../../src/core/ids.ts';
import { WORKER_IDLE_MS_MAX } from '../../src/core/limits.ts';
import { parseWorkerFrame } from '../../src/core/worker-frames.ts';
import type { Vat, VatInput, VatOutput } from '../../src/kernel/ports.ts';
import { openBaseDir } from '../../src/node/base-dir.ts';
import { systemClock } from '../../src/node/clock.ts';
import { readConfig } from '../../src/node/config.ts';
import { openNodeVat } from '../../src/node/node-vat.ts';
import { guestProgram } from '../../src/node/program.ts';
import { makeVatLoop } from '../../src/node/vat-loop.ts';
import { makeWorkerHost, type WorkerHost } from '../../src/worker/host.ts';
import { findSandbox } from '../../src/worker/sandbox-finder.ts';
import type { Place } from './nodes.ts';

/** Sees what a vat gives out, and when the outcomes of turns are on disk. */
interface Watch {
  noteOutput(output: VatOutput): void;
  /** Outcomes that came since the last call, one or more, are on disk. */
  noteOutcomesOnDisk(): void;
}

interface RunInput {
  readonly name: string;
  readonly spare: 'warm' | 'none';
  readonly watch: Watch;
  /** How much faster than the clock the meter runs. */
  readonly meterFactor: number;
}

interface Running {
  send(target: Qrid, args: object): void;
  end(): Promise<void>;
}

/** Runs a node that was made in `place`. */
export async function runInside(place: Place, input: RunInput): Promise<Running> {
  const { name, spare, watch, meterFactor } = input;
  const base = openBaseDir(place.path(name));
  const openVat = openNodeVat({ base, config: readConfig(base.config), isServing: true });
  const sandbox = await findSandbox({ program: guestProgram() });
  let host: WorkerHost | undefined;
  let sent = 0;
  const loop = makeVatLoop({
    openVat: (input) => {
      const { vat, close } = openVat(input);
      return { vat: watchVat(vat, watch), close };
    },
    route: (output) => {
      watch.noteOutput(output);
      routeToHost(output, host);
    },
    meter: (worker) => {
      const cpuMs = host?.meter(worker);
      return cpuMs === undefined ? undefined : cpuMs * meterFactor;
    },
    clock: systemClock,
    dir: base.dir,
    onFatal: (error) => {
      throw error;
    },
  });
  const { give, close } = loop;
  host = makeWorkerHost({
    sandbox,
    onInput: give,
    ...(spare === 'warm' && { spare: { idleMsMax: WORKER_IDLE_MS_MAX } }),
  });
  const { close: closeHost } = host;
  return Object.freeze<Running>({
    send(target, args) {
      sent += 1;
      const data = { body: JSON.stringify(args), slots: [] };
      const request = {
        type: 'send',
        id: `inside-${sent}`,
        target,
        args: data,
        wait: false,
      } as const;
      give({ type: 'control', ticket: sent, request });
    },
    async end() {
      close();
      await closeHost();
    },
  });
}

function watchVat(vat: Vat, watch: Watch): Vat {
  let isAccepted = false;
  return {
    handle(input: VatInput) {
      vat.handle(input);
      if (input.type !== 'worker-frame') return;
      if (parseWorkerFrame(input.payload).type === 'outcome') isAccepted = true;
    },
    settle() {
      vat.settle();
      if (isAccepted) watch.noteOutcomesOnDisk();
      isAccepted = false;
    },
    wakeAtMs: () => vat.wakeAtMs(),
    tried: () => vat.tried(),
  };
}

function routeToHost(output: VatOutput, host: WorkerHost | undefined): void {
  switch (output.type) {
    case 'worker-start':
      return host?.start(output.worker);
    case 'worker-frame':
      return host?.send(output.worker, output.frame);
    case 'worker-kill':
      return host?.kill(output.worker, output.reason);
    case 'control-reply':
      if (!output.reply.ok) throw new Error(output.reply.message);
      return;
    default:
      return; // No peer, no listener, nobody who reads notes.
  }
}
