// Story: what a real node goes through while it is recorded: it is made, serves an operator and a
// peer, is killed, starts again and is stopped. All that it told anybody is noted as a promise.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseQrid, type Qrid } from '../../src/core/ids.ts';
import { type BaseDir, layOut } from '../../src/node/base-dir.ts';
import { readConfig, urlsOf } from '../../src/node/config.ts';
import { connectNode, type RunningNode } from '../../src/node/control-client.ts';
import { makeRequestId } from '../../src/node/request-id.ts';
import * as wire from '../spec/wire.ts';
import { type CutDisk, makeCutDisk } from './cut-disk.ts';
import { type Peer, startPeer } from './peer.ts';
import { type Entry, readRecording, recordedEnv } from './recording.ts';

/** Something that the node said at a known place of the recording. */
export type Promised =
  | { readonly kind: 'made' }
  /** The operator was told that the message is stored. */
  | { readonly kind: 'stored'; readonly value: string }
  | { readonly kind: 'receipt'; readonly next: number }
  | { readonly kind: 'box'; readonly first: number; readonly items: readonly Uint8Array[] };

export interface Told {
  readonly entries: readonly Entry[];
  /** The disk as it was before the first entry. */
  readonly disk: CutDisk;
  /** By the number of entries after which it holds. */
  readonly promises: ReadonlyMap<number, readonly Promised[]>;
  /** Tails of what the peer sent. */
  readonly tails: readonly Uint8Array[];
}

export interface StoryInput {
  /** An empty directory for all of it. */
  readonly dir: string;
  readonly recorder: string;
  /** Each: two messages of the operator, two of the peer. */
  readonly rounds: number;
  /** Whether each commit is flushed, as it is for users, or only each checkpoint. */
  readonly synchronous: 'FULL' | 'NORMAL';
}

export const NODE = 'NODE';
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const NORMAL = fileURLToPath(new URL('./normal.mjs', import.meta.url));
const PAD_BYTES = 100_000;
const QUIET_MS = 250;
const START_MS_MAX = 20_000;
const PAUSE_MS = 25;
/** After the kill. */
const ROUNDS_AFTER = 3;

const execFileAsync = promisify(execFile);

/** Counts what it sends in the memory that is committed with it. */
const KEEPER = `({ value, to }, { memory }) => {
  if (to) memory.to = to;
  memory.values = [...(memory.values ?? []), value];
  memory.sent ??= 0;
  if (!memory.to) return;
  memory.to.sendOnly({ echo: value });
  memory.sent += 1;
}`;

/** Runs the story. */
export async function tellStory(input: StoryInput): Promise<Told> {
  const { dir, recorder, rounds } = input;
  const root = join(dir, 'disk');
  const file = join(dir, 'recording');
  mkdirSync(root);
  const disk = makeCutDisk(root);
  const flags = input.synchronous === 'NORMAL' ? ['--import', NORMAL] : [];
  const env = { ...process.env, ...recordedEnv({ recorder, root, file }) };
  const run = (...words: string[]): ChildProcess =>
    spawn(process.execPath, [...flags, MAIN, ...words], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });

  const base = layOut(join(root, NODE));
  await once(run('create-node', base.dir), 'exit');
  const madeAt = readRecording(file).length;
  const config = readConfig(base.config);
  const peer = await startPeer(config);
  const [url = ''] = urlsOf(config);
  const stored = new Map<string, string>();
  const scene = { base, file, peer, url, stored };
  try {
    const first = run('run', base.dir);
    const qrid = await during(first, 'SIGKILL', async () => {
      const node = await connect(base);
      node.close();
      const path = join(dir, 'keeper.js');
      writeFileSync(path, KEEPER);
      const { stdout } = await execFileAsync(process.execPath, [MAIN, 'install', base.dir, path]);
      const installed = parseQrid(stdout.trim())!;
      await peer.send(url, [wire.redeemItem(stdout), peer.message({ value: 'p0' }, true)]);
      await act({ ...scene, qrid: installed, from: 1, to: rounds });
      return installed;
    });
    const second = run('run', base.dir);
    await during(second, 'SIGTERM', () =>
      act({ ...scene, qrid, from: rounds + 1, to: rounds + ROUNDS_AFTER }),
    );
  } finally {
    await peer.close();
  }
  const entries = readRecording(file);
  const promises = findPromises({ entries, stored, peer, madeAt });
  return { entries, disk, promises, tails: peer.tails() };
}

/** Ends the process when the work is done, and waits for its end. */
async function during<T>(
  child: ChildProcess,
  signal: NodeJS.Signals,
  work: () => Promise<T>,
): Promise<T> {
  const ended = once(child, 'exit');
  try {
    const early = ended.then(([code]) => {
      throw new Error(`the recorded node ended by itself (${code})`);
    });
    // Only whether it comes first matters.
    early.catch(() => undefined);
    const result = await Promise.race([work(), early]);
    child.kill(signal);
    return result;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    await ended;
  }
}

async function connect(base: BaseDir): Promise<RunningNode> {
  const endMs = performance.now() + START_MS_MAX;
  for (;;) {
    const node = await connectNode(base);
    if (node !== undefined) return node;
    if (performance.now() > endMs) throw new Error('the recorded node did not start');
    await delay(PAUSE_MS);
  }
}

interface ActInput {
  readonly base: BaseDir;
  readonly file: string;
  readonly peer: Peer;
  readonly url: string;
  /** Request ids of what was sent, and the values. */
  readonly stored: Map<string, string>;
  readonly qrid: Qrid;
  readonly from: number;
  readonly to: number;
}

/** Rounds of messages from both sides at once, until all is quiet. */
async function act({ base, file, peer, url, stored, qrid, from, to }: ActInput): Promise<void> {
  const node = await connect(base);
  const send = async (value: string, pad: number): Promise<void> => {
    const id = makeRequestId();
    stored.set(id, value);
    const args = { body: JSON.stringify({ value, pad: 'x'.repeat(pad) }), slots: [] };
    await node.ask({ type: 'send', id, target: qrid, args, wait: false });
  };
  for (let round = from; round <= to; round += 1) {
    const items = [peer.message({ value: `p${round}` }), peer.message({ value: `q${round}` })];
    const pad = round % 2 === 0 ? PAD_BYTES : 0;
    await Promise.all([send(`o${round}`, pad), peer.send(url, items), send(`r${round}`, 0)]);
  }
  node.close();
  // A process that is killed in the middle of a call would leave one out of the recording.
  for (let size = -1; statSync(file).size !== size; await delay(QUIET_MS)) {
    size = statSync(file).size;
  }
}

interface Findings {
  readonly entries: readonly Entry[];
  readonly stored: ReadonlyMap<string, string>;
  readonly peer: Peer;
  readonly madeAt: number;
}

/** Looks up where in the recording each thing left the node that somebody then had. */
function findPromises({ entries, stored, peer, madeAt }: Findings) {
  const promises = new Map<number, Promised[]>([[madeAt, [{ kind: 'made' }]]]);
  const note = (mark: Buffer, promised: Promised): void => {
    const at = entries.findIndex((entry) => entry.kind === 'said' && entry.bytes.includes(mark));
    if (at < 0) throw new Error(`what was said is not in the recording: ${promised.kind}`);
    promises.set(at + 1, [...(promises.get(at + 1) ?? []), promised]);
  };
  for (const [id, value] of stored) {
    note(Buffer.from(`"value":{"id":"${id}"`), { kind: 'stored', value });
  }
  for (const { nonce, next } of peer.receipts) note(Buffer.from(nonce), { kind: 'receipt', next });
  for (const { nonce, first, items } of peer.boxes)
    note(Buffer.from(nonce), { kind: 'box', first, items });
  return promises;
}
