// Attack bytes: what a stranger sends to the port of a vat, one kind for each way to attack it.

import { randomBytes } from 'node:crypto';

export interface AttackTarget {
  /** Of boxes. */
  readonly path: string;
  /** A box that a peer sent before. */
  readonly envelope: Uint8Array;
}

/** Attacks that say something at once and get a reply, or an end. */
export const QUICK_ATTACKS = ['strangers', 'forged', 'replayed', 'oversize'] as const;
/** Attacks that hold a connection, by what they leave out. */
export const SLOW_ATTACKS = ['slow-headers', 'slow-bodies', 'half-open', 'connections'] as const;
/** One of them. */
export type Attack = (typeof QUICK_ATTACKS)[number] | (typeof SLOW_ATTACKS)[number];

/** Whether it holds its connection. */
export const isSlow = (attack: Attack): boolean =>
  (SLOW_ATTACKS as readonly Attack[]).includes(attack);

/** What is said on a connection, each time anew. */
export function attackBytes(attack: Attack, { path, envelope }: AttackTarget): Uint8Array {
  const box = (body: Uint8Array, length = body.length): Buffer =>
    Buffer.concat([
      Buffer.from(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n` +
          `Content-Length: ${length}\r\n\r\n`,
      ),
      body,
    ]);
  switch (attack) {
    case 'strangers':
      return box(Buffer.concat([envelope.subarray(0, 1), randomBytes(32), envelope.subarray(33)]));
    case 'forged':
      return box(Buffer.concat([envelope.subarray(0, 65), randomBytes(200)]));
    case 'replayed':
      return box(envelope);
    case 'oversize':
      return box(new Uint8Array(10), 100_000_000);
    case 'slow-headers':
      return Buffer.from(`POST ${path} HTTP/1.1\r\nHost: x\r\n`);
    case 'slow-bodies':
      return box(new Uint8Array(10), 1_000_000);
    case 'half-open':
    case 'connections':
      return new Uint8Array(0);
  }
}
