// Test vat: what a test can do with a vat, and what it sees of it.
//
// The kernel, the database, the worker process and the keys behind it are those of a node. Only
// two things are missing: a way to other vats, and time, which stands still until the test moves it.

import type { LiveInstall } from '../node/live-input.ts';
import type { OutsideReference, TestObject, TestReference } from './test-reference.ts';

/** Where an object's code comes from, and what the object is given. */
export type TestInstall = LiveInstall;

/** Why a turn did not count. */
export interface TestFailure {
  /** The name of the error: `TypeError`, or `QrtError` for one of qrt's own. */
  readonly name: string;
  readonly message: string;
  /** The QRT_ code of one of qrt's own errors. */
  readonly code?: string;
}

/** A message that a turn sent, or that waits somewhere. */
export interface TestMessage {
  readonly target: TestReference;
  /** Data as it was sent; references in it are those of this test vat. */
  readonly args: unknown;
}

/**
 * What became of one message.
 *
 * `done`: everything that the turn did counts. `failed`: the object threw, or what it did was not
 * possible; nothing of it counts. `quarantined`: it broke a limit (CPU, heap) each time it was
 * tried, and was taken out. `interrupted`: the vat was restarted while it ran; its message waits
 * as before.
 */
export interface TurnResult {
  readonly target: TestObject;
  readonly args: unknown;
  readonly status: 'done' | 'failed' | 'quarantined' | 'interrupted';
  /** There when the status is `failed` or `quarantined`. */
  readonly failure?: TestFailure;
  /** In the order in which they were sent. */
  readonly sends: readonly TestMessage[];
  /** The lines that the turn logged. */
  readonly logs: readonly string[];
  /** The objects that the turn made, in that order. */
  readonly made: readonly TestObject[];
}

/** A message that awaits its delivery to an object of another vat. */
export interface OutboxEntry {
  /** The name that was given to `outside`. */
  readonly to: string;
  readonly args: unknown;
}

/** A line of the vat's log, as `qrt log` shows it. */
export interface LogLine {
  /** `log` is an object's own line, `failure` a turn that did not count. */
  readonly level: 'log' | 'failure' | 'link';
  /** The object; undefined for lines about other vats. */
  readonly source: TestObject | undefined;
  readonly text: string;
}

/** An object that keeps what it is sent, for the test to look at. */
export interface Sink extends TestObject {
  /** The args of all messages whose turn is over, in that order. */
  received<Args = unknown>(): Promise<readonly Args[]>;
}

/** How long a test's own message may wait for its answer. */
export interface SendOptions {
  /** Whole milliseconds of the test's clock, which `advance` moves. */
  readonly deadlineMs?: number;
}

/** What became of an answer. */
export type AnswerEnd = { readonly value: unknown } | { readonly error: TestFailure };

/** The answer to a message of the test. */
export interface TestAnswer {
  /** What it has become so far; undefined while it is pending. */
  end(): Promise<AnswerEnd | undefined>;
}

/** How a test vat is made. */
export interface TestVatOptions {
  /** Limits that are not the default, as in a node's `config.json`: `{ inboxRows: 100 }`. */
  readonly limits?: Readonly<Record<string, number>>;
}

/** Bounds of one `run`. */
export interface RunOptions {
  /** How many turns it may take; 10,000 without. */
  readonly turnsMax?: number;
}

/**
 * A vat of its own for a test. What changes it is done in the order of the calls, also when they
 * are not awaited. Throws QRT_TESTVAT_CLOSED after `close`.
 */
export interface TestVat {
  /**
   * Makes an object, as `qrt install` does. Rejects with QRT_CODE_REFUSED (line, column, reason),
   * QRT_CODE_MISSING, QRT_GRANT_UNKNOWN, QRT_ARGUMENT_INVALID, and QRT_DATA_UNCARRIED for a power
   * that is not plain data and references.
   */
  install(what: TestInstall): Promise<TestObject>;
  /** Makes an object that keeps what it is sent. */
  sink(): Promise<Sink>;
  /** A reference to an object of another vat, which is never reached; the same for the same name. */
  outside(name: string): OutsideReference;
  /**
   * Queues a message, as `qrt send` does; its turn comes with `step` or `run`. Rejects with
   * QRT_DATA_UNCARRIED and the path of what is not plain data, and QRT_REFERENCE_FOREIGN for an
   * object of another test vat.
   */
  send(target: TestReference, args?: unknown): Promise<void>;
  /** Queues a message like `send`; what is returned says what became of its answer. */
  ask(target: TestReference, args?: unknown, options?: SendOptions): Promise<TestAnswer>;
  /**
   * Queues a message, runs turns until no message waits, as `run` does, and returns what it was
   * answered. Rejects with a Rejection (name, message, code) when that is an error, and with
   * QRT_TESTVAT_PENDING when there is none yet.
   */
  answer<Value = unknown>(
    target: TestReference,
    args?: unknown,
    options?: SendOptions,
  ): Promise<Value>;
  /**
   * Moves the clock by so many whole milliseconds: deadlines that are over by then end their
   * promises. What continues after that comes with `step` or `run`.
   */
  advance(ms: number): Promise<void>;
  /** Ends an object, as `qrt delete` does: what is sent to it then is rejected. */
  delete(object: TestObject): Promise<void>;
  /** Runs exactly one turn, with the next message that waits; undefined when none does. */
  step(): Promise<TurnResult | undefined>;
  /** Runs turns until no message waits. Rejects with QRT_TESTVAT_RESTLESS after `turnsMax`. */
  run(options?: RunOptions): Promise<readonly TurnResult[]>;
  /** A copy of what is in an object's memory; undefined when it was made without one. */
  memory<Memory = unknown>(object: TestObject): Promise<Memory>;
  /** Messages that wait for their turn, in the order in which they came. */
  inbox(): readonly TestMessage[];
  /** Messages for objects of other vats, in the order in which they were sent. */
  outbox(): readonly OutboxEntry[];
  log(): readonly LogLine[];
  /**
   * As after `kill -9`: at once, also while a turn runs. All that is not in the database is
   * forgotten, the worker is killed, and the vat is read again.
   */
  restart(): Promise<void>;
  /** Kills the worker and lets go of everything. A test that forgets it ends all the same. */
  close(): Promise<void>;
}
