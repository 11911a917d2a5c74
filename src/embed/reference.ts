// Reference: how a program holds an object: it can send to it and hand it on.

import type { LocalId } from '../core/ids.ts';

/** How a message is sent. */
export interface SendOnlyOptions {
  /** Of your choice: the same message with the same id is sent once, however often it is asked. */
  readonly id?: string;
}

/** How a message is sent whose answer is wanted. */
export interface SendOptions extends SendOnlyOptions {
  /** The answer is rejected with QRT_DEADLINE_PASSED after so many milliseconds. */
  readonly deadlineMs?: number;
}

/** What a reference stands for: an object by its QRID, or a thing of one vat by its id there. */
export type Designator = {
  readonly vat: ReferenceVat;
} & (
  | { readonly qrid: string; readonly id?: LocalId }
  | { readonly id: LocalId; readonly qrid?: never }
);

/** What a reference asks of its vat. */
export interface ReferenceVat {
  send(target: Reference, args: unknown, options: SendOptions): Promise<unknown>;
  sendOnly(target: Reference, args: unknown, options: SendOnlyOptions): Promise<void>;
  qrid(id: LocalId): Promise<string>;
}

/**
 * An object of the vat, or of another one. Made by `install`, `vat.reference`, and found in answers.
 * It may stand anywhere in args and powers.
 */
export class Reference {
  readonly #means: Designator;

  constructor(means: Designator) {
    this.#means = means;
    Object.freeze(this);
  }

  /**
   * Sends a message; resolves to what the object's function returned, with references in it, once
   * that is on disk. Rejects with a `Rejection` when it threw or the answer cannot come, with a
   * `QrtError` when the message was not sent, and with QRT_ANSWER_PENDING when the vat is closed.
   */
  send<Answer = unknown>(args: unknown = null, options: SendOptions = {}): Promise<Answer> {
    // What is in it is for the program to know.
    return this.#means.vat.send(this, args, options) as Promise<Answer>;
  }

  /** Sends a message for which no answer is wanted; resolves when it is on disk, in its queue. */
  sendOnly(args: unknown = null, options: SendOnlyOptions = {}): Promise<void> {
    return this.#means.vat.sendOnly(this, args, options);
  }

  /**
   * Its QRID, by which other programs and vats can get at it; for an object found in an answer a new
   * one is made. Whoever reads it has the right to send, so keep it like a password.
   */
  async qrid(): Promise<string> {
    const { vat, qrid, id } = this.#means;
    return qrid ?? (await vat.qrid(id));
  }

  /** Holds no secret, so it may stand in logs. */
  toString(): string {
    const { id } = this.#means;
    return id === undefined ? 'reference' : `reference ${id}`;
  }

  /** What a reference stands for; undefined for any other value, whose code is never run. */
  static read(value: unknown): Designator | undefined {
    return typeof value === 'object' && value !== null && #means in value
      ? value.#means
      : undefined;
  }
}
