// Run: the life of the process that serves a node, from its lock to its last line.

import { isQrtError } from '../core/errors.ts';
import type { RequiredSandbox, SandboxReport } from '../core/sandbox.ts';
import type { Damage } from '../store/verify-part.ts';
import type { NodeLog, Note } from './node-log.ts';
import { type ServedNode, serveNode } from './serve.ts';
import { takeNode } from './take-node.ts';

export interface RunInput {
  readonly dir: string;
  /** Beside what the configuration requires. */
  readonly requireSandbox?: RequiredSandbox | undefined;
  /** Peers may be at addresses that are not public, whatever the configuration says. */
  readonly allowPrivatePeers: boolean;
  /** All of it is read first, and a damaged node is not served. */
  readonly isVerified: boolean;
  /** Each turn is run twice, in two processes, before it counts. */
  readonly isParanoid: boolean;
  /** Called once, when the node can be asked. */
  readonly onReady: (node: ReadyNode) => void;
  /** Called for each line of the node's own log. */
  readonly onNote: (note: Note) => void;
}

/** A node that can be asked. */
export interface ReadyNode {
  readonly dir: string;
  readonly vat: string;
  readonly pid: number;
  readonly urls: readonly string[];
  readonly sandbox: SandboxReport;
}

const EXIT_CORRUPT = 70;

/** Serves the node in `dir` until it is told to end, by a signal or over its control socket. */
export async function runNode(input: RunInput): Promise<void> {
  const { dir, isVerified, onReady, onNote } = input;
  process.umask(0o077);
  const taken = await takeNode({ dir, onNote });
  const { base, config, note } = taken;
  try {
    if (isVerified) await verifyFirst(dir, note);
    const end = makeEnd();
    const onFatal = endAtOnce(taken.log);
    process.on('uncaughtException', onFatal);
    process.on('unhandledRejection', onFatal);
    const { requireSandbox, isParanoid, allowPrivatePeers } = input;
    const modes = { config, requireSandbox, isParanoid, allowPrivatePeers };
    const served = await serveNode({ base, ...modes, note, onStop: end.ask, onFatal });
    note({ level: 'info', text: describe(served) });
    const { vat, urls, sandbox } = served;
    onReady({ dir: base.dir, vat, pid: process.pid, urls, sandbox });

    const cause = await end.asked;
    note({ level: 'info', text: `stopping (${cause})` });
    await served.stop();
    note({ level: 'info', text: 'stopped' });
  } finally {
    taken.release();
  }
}

/** Throws QRT_STORE_CORRUPT; what was found stands in the node's log. */
async function verifyFirst(dir: string, note: (line: Note) => void): Promise<void> {
  const { verifyNode } = await import('./verify.ts');
  const onDamage = ({ table, row, what }: Damage): void =>
    note({ level: 'error', text: `damage in ${table}, row ${row || '?'}: ${what}` });
  const { rows } = verifyNode({ dir, onDamage });
  note({ level: 'info', text: `verified ${rows} rows` });
}

const describe = ({ vat, urls }: ServedNode): string =>
  `serving vat ${vat} at ${urls.join(', ')} as process ${process.pid}`;

function makeEnd(): { asked: Promise<string>; ask(): void } {
  let resolveAsked: (cause: string) => void = () => {};
  const asked = new Promise<string>((resolve) => {
    resolveAsked = resolve;
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => resolveAsked(signal));
  }
  return { asked, ask: () => resolveAsked('qrt stop') };
}

/** After a failed flush nothing that is held in memory may be believed any more. */
function endAtOnce(log: NodeLog): (error: unknown) => void {
  return (error) => {
    const text = isQrtError(error) ? `${error.code}: ${error.message}` : 'unexpected failure';
    const stack = error instanceof Error ? `\n${error.stack}` : ` ${String(error)}`;
    try {
      log.write({ level: 'error', text: `${text}${stack}` });
    } finally {
      process.exit(EXIT_CORRUPT);
    }
  };
}
