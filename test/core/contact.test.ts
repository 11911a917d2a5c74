// Contact records: what is written is read, and anything else is refused by code.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Contact, formatContact, parseContact } from '../../src/core/contact.ts';
import { isQrtError } from '../../src/core/errors.ts';
import { makeVatId } from '../../src/core/ids.ts';
import { CONTACT_URLS_MAX, URL_BYTES_MAX } from '../../src/core/limits.ts';

const sign = (): Uint8Array => new Uint8Array(64).fill(7);
const contact: fc.Arbitrary<Contact> = fc.record({
  vat: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(makeVatId),
  urls: fc.array(
    fc.webUrl({ size: 'small' }).filter((url) => /^https?:\/\/[A-Za-z0-9.:/_@-]+$/.test(url)),
    { maxLength: CONTACT_URLS_MAX },
  ),
  serial: fc.maxSafeNat(),
  kinds: fc.array(fc.string({ maxLength: 10 }), { maxLength: 5 }),
});

/** What is not read MUST be refused with the one code. */
function readOrRefused(text: string): void {
  try {
    parseContact(text);
  } catch (error) {
    if (!isQrtError(error, 'QRT_CONTACT_INVALID')) throw error;
  }
}

describe('contact record', () => {
  it('what is written is read, with the very bytes that were signed', () => {
    fc.assert(
      fc.property(contact, (value) => {
        let signed: Uint8Array | undefined;
        const text = formatContact(value, (bytes) => {
          signed = bytes;
          return sign();
        });
        const read = parseContact(text);
        expect(read.contact).toEqual(value);
        expect(Buffer.from(read.signed)).toEqual(Buffer.from(signed!));
        expect(Buffer.from(read.signature)).toEqual(Buffer.from(sign()));
      }),
    );
  });

  it('with any character changed or missing it is read or QRT_CONTACT_INVALID', () => {
    fc.assert(
      fc.property(contact, fc.nat(126), (value, character) => {
        const text = formatContact(value, sign);
        for (let at = 0; at < text.length; at += 1) {
          readOrRefused(text.slice(0, at));
          readOrRefused(text.slice(0, at) + String.fromCharCode(character) + text.slice(at + 1));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('any text and any JSON is read or QRT_CONTACT_INVALID', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        readOrRefused(text);
        readOrRefused(JSON.stringify({ record: text, signature: 'A'.repeat(86) }));
      }),
    );
  });

  const base: Contact = { vat: makeVatId(new Uint8Array(32)), urls: [], serial: 1, kinds: [] };
  const isRead = (value: Contact): boolean => {
    try {
      return parseContact(formatContact(value, sign)).contact !== undefined;
    } catch (error) {
      if (isQrtError(error, 'QRT_CONTACT_INVALID')) return false;
      throw error;
    }
  };

  it(`${CONTACT_URLS_MAX} URLs of ${URL_BYTES_MAX / 2} bytes are read, one URL more is not`, () => {
    const url = `http://h/${'a'.repeat(URL_BYTES_MAX / 2 - 9)}`;
    expect(isRead({ ...base, urls: Array(CONTACT_URLS_MAX).fill(url) })).toBe(true);
    expect(isRead({ ...base, urls: Array(CONTACT_URLS_MAX + 1).fill('http://h/') })).toBe(false);
  });

  it(`a URL of ${URL_BYTES_MAX} bytes is read, a longer one is not`, () => {
    const urls = (length: number): string[] => [`http://h/${'a'.repeat(length - 9)}`];
    expect(isRead({ ...base, urls: urls(URL_BYTES_MAX) })).toBe(true);
    expect(isRead({ ...base, urls: urls(URL_BYTES_MAX + 1) })).toBe(false);
  });

  it('a URL with a user, a query, a fragment or another scheme is refused', () => {
    for (const url of ['ftp://h/', 'http://u@h/', 'http://h/?q', 'http://h/#f', 'http://']) {
      expect(isRead({ ...base, urls: [url] }), url).toBe(false);
    }
  });

  it('a serial is a whole number from 0', () => {
    for (const serial of [-1, 0.5, 2 ** 53]) expect(isRead({ ...base, serial })).toBe(false);
    expect(isRead({ ...base, serial: 0 })).toBe(true);
  });
});
