// Trio: three real nodes behind a faulty proxy each, under load, with strangers at their ports.

import { fileURLToPath } from 'node:url';
import { openBaseDir } from '../../src/node/base-dir.ts';
import { readConfig } from '../../src/node/config.ts';
import { type NodeStatus, readStatus } from '../../src/node/status.ts';
import { FAULTS, type FaultRates, type FaultyProxy } from '../sim/faulty-proxy.ts';
import { makeRandom } from '../sim/random.ts';
import { makeBehindProxies } from '../system/behind-proxies.ts';
import { copyBuild, type Edit } from '../system/kill-copy.ts';
import { eventually, isAlive, makeWorld, type World } from '../system/kit.ts';
import { assertLinked, untilQuiet } from '../system/quiet.ts';
import { installLoad, type Load, NAMES, type Name } from './load.ts';
import { type Strangers, startStrangers } from './strangers.ts';

export interface TrioOptions {
  readonly seed: number;
  /** A bug to plant. */
  readonly edits?: readonly Edit[] | undefined;
  /** From then on all fails but the end. */
  readonly signal: AbortSignal;
}

/** Three nodes. */
export interface Trio {
  readonly world: World;
  readonly load: Load;
  readonly strangers: Strangers;
  readonly proxies: Readonly<Record<Name, FaultyProxy>>;
  /** Asks a node, which MUST run: of another one its disk would be asked, and be locked meanwhile. */
  status(name: Name): Promise<NodeStatus>;
  /** The process of a node, unless it was killed. */
  pid(name: Name): number | undefined;
  /** Lets the way to a node have its usual faults, none, or nothing but faults. */
  setWay(name: Name, way: 'faulty' | 'clear' | 'cut'): void;
  /** Ends the process of a node, or a worker of it, with SIGKILL and waits until it is gone. */
  kill(name: Name, workerPid?: number): Promise<void>;
  start(name: Name): Promise<void>;
  /** Waits until nothing is under way. Throws when a link does not work, or an answer is lost. */
  untilQuiet(): Promise<void>;
  end(): Promise<void>;
}

interface Started {
  readonly pid: number;
}

const PROBE = fileURLToPath(new URL('./probe.mjs', import.meta.url));
const RATE_EACH = 0.01;
/** Many requests are held a little: so it is the wire that sets the pace. */
const FAULTY: FaultRates = {
  ...Object.fromEntries(FAULTS.map((fault) => [fault, RATE_EACH])),
  delay: 0.5,
};
const WAYS = { faulty: FAULTY, clear: {}, cut: { dropRequest: 1 } } as const;
/** What is bounded comes to its bound soon, and a worker lives until it is killed. */
const LIMITS = { logLinesPerOwner: 100, workerIdleMs: 600_000 };
/** After a cut the next try may be half a minute away, and each answer may need a way of its own. */
const QUIET = { quietMsMax: 240_000, lostMs: 60_000 };

/** Makes and starts everything; the load is off when this returns. */
export async function makeTrio({ seed, edits, signal }: TrioOptions): Promise<Trio> {
  const world = makeWorld({ makeQrt: (dir) => copyBuild({ dir, edits }), signal });
  const open: { close(): Promise<void> | void }[] = [];
  const end = async (): Promise<void> => {
    await world.end();
    for (const each of open) await each.close();
  };
  const status = (name: Name): Promise<NodeStatus> => readStatus(world.path(name));
  const env = { NODE_OPTIONS: `--import=${PROBE}`, QRT_SOAK_PROBE: world.dir };
  const pids = new Map<Name, number>();
  const start = async (name: Name): Promise<void> => {
    const { pid } = JSON.parse(await world.ok(['start', name, '--json'], { env })) as Started;
    pids.set(name, pid);
  };
  try {
    const made = await makeBehindProxies(world, { names: NAMES, seed, limits: LIMITS });
    open.push(...made);
    const proxies = Object.fromEntries(NAMES.map((name, at) => [name, made[at]!]));
    for (const name of NAMES) await start(name);
    await world.ok(['gossip', ...NAMES]);
    const load = await installLoad(world, seed);
    const victims = NAMES.map((name) => readConfig(openBaseDir(world.path(name)).config));
    const strangers = startStrangers({ victims, random: makeRandom(seed + 100) });
    open.push({ close: strangers.end });
    return Object.freeze<Trio>({
      ...{ world, load, strangers, status, start, end },
      proxies: proxies as Trio['proxies'],
      setWay: (name, way) => proxies[name]!.setFaults(WAYS[way]),
      pid: (name) => pids.get(name),
      async kill(name, workerPid) {
        const pid = workerPid ?? pids.get(name);
        if (pid === undefined) throw new Error(`${name} does not run`);
        if (workerPid === undefined) pids.delete(name);
        process.kill(pid, 'SIGKILL');
        await eventually(() => !isAlive(pid));
      },
      untilQuiet: () =>
        untilQuiet(async () => {
          signal.throwIfAborted();
          const all = await Promise.all(NAMES.map(status));
          assertLinked(all);
          return all;
        }, QUIET),
    });
  } catch (error) {
    await end();
    throw error;
  }
}
