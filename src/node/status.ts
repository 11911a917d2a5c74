// Status: what a node says of itself, running or stopped.

import type { SandboxReport } from '../core/sandbox.ts';
import type { StatusReply } from '../kernel/ports.ts';
import { askNode } from './ask.ts';
import { openBaseDir } from './base-dir.ts';

/** The status of a node; `pid`, `workerPids`, `sparePid` and `version` of the processes that run it. */
export interface NodeStatus extends StatusReply {
  readonly dir: string;
  readonly running: boolean;
  readonly pid?: number;
  readonly workerPids?: readonly number[];
  readonly sparePid?: number | undefined;
  readonly version?: string;
  /** What stands around its workers. */
  readonly sandbox?: SandboxReport;
}

/** Asks a node for its status. */
export async function readStatus(dir: string): Promise<NodeStatus> {
  const base = openBaseDir(dir);
  const { value, hello } = await askNode<StatusReply>(base, { type: 'status' });
  if (hello === undefined) return { dir, running: false, ...value };
  const { pid, workerPids, sparePid, version, sandbox } = hello;
  const found = sandbox === undefined ? {} : { sandbox };
  return { dir, running: true, pid, workerPids, sparePid, version, ...found, ...value };
}
