// Kit: a vat in this process for tests of the specification. Kernel, store, keys and the worker
// process are the real ones; only HTTP is left out.
//
//   const vat = await openTestVat({ objects: { echo: '(args, power) => { … }' } });
//   await vat.send('echo', { value: 1 });
//   expect(vat.memory('echo')).toEqual({ … });

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalId, parseQrid, type VatId } from '../../src/core/ids.ts';
import { systemEntropy } from '../../src/crypto/entropy.ts';
import { loadSealer } from '../../src/crypto/key-file.ts';
import type {
  ControlReply,
  ControlRequest,
  InstallReply,
  LogRow,
  PostResult,
  SendReply,
  StatusReply,
  VatInput,
} from '../../src/kernel/ports.ts';
import { layOut } from '../../src/node/base-dir.ts';
import { createNode } from '../../src/node/create.ts';
import type { StoreWatch } from '../sim/watched-store.ts';
import { type Disk, makeDisk } from './disk.ts';
import { type Life, type LifeInput, type OutputListener, startLife } from './life.ts';
import { makeTestNet, type Station, type TestNet } from './net.ts';
import { operatorData, TestRef } from './ref.ts';
import { type Keys, readKeys } from './wire.ts';

export { TestRef };

interface InstallOptions {
  /** Static data and references. */
  readonly power?: Readonly<Record<string, unknown>>;
  readonly grants?: readonly string[];
  readonly id?: string;
}

export interface TestVatInput {
  /** Names → code texts, installed in this order with `grants`. */
  readonly objects?: Readonly<Record<string, string>>;
  readonly grants?: readonly string[];
  /** Vats that share a net reach each other. */
  readonly net?: TestNet;
  readonly watch?: StoreWatch;
  readonly makeHost?: LifeInput['makeHost'];
  readonly limits?: LifeInput['limits'];
}

type Target = string | TestRef;

export interface TestVat extends Station, Disk {
  readonly dir: string;
  readonly keys: Keys;
  readonly net: TestNet;
  install(name: string, code: string, options?: InstallOptions): Promise<TestRef>;
  /** The reference of an installed object. */
  ref(name: string): TestRef;
  /** Queues a message and returns what the operator is told. */
  queue(target: Target, args?: unknown, id?: string): Promise<SendReply>;
  /** Queues a message and lets this vat run until no message waits for a turn. */
  send(target: Target, args?: unknown): Promise<void>;
  /** Lets this vat run until no message waits for a turn. */
  run(): Promise<void>;
  /** What an expression over `args` and `power` is worth in a turn of a new object. */
  value(expression: string, args?: unknown, options?: InstallOptions): Promise<unknown>;
  /** What is in the memory of an installed object. */
  memory(name: Target): unknown;
  ask(request: ControlRequest): Promise<ControlReply>;
  log(level?: LogRow['level']): Promise<readonly string[]>;
  status(): Promise<StatusReply>;
  handle(input: VatInput): void;
  /** The worker processes that run now. */
  workerPids(): readonly number[];
  /** As `kill -9` of the node. */
  halt(): Promise<void>;
  /** Starts a halted vat from its disk. */
  start(): Promise<void>;
  /** `halt` and `start`. */
  crash(): Promise<void>;
  /** As SIGTERM does it; ends halted. */
  stop(): Promise<void>;
  setWatch(watch: StoreWatch | undefined): void;
  onOutput(listener: OutputListener | undefined): void;
  close(): Promise<void>;
}

/** Memory where there is some: a flush that costs nothing changes nothing else. */
const TEMPORARY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const DISK_PAUSE_MS = 20;
const opened = new Set<TestVat>();
let ports = 20_000;

/** Closes every vat that was opened: for `afterEach` or `afterAll`. */
export async function closeTestVats(): Promise<void> {
  for (const vat of opened) await vat.close();
}

/** A vat that is up, with its objects installed. */
export async function openTestVat(input: TestVatInput = {}): Promise<TestVat> {
  const dir = join(mkdtempSync(join(TEMPORARY, 'qrt-spec-')), 'node');
  ports += 1;
  await createNode({ dir, host: '127.0.0.1', port: ports, urls: undefined });
  const vat = await serve(dir, `http://127.0.0.1:${ports}`, input);
  for (const [name, code] of Object.entries(input.objects ?? {})) {
    await vat.install(name, code, { grants: input.grants ?? [] });
  }
  return vat;
}

/** A vat on files that exist, such as a copy of another vat's directory. */
export async function serve(dir: string, url: string, input: TestVatInput = {}): Promise<TestVat> {
  const { net = makeTestNet(), makeHost, limits } = input;
  const base = layOut(dir);
  const sealer = loadSealer({ path: base.key, entropy: systemEntropy });
  const refs = new Map<string, TestRef>();
  let requests = 0;
  let watch = input.watch;
  let listener: OutputListener | undefined;
  let life: Life | undefined;
  let starting: Promise<void> | undefined;
  let isDown = false;

  const start = async (): Promise<void> => {
    const given = { base, url, sealer, net, makeHost, limits };
    const parts = { ...given, watch: () => watch, listener: () => listener };
    while (!life) life = await startLife({ ...parts, onDeath: () => void restart() });
    net.add(vat);
  };
  const drop = async (): Promise<void> => {
    const ended = life;
    life = undefined;
    await ended?.end();
  };
  const revive = async (): Promise<void> => {
    try {
      while (isDown) {
        isDown = false;
        await drop();
        await start();
      }
    } finally {
      starting = undefined;
    }
  };
  /** Also for who dies while it starts: the life that has just begun may be over already. */
  const restart = (): Promise<void> => {
    isDown = true;
    starting ??= revive();
    return starting;
  };

  /** Asks until a reply comes, also over deaths, as the command line does. */
  const ask = async (request: ControlRequest): Promise<ControlReply> => {
    for (;;) {
      // Looked at again: it may die while this waits for nothing.
      do await starting;
      while (starting);
      if (!life) throw new Error('the vat is down');
      const reply = await life.ask(request);
      if (reply) return reply;
    }
  };
  const read = async <T>(request: ControlRequest): Promise<T> => {
    const reply = await ask(request);
    if (!reply.ok) throw new Error(`${reply.code}: ${reply.message}`);
    return reply.value as T;
  };
  const lines = async (): Promise<LogRow[]> =>
    (await read<{ lines: LogRow[] }>({ type: 'log', after: 0, limit: 10_000 })).lines;
  const nextId = (): string => {
    requests += 1;
    return `${base.dir}-${requests}`.slice(-60);
  };
  const refOf = (target: Target): TestRef => {
    const found = typeof target === 'string' ? refs.get(target) : target;
    if (!found) throw new Error(`nothing is called ${String(target)}`);
    return found;
  };

  const disk = makeDisk(base);
  const vat: TestVat = {
    ...disk,
    id: sealer.vat as VatId,
    url,
    dir,
    keys: readKeys(dir),
    net,
    ask,
    ref: (name) => refOf(name),
    async install(name, code, { power = {}, grants = [], id = nextId() } = {}) {
      const hash = createHash('sha256').update(code).digest('hex');
      const { qrid, object } = await read<InstallReply>({
        type: 'install',
        id,
        name,
        code: { text: code, hash },
        grants,
        power: operatorData(power),
      });
      const ref = new TestRef(qrid, object);
      refs.set(name, ref);
      return ref;
    },
    queue(target, args = null, id = nextId()) {
      const { qrid } = refOf(target);
      const data = operatorData(args);
      return read({ type: 'send', id, target: parseQrid(qrid), args: data, wait: false });
    },
    async send(target, args) {
      await vat.queue(target, args);
      await vat.run();
    },
    async run() {
      let isQuiet = false;
      for (;;) {
        const { inbox, worker } = await vat.status();
        const isDone = inbox.rows === 0 && worker !== 'busy' && worker !== 'starting';
        if (isDone && isQuiet) return;
        isQuiet = isDone;
        if (!isDone) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    async value(expression, args, options) {
      const code = `(args, power) => { power.memory.value = (${expression}); }`;
      const object = await vat.install('value', code, options);
      await vat.send(object, args);
      const failure = (await lines()).find(({ source }) => source === object.id);
      if (failure?.level === 'failure') throw new Error(failure.text);
      return (vat.memory(object) as { value: unknown }).value;
    },
    memory: (name) => disk.memoryOf(refOf(name).id as LocalId),
    async log(level) {
      const rows = await lines();
      return rows.filter((row) => level === undefined || row.level === level).map(textOf);
    },
    async status() {
      for (;;) {
        const reply = await ask({ type: 'status' });
        if (reply.ok) return reply.value as StatusReply;
        // A full disk passes by itself: whoever waits for the vat to come to rest waits for that.
        if (reply.code !== 'QRT_DISK_FULL') throw new Error(reply.message);
        await new Promise((resolve) => setTimeout(resolve, DISK_PAUSE_MS));
      }
    },
    handle: (given) => life?.handle(given),
    receive: (kind, bytes) => life?.receive(kind, bytes) ?? Promise.resolve(REFUSED),
    tick: () => life?.handle({ type: 'tick' }),
    workerPids: () => life?.workerPids() ?? [],
    async halt() {
      do await starting;
      while (starting);
      net.remove(vat);
      await drop();
    },
    start,
    crash: restart,
    async stop() {
      await life?.stop();
      await vat.halt();
    },
    setWatch: (next) => {
      watch = next;
    },
    onOutput: (next) => {
      listener = next;
    },
    async close() {
      opened.delete(vat);
      await vat.halt();
      rmSync(join(dir, '..'), { recursive: true, force: true });
    },
  };
  await start();
  opened.add(vat);
  return vat;
}

const REFUSED: PostResult = { ok: false, reason: 'refused' };
const textOf = ({ text }: LogRow): string => text;
