// The test vectors of the wire: what this code makes is what the files hold, and it reads them so.
//
// `QRT_WRITE_VECTORS=1 npx vitest run test/vectors` writes them anew.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseContact } from '../../src/core/contact.ts';
import { parseQrid, type VatId } from '../../src/core/ids.ts';
import { encodeItem, parseItem } from '../../src/core/item.ts';
import { extendTail } from '../../src/core/lanes.ts';
import { encodeStatement, parseStatement } from '../../src/core/statement.ts';
import { parseBox, parseEnvelope, parseReceipt } from '../../src/core/wire.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { makeSealer } from '../../src/crypto/sealer.ts';
import { makeVectors } from './make-vectors.ts';

interface Case {
  readonly name: string;
  readonly bytes: string;
  readonly plaintext: string;
  readonly record: string;
}
interface Cases {
  readonly valid: readonly Case[];
  readonly invalid: readonly Case[];
}

const pathOf = (name: string): string => join(import.meta.dirname, `${name}.json`);
const isWriting = process.env['QRT_WRITE_VECTORS'] === '1';
const made = makeVectors();
if (isWriting) {
  for (const [name, value] of Object.entries(made)) {
    writeFileSync(pathOf(name), `${JSON.stringify(value, null, 2)}\n`);
  }
}
const read = <T>(name: string): T => JSON.parse(readFileSync(pathOf(name), 'utf8')) as T;
const bytesOf = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
const textBytes = (text: string): Uint8Array => Buffer.from(text);

const keys = read<{ parties: { name: string; seed: string; vat: VatId }[] }>('keys');
const [alice, bob] = keys.parties.map(({ seed }) =>
  makeSealer({ seed: bytesOf(seed), entropy: (count) => new Uint8Array(count) }),
);

describe('vectors', () => {
  it.each(Object.keys(made))('%s.json is what this code makes', (name) => {
    expect(read(name)).toEqual(JSON.parse(JSON.stringify(made[name])));
  });

  it('statements are read and written so, and nothing else is one', () => {
    const { valid, invalid } = read<Cases>('statements');
    for (const { name, plaintext } of valid) {
      const statement = parseStatement(textBytes(plaintext));
      expect(statement, name).toBeDefined();
      expect(Buffer.from(encodeStatement(statement!)).toString(), name).toBe(plaintext);
    }
    for (const { name, plaintext } of invalid) {
      expect(parseStatement(textBytes(plaintext)), name).toBeUndefined();
    }
  });

  it('items are read and written so', () => {
    const { valid, invalid } = read<Cases & { valid: { item: unknown }[] }>('items');
    for (const { name, bytes, item } of valid) {
      const parsed = parseItem(textBytes(bytes));
      expect(parsed, name).toEqual(item);
      if (parsed.kind === 'malformed') throw new Error(name);
      expect(Buffer.from(encodeItem(parsed)).toString(), name).toBe(bytes);
    }
    for (const { name, bytes } of invalid) {
      expect(parseItem(textBytes(bytes)).kind, name).toBe('malformed');
    }
  });

  it('tails follow from one another', () => {
    for (const { before, number, item, after } of read<
      { before: string; number: number; item: string; after: string }[]
    >('tails')) {
      const tail = extendTail(sha256, { tail: bytesOf(before), number, item: textBytes(item) });
      expect(Buffer.from(tail).toString('hex')).toBe(after);
    }
  });

  it('boxes and receipts are read so, and nothing else is', () => {
    for (const [file, parse] of [
      ['boxes', parseBox],
      ['receipts', parseReceipt],
    ] as const) {
      const { valid, invalid } = read<Cases>(file);
      for (const { name, plaintext } of valid)
        expect(parse(textBytes(plaintext)), name).toBeDefined();
      for (const { name, plaintext } of invalid) {
        expect(parse(textBytes(plaintext)), name).toBeUndefined();
      }
    }
  });

  it('envelopes open for their receiver, and no other does', () => {
    const { valid, invalid } = read<Cases & { valid: { nonce: string }[] }>('envelopes');
    const open = (sealer: typeof bob, bytes: Uint8Array): string | undefined => {
      const envelope = parseEnvelope(bytes);
      const plaintext = envelope && sealer!.open(envelope);
      const box = plaintext && parseBox(plaintext);
      const isRight = box && box.from === envelope?.from && box.to === envelope.to;
      return isRight ? Buffer.from(plaintext).toString() : undefined;
    };
    for (const { name, bytes, plaintext, nonce } of valid) {
      expect(open(bob, bytesOf(bytes)), name).toBe(plaintext);
      expect(Buffer.from(parseEnvelope(bytesOf(bytes))!.nonce).toString('hex')).toBe(nonce);
    }
    for (const { name, bytes } of invalid) {
      expect(open(bob, bytesOf(bytes)), name).toBeUndefined();
      expect(open(alice, bytesOf(bytes)), name).toBeUndefined();
    }
  });

  it('contact records are read and verified so', () => {
    const { valid, unsigned, invalid } = read<Cases & { unsigned: Case[] }>('contacts');
    const isSigned = (record: string): boolean => {
      const { contact, signed, signature } = parseContact(record);
      return bob!.verify({ vat: contact.vat, bytes: signed, signature });
    };
    for (const { name, record } of valid) expect(isSigned(record), name).toBe(true);
    for (const { name, record } of unsigned) expect(isSigned(record), name).toBe(false);
    for (const { name, record } of invalid) {
      expect(() => parseContact(record), name).toThrow(
        expect.objectContaining({ code: 'QRT_CONTACT_INVALID' }),
      );
    }
  });

  it('QRIDs are read so, and a swissnum is looked up by the hash of its text', () => {
    const { valid, invalid } = read<{
      valid: Record<'swissnum' | 'hash' | 'qrid' | 'withHint' | 'withLongHint', string>[];
      invalid: string[];
    }>('swissnums');
    for (const { swissnum, hash, qrid, withHint, withLongHint } of valid) {
      expect(parseQrid(qrid)).toMatchObject({ swissnum });
      expect(parseQrid(withHint)).toMatchObject({ swissnum, hint: 'http://127.0.0.1:8000' });
      const hint = 'https://[2001:db8::1]:8000/a';
      expect(parseQrid(withLongHint)).toMatchObject({ swissnum, hint });
      expect(Buffer.from(sha256(textBytes(swissnum))).toString('hex')).toBe(hash);
    }
    for (const text of invalid) {
      expect(() => parseQrid(text), text).toThrow(
        expect.objectContaining({ code: 'QRT_QRID_MALFORMED' }),
      );
    }
  });
});
