// Ports: what the kernel needs from the world, and what it exchanges with it.
//
// The kernel and its store are one synchronous island: everything that comes in is a VatInput,
// everything that goes out is a VatOutput, and both hold bytes and plain data only. Nothing
// outside ever holds a kernel object, so the island can later stand in a thread of its own.

import type { ErrorCode } from '../core/errors.ts';
import type { KernelFrame } from '../core/frames.ts';
import type { LocalId, Qrid, VatId } from '../core/ids.ts';
import type { AnswerRequest } from './answer-ports.ts';
import type { BookCounts } from './contact-ports.ts';
import type { KeepingRequest } from './keeping-ports.ts';
import type { BoxInput, Reply } from './network-ports.ts';
import type { SettleRequest } from './settle-ports.ts';
import type { LinkState } from './store-port.ts';

/** Keys of one vat. The secret key never leaves the adapter. */
export interface Sealer {
  readonly vat: VatId;
  /**
   * Seals `plaintext` for `to` with NaCl's box. The nonce MUST be 16 bytes drawn anew from the
   * operating system's generator followed by `counter` as 8 bytes, big endian.
   */
  seal(input: SealInput): { readonly nonce: Uint8Array; readonly boxed: Uint8Array };
  /** Opens a box that `from` sealed for this vat; undefined when it does not open. */
  open(input: OpenInput): Uint8Array | undefined;
  /** Ed25519 signature of `bytes` by this vat (64 bytes). */
  sign(bytes: Uint8Array): Uint8Array;
  /** Whether `signature` is `vat`'s signature of `bytes`. */
  verify(input: VerifyInput): boolean;
}

interface SealInput {
  readonly to: VatId;
  readonly counter: number;
  readonly plaintext: Uint8Array;
}

interface OpenInput {
  readonly from: VatId;
  /** Its key is worth keeping, also when this does not open: it is that of a peer. */
  readonly isPeer?: boolean;
  readonly nonce: Uint8Array;
  readonly boxed: Uint8Array;
}

interface VerifyInput {
  readonly vat: VatId;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

/** SHA-256 of the concatenation of the parts (32 bytes). */
export type Sha256 = (...parts: readonly Uint8Array[]) => Uint8Array;

/** Time. */
export interface Clock {
  /** Milliseconds since 1970: for people, records and the readings of turns. */
  nowMs(): number;
  /** Milliseconds that never run backwards: for delays and deadlines. */
  monotonicMs(): number;
}

/** Fresh random bytes from the operating system. */
export type Entropy = (count: number) => Uint8Array;

/** CPU time that a worker has used in its life, in milliseconds; undefined when unknown. */
export type WorkerMeter = (worker: number) => number | undefined;

/** How a worker process ended, as far as one can tell from outside. */
export type WorkerEnd = 'heap' | 'killed' | 'unknown';

/**
 * Why the kernel ends a worker. `rest`: there was no work for a while, and a process that waits to
 * be the next worker MUST end too. `fault`: it broke a limit or a rule; another may be wanted soon.
 * `recall`: its turns stand in the way of others, for whom the next worker is wanted at once.
 */
export type WorkerKillReason = 'rest' | 'fault' | 'recall';

/** What comes into the kernel. */
export type VatInput =
  | BoxInput
  /** Our own contact record is asked for. */
  | { readonly type: 'contact'; readonly ticket: number }
  /** The operator asks for something. `control-reply` with this ticket answers it. */
  | { readonly type: 'control'; readonly ticket: number; readonly request: ControlRequest }
  /** The client of a control request went away: no reply is wanted. */
  | { readonly type: 'control-gone'; readonly ticket: number }
  /** The end of the attempt that `post` or `fetch-contact` began. */
  | { readonly type: 'posted'; readonly attempt: number; readonly result: PostResult }
  /** One frame's payload from the worker. */
  | { readonly type: 'worker-frame'; readonly worker: number; readonly payload: Uint8Array }
  | { readonly type: 'worker-exit'; readonly worker: number; readonly end: WorkerEnd }
  /** Time has passed: deadlines and delays are looked at. */
  | { readonly type: 'tick' }
  /** No new turn begins; `stopped` follows when those in flight are done and committed. */
  | { readonly type: 'stop' };

/** What an attempt to reach a peer came to. */
export type PostResult =
  | { readonly ok: true; readonly bytes: Uint8Array }
  /** `reason` is a short text for people; it never holds a body. */
  | { readonly ok: false; readonly reason: string };

/** What goes out of the kernel. Everything that depends on a commit is emitted after it. */
export type VatOutput =
  | Reply
  | { readonly type: 'control-reply'; readonly ticket: number; readonly reply: ControlReply }
  /** POST `bytes` to `{url}/qrt/1/vat/{peer}/box`. The end comes back as `posted`. */
  | {
      readonly type: 'post';
      readonly attempt: number;
      readonly peer: VatId;
      readonly url: string;
      readonly bytes: Uint8Array;
    }
  /** GET `{url}/qrt/1/vat/{peer}/contact`. The end comes back as `posted`. */
  | {
      readonly type: 'fetch-contact';
      readonly attempt: number;
      readonly peer: VatId;
      readonly url: string;
    }
  | { readonly type: 'worker-start'; readonly worker: number }
  | { readonly type: 'worker-frame'; readonly worker: number; readonly frame: KernelFrame }
  | { readonly type: 'worker-kill'; readonly worker: number; readonly reason: WorkerKillReason }
  /** Everything accepted is on disk and no turn is in flight: the process may end. */
  | { readonly type: 'stopped' }
  /** A line for the operator of the process (not the vat's log). Never holds a secret. */
  | { readonly type: 'note'; readonly level: 'info' | 'warn' | 'error'; readonly text: string };

/** Takes what goes out. MUST not call back into the kernel before the current input is done. */
export type Emit = (output: VatOutput) => void;

/**
 * A vat's kernel. Synchronous: an input is handled completely before `handle` returns. It throws
 * only when the store failed (QRT_DISK_FULL, QRT_STORE_*): the caller MUST then drop it, kill its
 * workers, and start a new one from the disk (full) or end the process (anything else).
 */
export interface Vat {
  handle(input: VatInput): void;
  /** To be called when no further input waits: commits what is due. */
  settle(): void;
  /** When `tick` is wanted next, on the monotonic clock; undefined when nothing is due. */
  wakeAtMs(): number | undefined;
  /**
   * The message that is tried alone while its end is not on disk. After QRT_DISK_FULL the next vat
   * MUST be told, so that the attempt does not count.
   */
  tried(): { readonly owner: number; readonly seq: number } | undefined;
}

/** How an operator names what it sends to and hands over: by QRID, or by an id of this vat. */
export type OperatorReference = Qrid | LocalId;

/** A JSON body in which places for references point into these. */
export interface OperatorData {
  readonly body: string;
  readonly slots: readonly OperatorReference[];
}

/** What an operator can ask of a vat. Requests with an `id` take effect once per id. */
export type ControlRequest =
  | { readonly type: 'ping' }
  | {
      readonly type: 'install';
      readonly id: string;
      /** For people: the file or shipped guest that it came from. */
      readonly name: string;
      /** Checked in a worker that ran no guest: the function's own text. */
      readonly code: { readonly text: string; readonly hash: string };
      readonly grants: readonly string[];
      readonly power: OperatorData;
      /** For people: what the QRID is for; empty when absent. */
      readonly label?: string;
    }
  | {
      readonly type: 'send';
      readonly id: string;
      readonly target: OperatorReference;
      readonly args: OperatorData;
      /** Reply only when the receiving vat has stored it; with `answer`, as to a `result` that waits. */
      readonly wait: boolean;
      /** The answer is wanted: `result` says what becomes of it. */
      readonly answer?: boolean;
      /** The id is new, and nobody asks for it again once it is answered, nor without an answer. */
      readonly brief?: boolean;
      /** The answer is rejected after so many milliseconds. */
      readonly deadlineMs?: number;
    }
  | AnswerRequest
  /** Every contact record that this vat holds, its own first. */
  | { readonly type: 'contacts' }
  /** Contact records on the operator's word. */
  | { readonly type: 'learn'; readonly records: readonly string[] }
  | { readonly type: 'status' }
  | { readonly type: 'log'; readonly after: number; readonly limit: number }
  /** The last turns of this life of the vat. */
  | { readonly type: 'turns'; readonly after: number; readonly limit: number }
  | KeepingRequest
  | SettleRequest;

/** What the kernel answers to an operator. `value` is plain JSON whose shape the request decides. */
export type ControlReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** Reply to `install`. */
export interface InstallReply {
  readonly qrid: string;
  /** The first digits of the QRID's hash, as `qrid-list` shows it. */
  readonly hash: string;
  readonly object: string;
  readonly code: string;
}

/** Reply to `send`. */
export interface SendReply {
  readonly id: string;
  /**
   * Where the message went: this vat's inbox or the outbox for a peer; nowhere, if its answer was
   * rejected at once.
   */
  readonly to: 'inbox' | 'outbox' | 'nowhere';
  readonly peer?: string;
  readonly petname?: string;
  /** The item's number in its lane, for the outbox. */
  readonly number?: number;
  /** Whether the receiving vat is known to have stored it. */
  readonly stored: boolean;
}

/** Reply to `learn`. */
export interface LearnReply {
  readonly learnt: number;
  readonly known: number;
  readonly refused: number;
}

/** Reply to `status`. Times are milliseconds since 1970, ages are milliseconds. */
export interface StatusReply {
  readonly vat: string;
  readonly urls: readonly string[];
  readonly inbox: { readonly rows: number; readonly bytes: number };
  readonly outbox: { readonly rows: number; readonly bytes: number };
  readonly promises: {
    readonly pending: number;
    /** Settled ones that somebody holds still. */
    readonly settled: number;
    /** Messages and continuations that wait for promises. */
    readonly waiting: { readonly rows: number; readonly bytes: number };
  };
  readonly contacts: BookCounts;
  readonly objects: number;
  readonly turns: number;
  readonly commits: number;
  readonly quarantined: number;
  readonly worker: 'none' | 'starting' | 'idle' | 'busy';
  readonly workersLost: number;
  readonly links: readonly LinkStatus[];
}

/** One link in `status`. */
export interface LinkStatus {
  readonly vat: string;
  /** What this vat's operator calls it. */
  readonly petname?: string;
  readonly state: LinkState;
  readonly reason?: string;
  readonly urls: readonly string[];
  readonly outbox: { readonly rows: number; readonly bytes: number };
  /** Age of the oldest item that awaits its receipt. */
  readonly oldestMs?: number;
  readonly lastError?: string;
  readonly busy?: string;
  readonly gaps: number;
  readonly refusals: number;
  readonly lastRefusal?: string;
  readonly sent: readonly [number, number];
  readonly receipted: readonly [number, number];
  readonly received: readonly [number, number];
}

/** One row of `log`. */
export interface LogRow {
  readonly seq: number;
  readonly timeMs: number;
  readonly level: 'log' | 'failure' | 'link';
  /** The object, or the peer's vat for `link`. */
  readonly source: string;
  /** What the operator calls the peer of a `link` line. */
  readonly petname?: string;
  readonly text: string;
}
