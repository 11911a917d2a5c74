// Python peer: the second implementation of the wire as a process, and whether it can run here.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
/** Debian's python3-nacl belongs to Debian's Python, which need not be the first one of the PATH. */
const PYTHONS = ['/usr/bin/python3', 'python3'];
const ENV = { PATH: process.env['PATH'] ?? '', PYTHONDONTWRITEBYTECODE: '1', LANG: 'C.UTF-8' };

/** A Python that has PyNaCl; undefined where there is none and `QRT_TEST_PEER` does not demand it. */
export function findPython(): string | undefined {
  const found = PYTHONS.find(hasNacl);
  if (found === undefined && process.env['QRT_TEST_PEER'] === 'required') {
    throw new Error('QRT_TEST_PEER demands a Python with PyNaCl: install python3-nacl');
  }
  return found;
}

function hasNacl(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import nacl.bindings'], { stdio: 'ignore', env: ENV });
    return true;
  } catch {
    // No such program or no such module: the caller says what that means.
    return false;
  }
}

/** Runs one of the scripts to its end; its standard output. */
export function runPython(python: string, script: string): string {
  return execFileSync(python, [`${FOLDER}${script}`], { encoding: 'utf8', env: ENV });
}

/** What the peer says of one link. */
interface PeerLink {
  readonly doubt: string | null;
  /** Items that wait, for each lane. */
  readonly waiting: readonly number[];
  /** Codes of refusals by the number of the lane 1 item. */
  readonly refused: Readonly<Record<string, string>>;
  readonly in: readonly number[];
  /** How often each promise that it gave was named, by its name. */
  readonly sent: Readonly<Record<string, number>>;
  /** Names of promises of the node that it has not given up. */
  readonly far: readonly string[];
  /** How far a settling is; null if none is under way. */
  readonly stage: string | null;
  /** How often the link has begun anew. */
  readonly begun: number;
}

interface PeerStatus {
  readonly links: Readonly<Record<string, PeerLink>>;
  /** What each object keeps, by its reference. */
  readonly memories: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** How often each fault happened. */
  readonly faults: Readonly<Record<string, number>>;
}

interface SendInput {
  /** A QRID, or a reference in the peer's own spelling. */
  readonly to: string;
  /** JSON; `{ $ref: … }` stands for a reference. */
  readonly args: unknown;
  readonly hops?: number;
}

/** A running peer. */
export interface PythonPeer {
  readonly vat: string;
  readonly url: string;
  install(kind: 'ledger' | 'keeper' | 'postman' | 'echo'): Promise<{ qrid: string; ref: string }>;
  /** `to` in the reply is the reference that was sent to. */
  send(input: SendInput): Promise<{ to: string; refused: string | null }>;
  /** The same with an answer; `ref` is the promise of it. */
  ask(input: SendInput): Promise<{ ref: string; refused: string | null }>;
  /** A promise of its own. */
  promise(): Promise<{ ref: string }>;
  /** Fulfils that. */
  settle(ref: string, value: unknown): Promise<void>;
  /** What became of a promise: code, body and references; null while it is pending. */
  end(ref: string): Promise<{ end: readonly [string, string, readonly string[]] | null }>;
  /** It needs a promise of a peer no more. */
  drop(ref: string): Promise<void>;
  /** Puts a text into lane 1 as it is, as an item for that vat. */
  item(to: string, item: string): Promise<{ number: number }>;
  /** From now on one in `every` of its boxes and replies has a fault; none if it is 0. */
  faults(seed: number, every: number): Promise<void>;
  /** Its choice, from now on, for items that may have been taken or not; null: they wait. */
  decide(choice: 'resend' | 'discard' | null): Promise<void>;
  /** Has it end itself once a settling is on disk in that stage; comes true when it has ended. */
  dieAt(stage: 'doubt' | 'ready' | 'done'): Promise<void>;
  status(): Promise<PeerStatus>;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
}

/** Starts a peer that keeps what it knows in `folder`; again in the same folder: the same vat. */
export async function startPeer(python: string, folder: string): Promise<PythonPeer> {
  const child = spawn(python, [`${FOLDER}peer.py`, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: ENV,
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the Python peer has ended');
    return JSON.parse(value) as T;
  };
  const { vat, url } = await next<{ vat: string; url: string }>();
  // One command at a time, or replies would be mixed up.
  let last: Promise<unknown> = Promise.resolve();
  const ask = <T>(what: string, input: object = {}): Promise<T> => {
    const reply = last.then(() => {
      child.stdin.write(`${JSON.stringify({ do: what, with: input })}\n`);
      return next<T>();
    });
    last = reply.catch(() => undefined);
    return reply;
  };
  return Object.freeze<PythonPeer>({
    vat,
    url,
    install: (kind) => ask('install', { kind }),
    send: (input) => ask('send', input),
    ask: (input) => ask('ask', input),
    promise: () => ask('promise'),
    settle: async (ref, value) => {
      await ask('settle', { ref, value });
    },
    end: (ref) => ask('end', { ref }),
    drop: async (ref) => {
      await ask('drop', { ref });
    },
    item: (to, item) => ask('item', { to, item }),
    faults: async (seed, every) => {
      await ask('faults', { seed, every });
    },
    decide: async (choice) => {
      await ask('decide', { choice });
    },
    dieAt: async (stage) => {
      // It may have no time to reply.
      await Promise.race([ask('die', { at: stage }).catch(() => ended), ended]);
      await ended;
    },
    status: () => ask('status'),
    kill: () => endOf(child),
  });
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
