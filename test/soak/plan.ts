// Plan: which processes may be killed when. Growth can be seen only in what lives on, so after a
// first part, in which all are killed, one node is left alone, of another only workers are killed,
// and the third goes through everything. A long run has three such parts, and each node each role.

import { NAMES, type Name } from './load.ts';

/** What may be killed of a node. */
interface Role {
  readonly isNodeKilled: boolean;
  readonly isWorkerKilled: boolean;
}

/** The roles at one moment. */
export type Roles = Readonly<Record<Name, Role>>;

/** The part of a run in which all are killed. */
const FIRST_SHARE = 0.12;
/** From this length on, in milliseconds, there are three parts after it. */
const LONG_MS = 6 * 60_000;

const ALL: Role = { isNodeKilled: true, isWorkerKilled: true };
const ROLES: readonly Role[] = [
  { isNodeKilled: false, isWorkerKilled: false },
  { isNodeKilled: false, isWorkerKilled: true },
  ALL,
];

export interface PlanOptions {
  readonly seed: number;
  readonly lengthMs: number;
}

/** The roles of the nodes so long after the begin. */
export function rolesAt(atMs: number, { seed, lengthMs }: PlanOptions): Roles {
  const firstMs = FIRST_SHARE * lengthMs;
  const parts = lengthMs >= LONG_MS ? 3 : 1;
  const part = Math.min(parts - 1, Math.floor((parts * (atMs - firstMs)) / (lengthMs - firstMs)));
  const roleOf = (at: number): Role =>
    atMs < firstMs ? ALL : ROLES[(at + seed + part) % ROLES.length]!;
  return Object.fromEntries(NAMES.map((name, at) => [name, roleOf(at)])) as Record<Name, Role>;
}
