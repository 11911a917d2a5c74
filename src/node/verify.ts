// Verify: whether all of a node's files are as qrt left them, read from end to end.

import { parseContact } from '../core/contact.ts';
import { isQrtError, QrtError } from '../core/errors.ts';
import { sha256 } from '../crypto/hash.ts';
import type { Sealer } from '../kernel/ports.ts';
import { makeSaltedSwissnum } from '../kernel/qrids.ts';
import { type Verified, verifyStore } from '../store/verify.ts';
import type { Damage, Proofs } from '../store/verify-part.ts';
import { assertModes, openBaseDir } from './base-dir.ts';
import { readConfig } from './config.ts';
import { loadNodeSealer } from './node-vat.ts';

export interface VerifyNodeInput {
  readonly dir: string;
  readonly onDamage: (damage: Damage) => void;
  /** Called before each part, with how much of the whole is done, from 0 to 1. */
  readonly onPart?: (part: string, done: number) => void;
}

/**
 * Reads all of a node, running or stopped, and changes nothing. Throws QRT_STORE_CORRUPT when
 * something is damaged, after it was told, and what a key or configuration that cannot be used throws.
 */
export function verifyNode({ dir, onDamage, onPart }: VerifyNodeInput): Verified {
  process.umask(0o077);
  const base = openBaseDir(dir);
  assertModes(base);
  const config = readConfig(base.config);
  const sealer = loadNodeSealer({ base, config });
  const [path, proofs] = [base.database, makeProofs(sealer)];
  const found = verifyStore({ path, vat: sealer.vat, proofs, ...(onPart && { onPart }) });
  let count = 0;
  for (;;) {
    const { value, done } = found.next();
    if (done) {
      if (count === 0) return value;
      const reason = `${count} ${count === 1 ? 'problem was' : 'problems were'} found`;
      throw new QrtError('QRT_STORE_CORRUPT', { path, reason });
    }
    count += 1;
    onDamage(value);
  }
}

/** What only the key of a vat can tell of its rows. */
export function makeProofs(sealer: Sealer): Proofs {
  return {
    sha256,
    swissHash: (salt) => sha256(Buffer.from(makeSaltedSwissnum({ sealer, sha256 }, salt))),
    isContact({ vat, record, serial, urls }) {
      try {
        const { contact, signed, signature } = parseContact(record);
        const isSame = contact.vat === vat && contact.serial === serial;
        if (!isSame || JSON.stringify(contact.urls) !== urls) return false;
        return sealer.verify({ vat: contact.vat, bytes: signed, signature });
      } catch (error) {
        if (!isQrtError(error, 'QRT_CONTACT_INVALID')) throw error;
        return false;
      }
    },
  };
}
