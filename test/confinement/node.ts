// Node: a real node process in a directory of its own, and requests to it over its control socket.

import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { encode } from '../../src/core/capdata.ts';
import { parseQrid } from '../../src/core/ids.ts';
import type { SandboxLevel } from '../../src/core/sandbox.ts';
import type { TurnRow, TurnsReply } from '../../src/core/turn-row.ts';
import type { InstallReply, StatusReply } from '../../src/kernel/ports.ts';
import { openBaseDir } from '../../src/node/base-dir.ts';
import { connectNode, type RunningNode } from '../../src/node/control-client.ts';
import { createNode } from '../../src/node/create.ts';
import { startNode, stopNode } from '../../src/node/daemon.ts';
import { makeRequestId } from '../../src/node/request-id.ts';
import { openPageReader } from '../../src/store/page-reader.ts';
import { environmentFor } from './levels.ts';

/** A code text that the check let pass. */
export interface CheckedText {
  readonly text: string;
  readonly hash: string;
}

/** An installed object. */
export interface Installed {
  readonly object: string;
  readonly qrid: string;
}

/** Data with references: an object of `refs` stands for the QRID beside it. */
interface Args {
  readonly value: unknown;
  readonly refs?: ReadonlyMap<object, string>;
}

export interface AttackNodeOptions {
  /** Of the second wall; without it the best that there is. */
  readonly level?: SandboxLevel;
  /** The `limits` of its config.json. */
  readonly limits?: Readonly<Record<string, number>>;
}

/** A node that runs. */
export interface AttackNode {
  readonly dir: string;
  readonly pid: number;
  install(
    code: CheckedText,
    options?: { power?: Args; grants?: readonly string[] },
  ): Promise<Installed>;
  /** Sends a message and waits for the end of its turn. */
  run(target: Installed, args: Args): Promise<TurnRow>;
  delete(target: Installed): Promise<void>;
  status(): Promise<StatusReply>;
  /** The stored body of an object's memory and how many references it holds. */
  memory(target: Installed): { readonly body: string; readonly slots: readonly string[] };
  end(): Promise<void>;
}

const QRT = fileURLToPath(new URL('../../bin/qrt', import.meta.url));
/** Memory where there is some: what a disk costs is no matter of confinement. */
const TEMPORARY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const TURN_MS_MAX = 120_000;
const TURNS_AT_ONCE = 1_000;
const POLL_MS = 3;

/** Makes a node and starts it. */
export async function startAttackNode(options: AttackNodeOptions = {}): Promise<AttackNode> {
  const { level, limits } = options;
  const dir = join(realpathSync(mkdtempSync(join(TEMPORARY, 'qrt-attack-'))), 'node');
  await createNode({ dir, host: '127.0.0.1', port: undefined, urls: undefined });
  const base = openBaseDir(dir);
  if (limits !== undefined) {
    const config = JSON.parse(readFileSync(base.config, 'utf8')) as object;
    writeFileSync(base.config, JSON.stringify({ ...config, limits }));
  }
  const env = level === undefined ? {} : environmentFor(level, join(dir, '..'));
  const names = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const { pid } = await startNode({
    dir,
    command: (path) => [...ENV, ...names, process.execPath, QRT, 'run', '--report', path],
  });
  const end = async (): Promise<void> => {
    await stopNode({ dir });
    rmSync(join(dir, '..'), { recursive: true, force: true });
  };
  const running = await connectNode(base);
  const found = running?.hello.sandbox?.level;
  if (running === undefined || (level !== undefined && found !== level)) {
    running?.close();
    await end();
    throw new Error(`the node runs at level ${found}, not ${level}`);
  }
  const reader = openPageReader(base.database);
  const turns = makeTurnWatch(running);

  return Object.freeze<AttackNode>({
    dir,
    pid,
    async install(code, { power = { value: {} }, grants = [] } = {}) {
      const request = {
        type: 'install',
        id: makeRequestId(),
        name: 'attack',
        code,
        grants,
      } as const;
      const reply = (await running.ask({ ...request, power: toData(power) })) as InstallReply;
      return { object: reply.object, qrid: reply.qrid };
    },
    async run({ object, qrid }, args) {
      const from = await turns.last();
      const target = parseQrid(qrid, 'target');
      const request = { type: 'send', id: makeRequestId(), target, wait: false } as const;
      await running.ask({ ...request, args: toData(args) });
      return turns.next(object, from);
    },
    async delete({ object }) {
      await running.ask({ type: 'delete', id: makeRequestId(), object });
    },
    status: async () => (await running.ask({ type: 'status' })) as StatusReply,
    memory({ object }) {
      const id = reader.object(object)?.memory;
      const stored = id ? reader.memory(id) : undefined;
      if (stored === undefined) throw new Error(`${object} has no memory`);
      return stored;
    },
    async end() {
      reader.close();
      running.close();
      await end();
    },
  });
}

/** Replaces itself by the node, so that the process that was started is the node. */
const ENV = ['/usr/bin/env'];

function toData({ value, refs = new Map() }: Args) {
  const slotOf = (mark: object) => refs.get(mark) as string | undefined;
  const what = 'args';
  const { body, slots } = encode(value, { what, bytesMax: 2 ** 20, isProxy: () => false, slotOf });
  return { body, slots: slots.map((text) => parseQrid(text, what)) };
}

/** The turns of a node as it remembers them. */
function makeTurnWatch(running: RunningNode) {
  const read = async (after: number, limit: number) => {
    const request = { type: 'turns', after, limit } as const;
    return ((await running.ask(request)) as TurnsReply).turns;
  };
  return Object.freeze({
    last: async () => (await read(0, 1)).at(-1)?.seq ?? 0,
    async next(object: string, from: number): Promise<TurnRow> {
      const endMs = performance.now() + TURN_MS_MAX;
      let after = from;
      while (performance.now() < endMs) {
        const rows = await read(after, TURNS_AT_ONCE);
        const found = rows.find(({ target, share }) => target === object && share === 'operator');
        if (found !== undefined) return found;
        after = rows.at(-1)?.seq ?? after;
        await delay(POLL_MS);
      }
      throw new Error(`no turn of ${object} ended within ${TURN_MS_MAX / 1_000} s`);
    },
  });
}
