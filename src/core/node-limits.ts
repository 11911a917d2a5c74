// Node limits: what an operator may choose about one node, each with its unit, bounds and meaning.
//
// The configuration, its checks, `qrt help limits` and the table in docs/running-nodes.md come from
// here. The limits of the wire are not among them: two vats have to agree on those.

import { LINKS_PER_HOUR } from './flood-limits.ts';
import { GOSSIP_PER_BOX_MAX } from './gossip-limits.ts';
import * as limits from './limits.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** What a limit counts. */
type LimitUnit = 'ms' | 'bytes' | 'MiB' | 'rows' | 'lines' | 'count';

/** One limit that can be chosen. */
interface NodeLimit {
  readonly unit: LimitUnit;
  readonly default: number;
  /** The least with which a node still works. */
  readonly min: number;
  readonly max: number;
  /** One line for people. */
  readonly meaning: string;
}

/** Every limit that can be chosen, in the order in which people are shown them. */
export const NODE_LIMITS = {
  turnCpuMs: {
    unit: 'ms',
    default: limits.TURN_CPU_MS_MAX,
    min: 100,
    max: 600_000,
    meaning: 'CPU time of the worker for one turn',
  },
  turnWallMs: {
    unit: 'ms',
    default: limits.TURN_WALL_MS_MAX,
    min: 1_000,
    max: 3_600_000,
    meaning: 'time without an outcome after which a worker is ended',
  },
  workerIdleMs: {
    unit: 'ms',
    default: limits.WORKER_IDLE_MS_MAX,
    min: 100,
    max: 86_400_000,
    meaning: 'how long a worker without work is kept',
  },
  workerHeapMib: {
    unit: 'MiB',
    default: limits.WORKER_HEAP_MIB,
    min: 32,
    max: 4_096,
    meaning: 'heap of the objects of one vat, together',
  },
  workerDataBytes: {
    unit: 'bytes',
    default: limits.WORKER_DATA_BYTES,
    min: 250_000_000,
    max: 16_000_000_000,
    meaning: "all memory of the worker's process",
  },
  codeBytes: {
    unit: 'bytes',
    default: limits.CODE_BYTES_MAX,
    min: KIB,
    max: limits.CODE_BYTES_INSTALL_MAX,
    meaning: 'one code text given to `make_object`',
  },
  codeInstallBytes: {
    unit: 'bytes',
    default: limits.CODE_BYTES_INSTALL_MAX,
    min: KIB,
    max: limits.CODE_BYTES_INSTALL_MAX,
    meaning: 'one code text that is installed',
  },
  powerBytes: {
    unit: 'bytes',
    default: limits.POWER_BYTES_MAX,
    min: KIB,
    max: MIB,
    meaning: 'static data of one power',
  },
  memoryBytes: {
    unit: 'bytes',
    default: limits.MEMORY_BYTES_MAX,
    min: KIB,
    max: 4 * MIB,
    meaning: 'one memory',
  },
  outcomeBytes: {
    unit: 'bytes',
    default: limits.OUTCOME_BYTES_MAX,
    min: MIB,
    max: limits.OUTCOME_BYTES_MAX,
    meaning: 'all effects of one turn together',
  },
  turnSends: {
    unit: 'count',
    default: limits.TURN_SENDS_MAX,
    min: 1,
    max: 10_000,
    meaning: 'messages that one turn may send',
  },
  turnObjects: {
    unit: 'count',
    default: limits.TURN_OBJECTS_MAX,
    min: 1,
    max: 1_000,
    meaning: 'objects that one turn may make',
  },
  turnLogLines: {
    unit: 'lines',
    default: limits.TURN_LOGS_MAX,
    min: 1,
    max: 10_000,
    meaning: 'log lines that one turn may write',
  },
  callDepth: {
    unit: 'count',
    default: limits.CALL_DEPTH_MAX,
    min: 1,
    max: 256,
    meaning: 'immediate calls within one another',
  },
  turnsInFlight: {
    unit: 'count',
    default: limits.TURNS_IN_FLIGHT_MAX,
    min: 1,
    max: limits.TURNS_IN_FLIGHT_MAX,
    meaning: 'turns that the worker has before their outcomes are back',
  },
  inboxRows: {
    unit: 'rows',
    default: limits.INBOX_ROWS_MAX,
    min: 100,
    max: 1_000_000,
    meaning: 'messages that wait for their turn, all shares together',
  },
  inboxBytes: {
    unit: 'bytes',
    default: limits.INBOX_BYTES_MAX,
    min: MIB,
    max: 16 * KIB * MIB,
    meaning: 'bytes of the messages that wait for their turn',
  },
  outboxRows: {
    unit: 'rows',
    default: limits.OUTBOX_ROWS_MAX,
    min: 100,
    max: 1_000_000,
    meaning: 'items that await their receipt, all shares together',
  },
  outboxBytes: {
    unit: 'bytes',
    default: limits.OUTBOX_BYTES_MAX,
    min: MIB,
    max: 16 * KIB * MIB,
    meaning: 'bytes of the items that await their receipt',
  },
  links: {
    unit: 'count',
    default: limits.LINKS_MAX,
    min: 1,
    max: 100_000,
    meaning: 'vats that this one keeps a link with, dropped ones included',
  },
  linksPerHour: {
    unit: 'count',
    default: LINKS_PER_HOUR,
    min: 1,
    max: 100_000,
    meaning: 'links that strangers may begin by one QRID, an hour',
  },
  gossipRecords: {
    unit: 'count',
    default: GOSSIP_PER_BOX_MAX,
    min: 0,
    max: GOSSIP_PER_BOX_MAX,
    meaning:
      'where third vats are, as told to a peer at once; with 0 none learns whom this vat knows',
  },
  quarantineRows: {
    unit: 'rows',
    default: limits.QUARANTINE_ROWS_MAX,
    min: 1,
    max: 100_000,
    meaning: 'quarantined messages that are kept; the oldest go first',
  },
  logLinesPerOwner: {
    unit: 'lines',
    default: limits.LOG_LINES_PER_OWNER_MAX,
    min: 100,
    max: 1_000_000,
    meaning: 'log lines that are kept of one installation; the oldest go first',
  },
} as const satisfies Readonly<Record<string, NodeLimit>>;

export type NodeLimitName = keyof typeof NODE_LIMITS;

/** The limits of one node. */
export type NodeLimits = Readonly<Record<NodeLimitName, number>>;

export const NODE_LIMIT_NAMES = Object.freeze(Object.keys(NODE_LIMITS)) as readonly NodeLimitName[];

/** What a node has unless its operator chose otherwise. */
export const DEFAULT_LIMITS: NodeLimits = makeLimits({});

/** Limits of which only some are chosen. */
export function makeLimits(chosen: Partial<NodeLimits>): NodeLimits {
  const entries = NODE_LIMIT_NAMES.map((name) => [name, chosen[name] ?? NODE_LIMITS[name].default]);
  return Object.freeze(Object.fromEntries(entries) as unknown as NodeLimits);
}

/** Two limits that do not fit: which one to change, and why, to be said after its name. */
interface Clash {
  readonly name: NodeLimitName;
  readonly reason: string;
}

/** The first of the chosen limits that cannot work together with another; undefined if all do. */
export function findClash(chosen: Partial<NodeLimits>): Clash | undefined {
  const all = makeLimits(chosen);
  const say = (name: NodeLimitName): string => {
    const whose = chosen[name] === undefined ? ', the default' : '';
    return `${all[name].toLocaleString('en-US')}${whose}`;
  };
  for (const { name, times, base = 0, of, why } of CLASHES) {
    const least = base + times * all[of];
    if (all[name] >= least) continue;
    const wanted = `must be at least ${least.toLocaleString('en-US')} with "${of}" of ${say(of)}`;
    return { name, reason: `${wanted}, and is ${say(name)}: ${why}` };
  }
  return undefined;
}

/** `name` MUST be at least `base` and `times` the limit `of`. */
const CLASHES: readonly {
  readonly name: NodeLimitName;
  readonly times: number;
  readonly base?: number;
  readonly of: NodeLimitName;
  readonly why: string;
}[] = [
  {
    name: 'turnWallMs',
    times: 1,
    of: 'turnCpuMs',
    why: 'a turn that may compute so long is silent meanwhile',
  },
  {
    name: 'codeInstallBytes',
    times: 1,
    of: 'codeBytes',
    why: 'an operator may install whatever an object may make',
  },
  {
    name: 'outcomeBytes',
    times: 2,
    of: 'memoryBytes',
    why: 'a whole memory has to fit, and each quote in it counts twice',
  },
  {
    name: 'outcomeBytes',
    times: 2,
    of: 'powerBytes',
    why: 'a whole power has to fit, and each quote in it counts twice',
  },
  {
    name: 'workerDataBytes',
    times: MIB,
    base: 200_000_000,
    of: 'workerHeapMib',
    why: 'the process needs room beside its heap',
  },
];

/** A limit that two vats have to agree on. */
interface WireLimit {
  readonly unit: LimitUnit;
  readonly value: number;
  readonly meaning: string;
}

/** Limits of the wire, which belong to the version of the protocol; named to be told from others. */
export const WIRE_LIMITS = {
  boxBytes: { unit: 'bytes', value: limits.BOX_BYTES_MAX, meaning: 'one box' },
  boxItems: { unit: 'count', value: limits.BOX_ITEMS_MAX, meaning: 'items of one box' },
  itemBytes: { unit: 'bytes', value: limits.ITEM_BYTES_MAX, meaning: 'one item' },
  receiptBytes: { unit: 'bytes', value: limits.RECEIPT_BYTES_MAX, meaning: 'one receipt' },
  argsBytes: { unit: 'bytes', value: limits.ARGS_BYTES_MAX, meaning: 'args of one message' },
  references: { unit: 'count', value: limits.REFERENCES_MAX, meaning: 'references in one body' },
  hops: { unit: 'count', value: limits.HOPS_MAX, meaning: 'vats that may pass a message on' },
  dataDepth: { unit: 'count', value: limits.DATA_DEPTH_MAX, meaning: 'nesting of data' },
  dataNodes: { unit: 'count', value: limits.DATA_NODES_MAX, meaning: 'values in one body' },
} as const satisfies Readonly<Record<string, WireLimit>>;
