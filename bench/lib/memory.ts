// Memory: what a node's processes hold while it works, and what a worker at rest has for itself.
//
// RSS counts a page for each process that has it; PSS gives each its part of what they share, and
// so is what the machine would get back. Both are sums over the node, its worker, its spare and
// whatever stands around them. Private memory (USS) is what no other process shares.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { makeNodeFlags } from '../../src/worker/sandbox.ts';
import { DEFAULT_SETTINGS } from '../../src/worker/settings.ts';
import { endProcess, familyOf, type Place, readUse, until } from './nodes.ts';

const CODE = `function bench({ left, self }, { memory }) {
  memory.turns = (memory.turns ?? 0) + 1;
  if (left > 0) self.sendOnly({ left: left - 1, self });
}`;

const BUSY_TURNS = 1_000_000_000;
const BUSY_MS = 3_000;
/** Turns that a worker has behind it when it is looked at. */
const SOME_TURNS = 2_000;
/** Reads a byte that never comes, as a worker does that waits for its kernel. */
const BARE = "process.stdout.write('x'); require('fs').readSync(0, Buffer.alloc(1));";

export interface Memory {
  /** Node, worker, spare and the programs around them, at work. */
  readonly busyMb: { readonly resident: number; readonly proportional: number };
  readonly processes: number;
  /** Private memory of a worker that has run some turns and waits, and of a bare Node child. */
  readonly workerMb: number;
  readonly bareMb: number;
}

/** Makes node MEMORY, looks at its worker at rest, then lets it work. */
export async function measureMemory(place: Place): Promise<Memory> {
  place.qrt('create-node', 'MEMORY');
  const qrid = place.install('MEMORY', CODE);
  const pid = place.start('MEMORY');
  const send = (left: number): void => {
    place.qrt('send', '-d', 'MEMORY', qrid, JSON.stringify({ left }), '--ref', `self=${qrid}`);
  };
  send(SOME_TURNS);
  await until(() => statusOf(place).turns > SOME_TURNS, 100);
  const { workerPids, sparePid } = statusOf(place);
  const [worker = 0] = workerPids;
  if (sparePid === undefined) throw new Error('the node keeps no spare worker');
  const workerMb = readSmaps(worker).privateMb;
  const bareMb = await measureBare();
  send(BUSY_TURNS);
  await delay(BUSY_MS);
  const family = familyOf(pid);
  const proportional = family.reduce((sum, member) => sum + readSmaps(member).proportionalMb, 0);
  const { residentMb: resident, processes } = readUse(pid);
  await endProcess(pid, 'SIGKILL');
  return { busyMb: { resident, proportional }, processes, workerMb, bareMb };
}

interface Status {
  readonly turns: number;
  readonly workerPids: readonly number[];
  readonly sparePid?: number;
}

const statusOf = (place: Place): Status =>
  JSON.parse(place.qrt('status', 'MEMORY', '--json')) as Status;

async function measureBare(): Promise<number> {
  const child = spawn(process.execPath, [...makeNodeFlags(DEFAULT_SETTINGS), '-e', BARE], {
    env: { TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const { privateMb } = readSmaps(child.pid ?? 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return privateMb;
}

/** Sums over all mappings of a process; Linux only. */
function readSmaps(pid: number): { privateMb: number; proportionalMb: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const megabytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) / 1024;
  return {
    privateMb: megabytes('Private_Clean') + megabytes('Private_Dirty'),
    proportionalMb: megabytes('Pss'),
  };
}
