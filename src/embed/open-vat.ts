// Open vat: `openVat` of the package `qrt`, a vat in the process of a program.
//
//   const vat = await openVat({ dir: 'NODE', create: true });
//   const counter = await vat.install({ path: 'counter' });
//   await counter.sendOnly({ add: 2 });
//   await vat.close();
//
// It is the node that `qrt start` serves, with its lock, worker processes and files.

import { isQrtError, QrtError } from '../core/errors.ts';
import type { ControlRequest } from '../kernel/ports.ts';
import { isNode } from '../node/base-dir.ts';
import { createNode } from '../node/create.ts';
import type { Note } from '../node/node-log.ts';
import { type ServedNode, serveNode } from '../node/serve.ts';
import { takeNode } from '../node/take-node.ts';
import { assertKnown, parseDir } from './options.ts';
import type { CreateOptions, OpenVatOptions, Vat } from './vat.ts';
import { makeVatMethods } from './vat-methods.ts';

export type { ErrorCode, ErrorDetails, ErrorKind } from '../core/errors.ts';
export { QrtError } from '../core/errors.ts';
export { Rejection } from '../node/rejection.ts';
export type { Reference, SendOnlyOptions, SendOptions } from './reference.ts';
export type {
  CreateOptions,
  InstallOptions,
  OpenVatOptions,
  Vat,
  VatNote,
} from './vat.ts';

/**
 * Opens the vat of a directory in this process; nobody else can until it is closed.
 *
 * Rejects with a `QrtError`: QRT_NODE_MISSING, QRT_NODE_RUNNING and QRT_NODE_LOCKED when somebody
 * has it, QRT_PORT_TAKEN, QRT_SANDBOX_UNAVAILABLE, QRT_CONFIG_INVALID, QRT_MODE_OPEN, QRT_STORE_*.
 */
export async function openVat(options: OpenVatOptions): Promise<Vat> {
  assertKnown('openVat', options, OPTIONS);
  const { create = false, listen = true, onNote } = options;
  const dir = parseDir(options.dir);
  if (create !== false) await createMissing(dir, create === true ? {} : create);
  const taken = await takeNode({ dir, onNote: (note) => tell(onNote, note) });
  const { base, config, note } = taken;
  const end = makeEnd({ dir: base.dir, note, release: taken.release });
  try {
    const served = await serveNode({
      ...{ base, config, note },
      requireSandbox: options.requireSandbox,
      allowPrivatePeers: options.allowPrivatePeers,
      isParanoid: false,
      isListening: listen,
      onStop: () => void end.close('qrt stop'),
      onFatal: end.fail,
    });
    await end.served(served);
    const { vat: id, urls, sandbox } = served;
    note({ level: 'info', text: `opened vat ${id} in process ${process.pid}` });
    const methods = makeVatMethods({ config, desk: served.desk, assertOpen: end.assertOpen });
    const close = (): Promise<void> => end.close('close');
    return Object.freeze<Vat>({
      ...{ dir: base.dir, id, urls, sandbox },
      ...methods,
      close,
      closed: end.closed,
    });
  } catch (error) {
    taken.release();
    throw error;
  }
}

const OPTIONS = ['dir', 'create', 'listen', 'requireSandbox', 'allowPrivatePeers', 'onNote'];
const CREATE_OPTIONS = ['host', 'port', 'urls'];

async function createMissing(dir: string, options: CreateOptions): Promise<void> {
  assertKnown('create', options, CREATE_OPTIONS);
  if (isNode(dir)) return;
  const { host = '127.0.0.1', port, urls } = options;
  try {
    await createNode({ dir, host, port, urls });
  } catch (error) {
    // Somebody else was faster; the lock decides who gets it.
    if (!isQrtError(error, 'QRT_NODE_EXISTS')) throw error;
  }
}

/** Later: what the program throws must not meet the vat. */
function tell(onNote: OpenVatOptions['onNote'], note: Note): void {
  if (onNote) queueMicrotask(() => onNote(note));
}

interface EndInput {
  readonly dir: string;
  readonly note: (note: Note) => void;
  readonly release: () => void;
}

/** How an open vat ends: when it is asked to, or because it cannot go on. */
function makeEnd({ dir, note, release }: EndInput) {
  let node: ServedNode | undefined;
  let fault: { readonly error: unknown } | undefined;
  let closing: Promise<void> | undefined;
  let onClosed = (): void => {};
  let onFailed = (_error: unknown): void => {};
  const closed = new Promise<void>((resolve, reject) => {
    onClosed = resolve;
    onFailed = reject;
  });
  const makeClosedError = (): QrtError => new QrtError('QRT_VAT_CLOSED', { dir }, fault?.error);
  const reasonFor = (request: ControlRequest): unknown => {
    // Nobody knows what is on disk.
    if (fault) return fault.error;
    // A vat that was stopped has committed all that it was given.
    const isPending = request.type === 'result' || (request.type === 'send' && request.answer);
    if (isPending) return new QrtError('QRT_ANSWER_PENDING', { dir, id: request.id });
    return makeClosedError();
  };

  const finish = async (end: () => Promise<void>): Promise<void> => {
    try {
      await end();
    } finally {
      node?.desk.close(reasonFor);
      release();
    }
  };

  const failNow = async (): Promise<void> => {
    // What nobody can promise any more is told to all who wait, before anything else.
    node?.desk.close(reasonFor);
    await finish(async () => node?.drop());
    onFailed(fault?.error);
  };

  return Object.freeze({
    closed,
    assertOpen(): void {
      if (closing || fault) throw makeClosedError();
    },
    /** Rejects when it failed already. */
    async served(served: ServedNode): Promise<void> {
      node = served;
      if (!fault) return;
      await node.drop();
      throw fault.error;
    },
    fail(error: unknown): void {
      if (fault) return;
      fault = { error };
      const text = error instanceof Error ? `${error.stack}` : String(error);
      note({ level: 'error', text });
      // Then there is nothing left to stop.
      if (node) closing ??= failNow();
    },
    close(cause: string): Promise<void> {
      if (closing) return closing;
      note({ level: 'info', text: `closing (${cause})` });
      const end = (): void => (fault ? onFailed(fault.error) : onClosed());
      closing = finish(async () => node?.stop()).then(end);
      return closing;
    },
  });
}
