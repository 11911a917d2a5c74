// Doctor: looks at everything that a node needs, changes nothing, and says what to do.
//
// Each check stands alone: what one of them cannot find out never hides the next one. Nothing here
// takes the node's lock for longer than a moment, so that it also serves beside a running node.

import { DOCTOR_LINKS_MAX } from '../core/doctor-limits.ts';
import { QrtError } from '../core/errors.ts';
import { DEFAULT_LIMITS, type NodeLimits } from '../core/node-limits.ts';
import type { SandboxLevel } from '../core/sandbox.ts';
import type { Sealer } from '../kernel/ports.ts';
import type { Examined } from '../store/examine.ts';
import { type BaseDir, openBaseDir } from './base-dir.ts';
import { arePrivatePeersAllowed, limitsOf, type NodeConfig, readConfig } from './config.ts';
import { type Check, type Finding, failOf, warn } from './doctor-check.ts';
import {
  checkClock,
  checkDatabase,
  checkFlush,
  checkSpace,
  examineDatabase,
  measureFlushes,
  readMoment,
} from './doctor-disk.ts';
import {
  checkConfig,
  checkFiles,
  checkKey,
  checkLock,
  checkOwner,
  checkTls,
  readSealer,
} from './doctor-files.ts';
import { checkPeers, checkPort } from './doctor-network.ts';
import {
  checkNodeVersion,
  checkSandbox,
  checkSqlite,
  checkWorker,
  findWalls,
} from './doctor-program.ts';

export interface DoctorInput {
  readonly dir: string;
  /** Called before each check. */
  readonly onBegin: (check: string) => void;
  readonly onCheck: (check: Check) => void;
}

/** What earlier checks found out for later ones; absent what they could not. */
interface Known {
  config?: NodeConfig;
  sealer?: Sealer;
  examined?: Examined;
  isRunning?: boolean;
  /** Of a running node. */
  level?: SandboxLevel | undefined;
  /** Of a running node. */
  allowPrivatePeers?: boolean | undefined;
}

/** Looks at a node. Throws QRT_NODE_MISSING, and QRT_DOCTOR_FAILED when a check fails. */
export async function examineNode({ dir, onBegin, onCheck }: DoctorInput): Promise<void> {
  process.umask(0o077);
  const base = openBaseDir(dir);
  const known: Known = {};
  const failed: string[] = [];
  let count = 0;
  const report = (check: Check): void => {
    count += 1;
    if (check.state === 'fail') failed.push(check.check);
    onCheck(check);
  };
  for (const [name, run] of makeChecks(base, known)) {
    onBegin(name);
    try {
      const found = await run();
      for (const check of 'state' in found ? [{ check: name, ...found }] : found) report(check);
    } catch (error) {
      report({ check: name, ...failOf(error) });
    }
  }
  if (failed.length === 0) return;
  const names = failed.join(', ');
  throw new QrtError('QRT_DOCTOR_FAILED', { dir, failed: failed.length, checks: count, names });
}

type Run = () => Promise<Finding | readonly Check[]> | Finding;

/** Those of the configuration; the defaults where it cannot be read. */
const knownLimits = ({ config }: Known): NodeLimits => (config ? limitsOf(config) : DEFAULT_LIMITS);

function makeChecks(base: BaseDir, known: Known): readonly (readonly [string, Run])[] {
  const before = readMoment();
  return [
    ['node', () => checkNodeVersion()],
    ['sqlite', () => checkSqlite()],
    ['files', () => checkFiles(base)],
    ['owner', () => checkOwner({ base, uid: process.geteuid?.() ?? 0 })],
    [
      'config',
      () => {
        known.config = readConfig(base.config);
        return checkConfig(known.config);
      },
    ],
    [
      'key',
      () => {
        known.sealer = readSealer(base);
        return known.config ? checkKey({ base, config: known.config }) : unknown('configuration');
      },
    ],
    [
      'lock',
      async () => {
        const { finding, running } = await checkLock(base);
        known.isRunning = running !== undefined;
        known.level = running?.hello.sandbox?.level;
        known.allowPrivatePeers = running?.hello.allowPrivatePeers;
        running?.close();
        return finding;
      },
    ],
    [
      'database',
      async () => {
        if (known.sealer === undefined) return unknown('key');
        known.examined = await examineDatabase(base, known.sealer.vat);
        return checkDatabase(known.examined);
      },
    ],
    ['space', () => checkSpace({ dir: base.dir, limits: knownLimits(known) })],
    ['flush', () => checkFlush(measureFlushes(base.dir))],
    [
      'sandbox',
      async () => {
        const required = known.config?.requireSandbox;
        return checkSandbox(await findWalls({ required, running: known.level }));
      },
    ],
    ['worker', () => checkWorker()],
    ['tls', () => (known.config ? checkTls(base, known.config) : unknown('configuration'))],
    ['port', () => withNetwork(base, known, checkPort)],
    ['peers', () => withNetwork(base, known, examinePeers)],
    [
      'clock',
      // Last, so that it sees what the clock did while all others ran.
      () => checkClock({ before, after: readMoment(), latestMs: known.examined?.latestMs }),
    ],
  ];
}

type Network = Parameters<typeof checkPort>[0];

async function examinePeers(network: Network): Promise<readonly Check[]> {
  const { examineLinks } = await import('../store/examine.ts');
  const links = examineLinks({ path: network.base.database, limit: DOCTOR_LINKS_MAX });
  return checkPeers({ ...network, ...links });
}

function withNetwork<T>(
  base: BaseDir,
  { config, sealer, isRunning, ...known }: Known,
  check: (network: Network) => Promise<T>,
): Promise<T> | Finding {
  if (config === undefined) return unknown('configuration');
  if (sealer === undefined) return unknown('key');
  if (isRunning === undefined) return unknown('lock');
  const allowPrivate = known.allowPrivatePeers ?? arePrivatePeersAllowed(config);
  return check({ base, config, sealer, isRunning, allowPrivate });
}

const unknown = (what: string): Finding =>
  warn(`not looked at: first the ${what} must be in order`, 'Mend that, and look again.');
