// Attacker: one who may seal and knows where its lanes are; what it says is for a target to choose.

import { formatContact } from '../../src/core/contact.ts';
import { encodeEnvelope } from '../../src/core/wire.ts';
import { makeSealer } from '../../src/crypto/sealer.ts';
import type { Scene } from './scene.ts';
import type { Random } from './target.ts';

export interface Attacker {
  readonly sealer: ReturnType<typeof makeSealer>;
  readonly record: string;
  readonly lanes: [Lane, Lane];
  isLinked: boolean;
}

interface Lane {
  next: number;
  tail: Uint8Array;
}

/** A new one, whom nobody knows. */
export function makeAttacker(random: Random): Attacker {
  const entropy = (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => random() * 256);
  const sealer = makeSealer({ seed: entropy(32), entropy });
  const content = { vat: sealer.vat, urls: ['http://127.0.0.1:9'], serial: 1, kinds: ['message'] };
  const record = formatContact(content, (bytes) => sealer.sign(bytes));
  const lane = (): Lane => ({ next: 1, tail: new Uint8Array(32) });
  return { sealer, record, lanes: [lane(), lane()], isLinked: false };
}

/** Seals a text for the vat and delivers it; the body of the reply, and the nonce that it answers. */
export function post(scene: Scene, { sealer }: Attacker, plaintext: Buffer) {
  const sealed = sealer.seal({ to: scene.vat.id, counter: 0, plaintext });
  const bytes = encodeEnvelope({ from: sealer.vat, to: scene.vat.id, ...sealed });
  return { reply: scene.deliver(bytes), nonce: sealed.nonce };
}
