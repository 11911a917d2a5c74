// A worker process with a small fake kernel: answers asks from maps, keeps accepted outcomes.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  encodeFrame,
  type KernelFrame,
  makeFrameSplitter,
  type Outcome,
  type Readings,
  type WorkerFrame,
} from '../../src/core/frames.ts';
import type { CodeHash, LocalId } from '../../src/core/ids.ts';
import { WORKER_HEAP_MIB } from '../../src/core/limits.ts';
import type { Capdata, PowerDescription } from '../../src/core/power.ts';
import { parseWorkerFrame } from '../../src/core/worker-frames.ts';

export const WORKER = fileURLToPath(new URL('../../dist/guest/worker.cjs', import.meta.url));

type Done = Extract<Outcome, { status: 'done' }>;
type Failed = Extract<Outcome, { status: 'failed' }>;
type Checked = Extract<WorkerFrame, { type: 'checked' }>;

export interface InstallOptions {
  readonly memory?: unknown;
  readonly grants?: readonly ('make_object' | 'log')[];
  /** Static data; references are written as `{ $: index }` into `slots`. */
  readonly data?: Record<string, unknown>;
  readonly slots?: readonly string[];
}

const CLOSE_MS_MAX = 2_000;
const ROOM = { rows: 100_000, bytes: 256 * 1024 * 1024 };
export const READINGS: Readings = {
  timeMs: 1_700_000_000_000,
  seed: '00'.repeat(32),
  inbox: ROOM,
  outbox: ROOM,
};

export interface Kit {
  /** Installs an object as an operator would; its memory is `{}` unless given or null. */
  install(code: string, options?: InstallOptions): LocalId;
  /** Runs one turn and, if it is done, accepts its outcome. */
  turn(target: string, args?: unknown, options?: TurnOptions): Promise<Outcome>;
  /** Runs a turn that must be done. */
  done(target: string, args?: unknown, options?: TurnOptions): Promise<Done>;
  /** Runs a turn that must fail. */
  failed(target: string, args?: unknown, options?: TurnOptions): Promise<Failed['failure']>;
  /** Delivers what the turn sent to objects of this vat, until nothing is left. */
  deliver(outcome: Done): Promise<Done[]>;
  check(text: string, bytesMax?: number): Promise<Checked>;
  /** The stored memory of an object, as JSON data. */
  memory(object: string): unknown;
  power(object: string): PowerDescription;
  /** Sends raw frames without waiting. */
  post(frame: KernelFrame): void;
  /** The next outcome that is not accepted by `turn`. */
  nextOutcome(): Promise<Outcome>;
  readonly objects: Map<string, { code: CodeHash; power: PowerDescription }>;
  readonly memories: Map<string, Capdata<LocalId>>;
  readonly codes: Map<string, string>;
  /** What the worker asked for so far: `object o1.0`. */
  readonly asks: string[];
  readonly process: ChildProcess;
  close(): Promise<void>;
}

interface TurnOptions {
  readonly readings?: Partial<Readings>;
  readonly slots?: readonly string[];
  readonly isAnswerWanted?: true;
}

interface KitOptions {
  /** The program of another Node than this one. */
  readonly node?: string;
  /** Instead of what a worker finds around it otherwise. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a worker and waits until it is ready. */
export async function startKit({ node, env }: KitOptions = {}): Promise<Kit> {
  if (!existsSync(WORKER)) throw new Error('dist/guest/worker.cjs is missing: npm run build');
  const args = [`--max-old-space-size=${WORKER_HEAP_MIB}`, WORKER];
  const child = spawn(node ?? process.execPath, args, {
    env: env ?? { TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const objects: Kit['objects'] = new Map();
  const memories: Kit['memories'] = new Map();
  const codes: Kit['codes'] = new Map();
  const asks: string[] = [];
  let turns = 0;
  const waiting: ((frame: WorkerFrame) => void)[] = [];
  const frames: WorkerFrame[] = [];
  const splitter = makeFrameSplitter();

  const post = (frame: KernelFrame): void => {
    child.stdin?.write(encodeFrame(frame));
  };
  const accept = (outcome: Done): void => {
    for (const { id, value } of outcome.memory) memories.set(id, value);
    for (const { id, code, text, power } of outcome.objects) {
      if (text !== undefined) codes.set(code, text);
      objects.set(id, { code, power });
    }
  };
  const reply = (ask: Extract<WorkerFrame, { type: 'ask' }>): void => {
    asks.push(`${ask.what} ${ask.id}`);
    if (ask.what === 'object') {
      const object = objects.get(ask.id);
      post({ type: 'object', id: ask.id, ...(object ? { object } : {}) });
    } else if (ask.what === 'memory') {
      const value = memories.get(ask.id);
      if (!value) throw new Error(`no memory ${ask.id}`);
      post({ type: 'memory', id: ask.id, value });
    } else {
      const text = codes.get(ask.id);
      post({ type: 'code', hash: ask.id as CodeHash, ...(text === undefined ? {} : { text }) });
    }
  };
  child.stdout?.on('data', (chunk: Buffer) => {
    for (const payload of splitter.push(chunk)) {
      const frame = parseWorkerFrame(payload);
      if (frame.type === 'ask') {
        reply(frame);
        continue;
      }
      // As the kernel does: accepted before a later ask is answered.
      if (frame.type === 'outcome' && frame.status === 'done') accept(frame);
      const next = waiting.shift();
      if (next) next(frame);
      else frames.push(frame);
    }
  });
  child.stdin?.on('error', () => undefined);
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the worker ended: ${String(code ?? signal)}`);
  });
  ended.catch(() => undefined);
  const nextFrame = (): Promise<WorkerFrame> => {
    const known = frames.shift();
    if (known) return Promise.resolve(known);
    return Promise.race([ended, new Promise<WorkerFrame>((resolve) => waiting.push(resolve))]);
  };
  const nextOutcome = async (): Promise<Outcome> => {
    const frame = await nextFrame();
    if (frame.type !== 'outcome') throw new Error(`a ${frame.type} frame instead of an outcome`);
    return frame;
  };
  const turn: Kit['turn'] = (target, args = null, options = {}) => {
    turns += 1;
    const body = JSON.stringify(args);
    const slots = (options.slots ?? []) as LocalId[];
    const readings = { ...READINGS, ...options.readings };
    const frame = { type: 'turn', turn: turns, target: target as LocalId } as const;
    const wanted = options.isAnswerWanted ? { isAnswerWanted: true as const } : {};
    post({ ...frame, args: { body, slots }, readings, ...wanted });
    return nextOutcome();
  };
  const done: Kit['done'] = async (target, args, options) => {
    const outcome = await turn(target, args, options);
    if (outcome.status === 'done') return outcome;
    throw new Error(`the turn failed: ${JSON.stringify(outcome.failure)}`);
  };

  const ready = await nextFrame();
  if (ready.type !== 'ready') throw new Error('the worker did not say that it is ready');
  return {
    objects,
    memories,
    codes,
    asks,
    process: child,
    post,
    nextOutcome,
    turn,
    done,
    install(code, options = {}) {
      turns += 1;
      const hash = createHash('sha256').update(code).digest('hex') as CodeHash;
      const id = `o${turns}.0` as LocalId;
      const memory = `m${turns}.1` as LocalId;
      const grants = options.grants ?? ['make_object'];
      const natives = Object.fromEntries(grants.map((type) => [type, type]));
      const data = {
        body: JSON.stringify(options.data ?? {}),
        slots: (options.slots ?? []) as LocalId[],
      };
      const withMemory = options.memory !== null;
      codes.set(hash, code);
      if (withMemory) {
        memories.set(memory, { body: JSON.stringify(options.memory ?? {}), slots: [] });
      }
      objects.set(id, {
        code: hash,
        power: { data, natives, ...(withMemory ? { memory } : {}) },
      });
      return id;
    },
    async failed(target, args, options) {
      const outcome = await turn(target, args, options);
      if (outcome.status === 'failed') return outcome.failure;
      throw new Error(`the turn was done: ${JSON.stringify(outcome)}`);
    },
    async deliver(outcome) {
      const outcomes: Done[] = [];
      const queue = [...outcome.sends];
      for (let send = queue.shift(); send; send = queue.shift()) {
        if (!send.target.startsWith('o')) continue;
        const { body, slots } = send.args;
        const next = await done(send.target, JSON.parse(body), { slots });
        outcomes.push(next);
        queue.push(...next.sends);
      }
      return outcomes;
    },
    async check(text, bytesMax = 1024 * 1024) {
      post({ type: 'check', text, bytesMax });
      const frame = await nextFrame();
      if (frame.type !== 'checked') throw new Error(`a ${frame.type} frame instead of checked`);
      return frame;
    },
    memory(object) {
      const id = objects.get(object)?.power.memory;
      const value = id === undefined ? undefined : memories.get(id);
      return value === undefined ? undefined : JSON.parse(value.body);
    },
    power(object) {
      const found = objects.get(object);
      if (!found) throw new Error(`no object ${object}`);
      return found.power;
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.stdin?.end();
      // It may be in an endless loop: then only the kernel could end it.
      const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_MS_MAX);
      await exit;
      clearTimeout(timer);
    },
  };
}
