// Reference: how a program holds an object: it can send to it and hand it on.

/** How a message is sent. */
export interface SendOnlyOptions {
  /** Of your choice: the same message with the same id is sent once, however often it is asked. */
  readonly id?: string;
}

/** What a reference asks of its vat. */
export interface ReferenceVat {
  sendOnly(target: Reference, args: unknown, options: SendOnlyOptions): Promise<void>;
}

/**
 * An object of the vat, or of another one. Made by `install`, `vat.reference`, and found in answers.
 * It may stand anywhere in args and powers.
 */
export class Reference {
  readonly #vat: ReferenceVat;
  readonly #qrid: string;

  constructor(vat: ReferenceVat, qrid: string) {
    this.#vat = vat;
    this.#qrid = qrid;
    Object.freeze(this);
  }

  /** Sends a message for which no answer is wanted; resolves when it is on disk, in its queue. */
  sendOnly(args: unknown = null, options: SendOnlyOptions = {}): Promise<void> {
    return this.#vat.sendOnly(this, args, options);
  }

  /** Its QRID. Whoever reads it has the right to send, so keep it like a password. */
  qrid(): Promise<string> {
    return Promise.resolve(this.#qrid);
  }

  /** Holds no secret, so it may stand in logs. */
  toString(): string {
    return 'reference';
  }

  /** The QRID of a reference; undefined for any other value, whose code is never run. */
  static qridOf(value: unknown): string | undefined {
    return typeof value === 'object' && value !== null && #qrid in value ? value.#qrid : undefined;
  }
}
