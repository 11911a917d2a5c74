// Kit: a real vat whose next worker is a liar; the workers after it are honest.
//
// Kernel, store, host, pipes and processes are the real ones. The liar holds all of Node, as a guest
// would that broke out of SES.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeWorkerHost, type WorkerHost, type WorkerHostOptions } from '../../src/worker/host.ts';
import { makeBareCommand } from '../../src/worker/level-none.ts';
import type { Sandbox } from '../../src/worker/sandbox.ts';
import { openTestVat, type TestVat, type TestVatInput } from '../spec/kit.ts';

const COLLECTIONS = ['ids', 'promises', 'bytes', 'floods', 'left'].map(
  (name) => `lies-${name}.cjs`,
);
const PLACE = '/* @LIES@ */';

const read = (name: string): string =>
  readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8');
const TEXT = read('liar.cjs').replace(PLACE, () => COLLECTIONS.map(read).map(asBlock).join('\n'));

/** The names of all lies of one collection, in order. */
export function liesOf(collection: string): string[] {
  const lies: Record<string, unknown> = {};
  new Function('LIES', 'require', read(collection))(lies, createRequire(import.meta.url));
  return Object.keys(lies);
}

export interface AttackedVat {
  readonly vat: TestVat;
  /** The next worker that starts tells this lie; one that lives now is ended. */
  arm(lie: string): Promise<void>;
  /** What the kernel noted about its workers since the last `arm`. */
  readonly notes: readonly string[];
  /** How many workers were started since the last `arm`. */
  started(): number;
  close(): void;
}

/** A vat with an attacker, whose messages a liar gets, and a victim that counts. */
export async function openAttackedVat(input: TestVatInput = {}): Promise<AttackedVat> {
  const dir = mkdtempSync(join(tmpdir(), 'qrt-liar-'));
  const notes: string[] = [];
  let armed: string | undefined;
  let started = 0;
  let files = 0;

  const makeHost = (options: WorkerHostOptions): WorkerHost => {
    const honest = makeWorkerHost(options);
    const liars = new Map<number, WorkerHost>();
    const hostOf = (worker: number): WorkerHost => liars.get(worker) ?? honest;
    return {
      start(worker) {
        started += 1;
        if (armed === undefined) return honest.start(worker);
        files += 1;
        const program = join(dir, `liar-${files}.cjs`);
        writeFileSync(program, TEXT.replace('@LIE@', armed));
        armed = undefined;
        // The weakest wall that there is: what the kernel withstands does not rest on a sandbox.
        const sandbox: Sandbox = {
          ...options.sandbox,
          makeCommand: (settings) => makeBareCommand({ settings, program }),
        };
        const liar = makeWorkerHost({ ...options, sandbox, onNote: (text) => notes.push(text) });
        liars.set(worker, liar);
        liar.start(worker);
      },
      send: (worker, frame) => hostOf(worker).send(worker, frame),
      kill: (worker, reason) => hostOf(worker).kill(worker, reason),
      meter: (worker) => hostOf(worker).meter(worker),
      pids: () => [honest, ...liars.values()].flatMap((host) => host.pids()),
      sparePid: () => honest.sparePid(),
      close: async () => {
        for (const host of [honest, ...liars.values()]) await host.close();
      },
    };
  };

  const vat = await openTestVat({
    objects: {
      attacker: '(args, power) => { (power.memory.got ??= []).push(args.n); }',
      victim: '(args, power) => { power.memory.count = (power.memory.count ?? 0) + 1; }',
    },
    ...input,
    makeHost,
  });
  await vat.send('victim');
  vat.onOutput((output) => {
    if (output.type === 'note') notes.push(output.text);
  });

  return {
    vat,
    notes,
    started: () => started,
    async arm(lie) {
      for (const pid of vat.workerPids()) process.kill(pid, 'SIGKILL');
      while (vat.workerPids().length > 0 || (await vat.status()).worker !== 'none') await sleep(5);
      notes.length = 0;
      started = 0;
      armed = lie;
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** Each collection in a scope of its own. */
function asBlock(text: string): string {
  return `(() => {${text.replace("'use strict';", '')}})();`;
}
