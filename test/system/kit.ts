// Kit: real `qrt` commands in a directory of their own, and an end to every process they started.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runShared } from './one-process.ts';

const QRT = fileURLToPath(new URL('../../bin/qrt', import.meta.url));

/** What a command came to. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  /** Relative to the world's directory. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** The fields of `status --json` that tests look at. */
interface Status {
  readonly dir: string;
  readonly running: boolean;
  readonly pid?: number;
  readonly workerPids?: readonly number[];
  readonly sparePid?: number;
  readonly vat: string;
  readonly urls: readonly string[];
  readonly promises: { readonly pending: number; readonly settled: number };
  readonly inbox: { readonly rows: number; readonly bytes: number };
  readonly outbox: { readonly rows: number; readonly bytes: number };
  readonly objects: number;
  readonly turns: number;
  readonly commits: number;
  readonly quarantined: number;
  readonly worker: string;
  readonly links: readonly {
    readonly vat: string;
    readonly state: string;
    readonly reason?: string;
    readonly urls: readonly string[];
    readonly outbox: { readonly rows: number };
    readonly oldestMs?: number;
    readonly lastError?: string;
    readonly refusals: number;
    readonly lastRefusal?: string;
  }[];
}

type Row = Readonly<Record<string, unknown>>;

/** A temporary directory and the nodes in it. */
export interface World {
  readonly dir: string;
  path(...names: readonly string[]): string;
  write(name: string, text: string): string;
  /** Runs `qrt` and waits for its end, whatever it is; `one-process.ts` says in what process. */
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Runs `qrt`, which must succeed; its standard output without the last line break. */
  ok(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Makes nodes and starts them. */
  startNew(...dirs: readonly string[]): Promise<void>;
  status(dir: string): Promise<Status>;
  dump(dir: string, table: string): Promise<readonly Row[]>;
  counters(dir: string): Promise<Row>;
  log(dir: string): Promise<readonly Row[]>;
  /** Installs a code text and returns its QRID. */
  install(dir: string, code: string, options?: readonly string[]): Promise<string>;
  /** Ends the process of a node with SIGKILL and waits until it is gone. */
  kill(dir: string): Promise<void>;
  /** Ends every process that was started here, calls `before`, and removes the directory. */
  end(options?: { readonly before?: () => void }): Promise<void>;
}

export interface WorldOptions {
  /** Makes the `qrt` that is run, given the world's directory; by default the one of this checkout. */
  readonly makeQrt?: (dir: string) => string;
  /** From then on no command is run any more: each fails. */
  readonly signal?: AbortSignal;
}

/** A new world; `end` it after the tests. */
export function makeWorld({ makeQrt = () => QRT, signal }: WorldOptions = {}): World {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'qrt-system-')));
  const qrt = makeQrt(dir);
  let codes = 0;

  const world: World = {
    dir,
    path: (...names) => join(dir, ...names),
    write(name, text) {
      writeFileSync(join(dir, name), text);
      return join(dir, name);
    },
    async run(args, options = {}) {
      signal?.throwIfAborted();
      return runQrt({ qrt, dir, args, options });
    },
    async ok(args, options) {
      const ran = await world.run(args, options);
      if (ran.code === 0) return ran.stdout.replace(/\n$/, '');
      throw new Error(`qrt ${args.join(' ')} ended with ${ran.code}: ${ran.stderr}${ran.stdout}`);
    },
    async startNew(...dirs) {
      for (const name of dirs) await world.ok(['create-node', name]);
      await world.ok(['start', ...dirs]);
    },
    status: async (name) => JSON.parse(await world.ok(['status', name, '--json'])) as Status,
    dump: async (name, table) =>
      JSON.parse(await world.ok(['dump', name, table, '--json'])) as readonly Row[],
    counters: async (name) =>
      JSON.parse(await world.ok(['dump', name, 'counters', '--json'])) as Row,
    async log(name) {
      const text = await world.ok(['log', name, '--json', '-n', '10000']);
      return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Row);
    },
    async install(name, code, options = []) {
      codes += 1;
      const path = world.write(`code-${codes}.js`, code);
      return world.ok(['install', name, path, ...options]);
    },
    async kill(name) {
      const { pid } = await world.status(name);
      if (pid === undefined) throw new Error(`${name} is not running`);
      process.kill(pid, 'SIGKILL');
      await eventually(() => !isAlive(pid));
    },
    async end({ before = () => {} } = {}) {
      await eventually(() => {
        const pids = processesOf(dir);
        for (const pid of pids) killIfThere(pid);
        return pids.length === 0;
      });
      before();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return Object.freeze(world);
}

/** Waits until `check` is true or returns something; fails after `waitMs`. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  waitMs = 20_000,
): Promise<NonNullable<T>> {
  const endMs = performance.now() + waitMs;
  for (;;) {
    const beganMs = performance.now();
    const found = await check();
    if (found) return found;
    const nowMs = performance.now();
    if (nowMs > endMs) throw new Error(`not within ${waitMs} ms: ${check}`);
    // A check that starts processes leaves the machine to what is waited for.
    await delay(Math.max(25, 2 * (nowMs - beganMs)));
  }
}

/** A worker ends with its node: it may be gone before its turn to be killed comes. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Whether a process runs; one that nobody has buried yet does not. */
export function isAlive(pid: number): boolean {
  return listProcesses().some((process) => process.pid === pid && !process.isZombie);
}

/** Processes whose command line names a path below `dir`. */
export function processesOf(dir: string): readonly number[] {
  const isOurs = ({ pid, isZombie, args }: ListedProcess) =>
    pid !== process.pid && !isZombie && args.includes(dir);
  return listProcesses()
    .filter(isOurs)
    .map(({ pid }) => pid);
}

interface ListedProcess {
  readonly pid: number;
  readonly isZombie: boolean;
  readonly args: string;
}

function listProcesses(): readonly ListedProcess[] {
  const text = execFileSync('ps', ['-eo', 'pid=,stat=,args=', '-ww'], { encoding: 'utf8' });
  return text.split('\n').flatMap((line) => {
    const [, pid, state, args] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || state === undefined) return [];
    return [{ pid: Number(pid), isZombie: state.startsWith('Z'), args: args ?? '' }];
  });
}

interface RunInput {
  readonly qrt: string;
  readonly dir: string;
  readonly args: readonly string[];
  readonly options: RunOptions;
}

async function runQrt({ qrt, dir, args, options }: RunInput): Promise<Ran> {
  const isPlain = qrt === QRT && options.env === undefined && options.input === undefined;
  const shared = isPlain ? runShared(args, join(dir, options.cwd ?? '.')) : undefined;
  if (shared === undefined) return runAlone({ qrt, dir, args, options });
  const { code, written } = await shared;
  const said = (to: number) =>
    written.flatMap(([stream, text]) => (stream === to ? text : [])).join('');
  return { code, stdout: said(1), stderr: said(2) };
}

function runAlone({ qrt, dir, args, options }: RunInput): Promise<Ran> {
  const { QRT_DIR: _, ...env } = process.env;
  const child = spawn(process.execPath, [qrt, ...args], {
    cwd: join(dir, options.cwd ?? '.'),
    env: { ...env, NO_COLOR: '1', ...options.env },
  });
  child.stdin.end(options.input ?? '');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}
