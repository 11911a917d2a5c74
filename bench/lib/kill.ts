// Kill: how long the next message waits for its outcome when a worker was ended for its CPU time.
//
// The kernel, the store, the loop and the worker host of a node run in this process, so that both
// moments can be seen: when the kernel ends the worker, and when the outcome of the message behind
// is on disk. What lies between: the quarantine of the message at fault and the attempt of the next
// one in one commit, the hand-out of a spare or the start of a worker, loading object, memory and
// code, the turn, its commit.

import { setTimeout as delay } from 'node:timers/promises';
import { parseQrid, type Qrid } from '../../src/core/ids.ts';
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
import { type Place, until } from './nodes.ts';

const CODE = `function bench({ n, loop }, { memory }) {
  while (loop);
  memory.n = n;
}`;

/** The meter runs that much faster than the clock: a turn's second is over in a third of it. */
const METER_FACTOR = 3;
/** Between two runs: the spare of the last worker is ready then, as it is in a node at work. */
const PAUSE_MS = 500;

export interface KillInput {
  readonly kills: number;
  readonly spare: 'warm' | 'none';
}

/** Milliseconds from the end of a worker to the next outcome on disk, one for each kill. */
export async function measureKills(place: Place, { kills, spare }: KillInput): Promise<number[]> {
  const name = `KILL-${spare}`;
  place.qrt('create-node', name);
  const target = parseQrid(place.install(name, CODE));
  const watch = makeWatch();
  const running = await run(place, { name, spare, watch });
  const waits: number[] = [];
  try {
    for (let n = 0; n < kills; n += 1) {
      running.send(target, { loop: true });
      running.send(target, { n });
      waits.push(await watch.nextWait());
      await delay(PAUSE_MS);
    }
  } finally {
    await running.end();
  }
  return waits;
}

/** Sees when workers are ended, and when the next outcome is on disk. */
function makeWatch() {
  let killedMs: number | undefined;
  let isAccepted = false;
  let waitMs: number | undefined;
  return Object.freeze({
    noteOutput(output: VatOutput): void {
      if (output.type !== 'worker-kill' || output.reason === 'rest') return;
      killedMs = performance.now();
    },
    watchVat: (vat: Vat): Vat => ({
      handle(input: VatInput) {
        vat.handle(input);
        if (input.type !== 'worker-frame') return;
        if (parseWorkerFrame(input.payload).type === 'outcome') isAccepted = true;
      },
      settle() {
        vat.settle();
        if (!isAccepted || killedMs === undefined) return;
        waitMs = performance.now() - killedMs;
        isAccepted = false;
        killedMs = undefined;
      },
      wakeAtMs: () => vat.wakeAtMs(),
      tried: () => vat.tried(),
    }),
    async nextWait(): Promise<number> {
      await until(() => waitMs !== undefined, 5);
      const found = waitMs ?? Number.NaN;
      waitMs = undefined;
      return found;
    },
  });
}

interface RunInput extends Pick<KillInput, 'spare'> {
  readonly name: string;
  readonly watch: ReturnType<typeof makeWatch>;
}

interface Running {
  send(target: Qrid, args: object): void;
  end(): Promise<void>;
}

async function run(place: Place, { name, spare, watch }: RunInput): Promise<Running> {
  const base = openBaseDir(place.path(name));
  const openVat = openNodeVat({ base, config: readConfig(base.config), isServing: true });
  const sandbox = await findSandbox({ program: guestProgram() });
  let host: WorkerHost | undefined;
  let sent = 0;
  const loop = makeVatLoop({
    openVat: (input) => {
      const { vat, close } = openVat(input);
      return { vat: watch.watchVat(vat), close };
    },
    route: (output) => {
      watch.noteOutput(output);
      routeToHost(output, host);
    },
    meter: (worker) => {
      const cpuMs = host?.meter(worker);
      return cpuMs === undefined ? undefined : cpuMs * METER_FACTOR;
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
        id: `kill-${sent}`,
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
