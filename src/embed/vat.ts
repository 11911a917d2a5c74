// Vat: what a program can do with a vat that it has opened.

import type { VatId } from '../core/ids.ts';
import type { RequiredSandbox, SandboxReport } from '../core/sandbox.ts';
import type { LiveInstall } from '../node/live-input.ts';
import type { Reference } from './reference.ts';

/** How a vat is opened. */
export interface OpenVatOptions {
  /** The directory of its node. */
  readonly dir: string;
  /** Makes the node first when there is none there; `{}` or `true` as `qrt create-node DIR` does. */
  readonly create?: boolean | CreateOptions;
  /** Whether other vats can reach it while it is open; unless told otherwise they can. */
  readonly listen?: boolean;
  /** Beside what its configuration requires: opens only where workers get this wall or better. */
  readonly requireSandbox?: RequiredSandbox;
  /**
   * Peers may be at private, loopback and other addresses that are not public. Without, that is as
   * its configuration says; else so where the node and its URLs are this machine's own.
   */
  readonly allowPrivatePeers?: boolean;
  /** Told of each line that goes to the node's own log, `node.log`. */
  readonly onNote?: (note: VatNote) => void;
}

/** What a new node is given; what is left out is as with `qrt create-node`. */
export interface CreateOptions {
  /** Where it listens: `127.0.0.1`, unless told otherwise. */
  readonly host?: string;
  /** Without, a free one is drawn. */
  readonly port?: number;
  /** Where others reach it; without, `http://HOST:PORT`. */
  readonly urls?: readonly string[];
}

/** A line for who looks after the program. It never holds a secret. */
export interface VatNote {
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}

/** What to install, and under which id. */
export interface InstallOptions extends LiveInstall {
  /** For people: what the QRID is for. */
  readonly label?: string;
  /** Of your choice: the same install with the same id makes one object, however often it is asked. */
  readonly id?: string;
}

/**
 * A vat that lives in this process. `qrt status`, `qrt send` and the other commands work beside it;
 * `qrt stop` closes it.
 *
 * Values are data as JSON has it, with references anywhere in them. They are copied before a method
 * returns: what is changed afterwards changes nothing. Errors are `QrtError`s, with a `code`.
 */
export interface Vat {
  /** The directory of its node. */
  readonly dir: string;
  /** Its id, which is its public key. */
  readonly id: VatId;
  /** Where others reach it, as its configuration says. */
  readonly urls: readonly string[];
  /** What stands around its workers. */
  readonly sandbox: SandboxReport;
  /** Makes an object; resolves when it is on disk. */
  install(what: InstallOptions): Promise<Reference>;
  /** The object behind a QRID, of this vat or another one. Nobody is asked whether there is one. */
  reference(qrid: string): Reference;
  /**
   * The answer to the `send` with that id of your choice, also of an earlier life of the program; it
   * can be asked for a day at least. Rejects as `send` does, and with QRT_REQUEST_UNKNOWN.
   */
  result<Answer = unknown>(id: string): Promise<Answer>;
  /**
   * Lets the turns in flight end and lets go of the node. What is queued stays queued. Who
   * waits for an answer still is told QRT_ANSWER_PENDING, with the id to ask for it later.
   */
  close(): Promise<void>;
  /**
   * Resolves when the vat is closed, by `close` or by `qrt stop`; rejects when it cannot go on, as
   * when its disk fails: the process goes on, the vat is closed.
   */
  readonly closed: Promise<void>;
}
