import ed2curve from 'ed2curve';
import fc from 'fast-check';
import nacl from 'tweetnacl';
import { describe, expect, it } from 'vitest';
import { makeVatId, parseKeyBytes } from '../../src/core/ids.ts';
import { systemEntropy } from '../../src/crypto/entropy.ts';
import { makeSealer } from '../../src/crypto/sealer.ts';
import type { Sealer } from '../../src/kernel/ports.ts';
import { isPicked, isThorough } from '../thorough.ts';

const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

function makeTestSealer(digit: number): Sealer {
  return makeSealer({ seed: new Uint8Array(32).fill(digit), entropy: systemEntropy });
}

const alice = makeTestSealer(1);
const bob = makeTestSealer(2);
const carol = makeTestSealer(3);

function sealForBob(plaintext: Uint8Array, counter = 7) {
  return { from: alice.vat, ...alice.seal({ to: bob.vat, counter, plaintext }) };
}

/** Ids whose points have order 1, 2, 4 and 8: nobody needs a secret to share a key with them. */
const SMALL_ORDER_IDS = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((hex) => makeVatId(bytes(hex)));

describe('sealer', () => {
  it('Q41: the vat id is the Ed25519 public key of the seed', () => {
    const { publicKey } = nacl.sign.keyPair.fromSeed(new Uint8Array(32).fill(1));
    expect(parseKeyBytes(alice.vat)).toEqual(publicKey);
    expect(alice.vat).not.toBe(bob.vat);
  });

  it('Q41: what one vat seals, the vat it is sealed for opens, at any length', () => {
    for (const length of [0, 1, 31, 32, 33, 65_536, 1_048_576]) {
      const plaintext = systemEntropy(length);
      const opened = bob.open(sealForBob(plaintext));
      expect(Buffer.compare(opened ?? text('nothing'), plaintext)).toBe(0);
    }
  });

  it('Q41: a box is NaCl’s: any NaCl opens it with the Curve25519 form of the ids', () => {
    const { nonce, boxed } = sealForBob(text('hello'));
    const secret = nacl.sign.keyPair.fromSeed(new Uint8Array(32).fill(2)).secretKey;
    const from = ed2curve.convertPublicKey(parseKeyBytes(alice.vat) as Uint8Array) as Uint8Array;
    const opened = nacl.box.open(boxed, nonce, from, ed2curve.convertSecretKey(secret));
    expect(opened).toEqual(text('hello'));
  });

  it('Q48: nobody but the receiver opens a box, and only with the sender’s id', () => {
    const box = sealForBob(text('secret'));
    expect(carol.open(box)).toBeUndefined();
    expect(bob.open({ ...box, from: carol.vat })).toBeUndefined();
    expect(bob.open({ ...box, from: bob.vat })).toBeUndefined();
    expect(bob.open(box)).toEqual(text('secret'));
  });

  it('Q48: a box with any bit of box or nonce flipped does not open', () => {
    const box = sealForBob(text('a message of some length'));
    const flip = (from: Uint8Array, bit: number) => {
      const changed = Uint8Array.from(from);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return changed;
    };
    for (let bit = 0; bit < box.boxed.length * 8; bit += 1) {
      expect(bob.open({ ...box, boxed: flip(box.boxed, bit) })).toBeUndefined();
    }
    for (let bit = 0; bit < box.nonce.length * 8; bit += 1) {
      expect(bob.open({ ...box, nonce: flip(box.nonce, bit) })).toBeUndefined();
    }
  });

  it('Q48: a box cut short or made longer, or with a nonce of another length, does not open', () => {
    const box = sealForBob(text('a message'));
    for (let length = 0; length < box.boxed.length; length += 1) {
      expect(bob.open({ ...box, boxed: box.boxed.subarray(0, length) })).toBeUndefined();
    }
    const longer = Uint8Array.from([...box.boxed, 0]);
    expect(bob.open({ ...box, boxed: longer })).toBeUndefined();
    for (const length of [0, 23, 25]) {
      expect(bob.open({ ...box, nonce: new Uint8Array(length) })).toBeUndefined();
    }
  });

  it('Q48: arbitrary bytes do not open and never throw', () => {
    const run = fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 40 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (boxed, nonce, key) => bob.open({ from: makeVatId(key), nonce, boxed }) === undefined,
    );
    fc.assert(run, { numRuns: 100 });
  });

  it('NaCl’s key is the same both ways: who sent to whom has to be repeated inside', () => {
    const reflected = { ...sealForBob(text('to bob')), from: bob.vat };
    expect(alice.open(reflected)).toEqual(text('to bob'));
  });

  it('an id that is no point is sealed for by nobody (QRT_VAT_UNSEALABLE) and opens nothing', () => {
    const box = sealForBob(text('x'));
    let notPoints = 0;
    for (let digit = 0; digit < 64; digit += 1) {
      const vat = makeVatId(new Uint8Array(32).fill(digit));
      if (ed2curve.convertPublicKey(new Uint8Array(32).fill(digit)) !== null) continue;
      notPoints += 1;
      expect(bob.open({ ...box, from: vat })).toBeUndefined();
      const seal = () => alice.seal({ to: vat, counter: 1, plaintext: text('x') });
      expect(seal).toThrow(expect.objectContaining({ code: 'QRT_VAT_UNSEALABLE' }));
    }
    expect(notPoints).toBeGreaterThan(10);
  });

  it('an id of small order is refused: its shared key is known to everyone', () => {
    const anybody = nacl.box.before(new Uint8Array(32), new Uint8Array(32).fill(9));
    for (const vat of SMALL_ORDER_IDS) {
      const point = ed2curve.convertPublicKey(parseKeyBytes(vat) as Uint8Array);
      if (point) expect(nacl.box.before(point, systemEntropy(32))).toEqual(anybody);
      const seal = () => alice.seal({ to: vat, counter: 1, plaintext: text('x') });
      expect(seal).toThrow(expect.objectContaining({ code: 'QRT_VAT_UNSEALABLE' }));
      const nonce = new Uint8Array(24);
      const boxed = nacl.box.after(text('forged'), nonce, anybody);
      expect(alice.open({ from: vat, nonce, boxed })).toBeUndefined();
    }
  });
});

describe('nonce', () => {
  it('Q45: it ends with the counter as 8 bytes, big endian', () => {
    const nonceOf = (counter: number) => sealForBob(text(''), counter).nonce;
    const tail = (counter: number) => Buffer.from(nonceOf(counter).subarray(16)).toString('hex');
    expect(nonceOf(0).length).toBe(24);
    expect(tail(0)).toBe('0000000000000000');
    expect(tail(258)).toBe('0000000000000102');
    expect(tail(Number.MAX_SAFE_INTEGER)).toBe('001fffffffffffff');
  });

  it.runIf(isThorough || isPicked(3, 4))(
    'Q45: 100,000 boxes with one counter have 100,000 nonces',
    () => {
      const seen = new Set<string>();
      for (let turn = 0; turn < 100_000; turn += 1) {
        seen.add(Buffer.from(sealForBob(text(''), 1).nonce).toString('latin1'));
      }
      expect(seen.size).toBe(100_000);
    },
    30_000,
  );

  it('a counter that is no counter is our own fault (QRT_INVARIANT_BROKEN)', () => {
    for (const counter of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => sealForBob(text(''), counter)).toThrow(
        expect.objectContaining({ code: 'QRT_INVARIANT_BROKEN' }),
      );
    }
  });
});

describe('signature', () => {
  const record = text('qrt contact 1\n{"serial":1}');

  it('it holds for exactly its bytes and its vat', () => {
    const signature = alice.sign(record);
    expect(signature.length).toBe(64);
    expect(bob.verify({ vat: alice.vat, bytes: record, signature })).toBe(true);
    expect(bob.verify({ vat: bob.vat, bytes: record, signature })).toBe(false);
    expect(bob.verify({ vat: alice.vat, bytes: text('{"serial":1}'), signature })).toBe(false);
    const other = text('qrt receipt 1\n{"serial":1}');
    expect(bob.verify({ vat: alice.vat, bytes: other, signature })).toBe(false);
  });

  it('of another length, or with a bit flipped, it holds for nothing', () => {
    const signature = alice.sign(record);
    for (const length of [0, 63, 65]) {
      const cut = Uint8Array.from({ length }, (_, index) => signature[index] ?? 0);
      expect(bob.verify({ vat: alice.vat, bytes: record, signature: cut })).toBe(false);
    }
    for (const index of [0, 31, 32, 63]) {
      const flipped = Uint8Array.from(signature);
      flipped[index] = (flipped[index] ?? 0) ^ 1;
      expect(bob.verify({ vat: alice.vat, bytes: record, signature: flipped })).toBe(false);
    }
  });

  it('of an id of small order it never holds: anyone could have made it', () => {
    // R = identity, S = 0: valid for every message where the key is the identity.
    const signature = Uint8Array.from([1, ...new Uint8Array(63)]);
    const identity = bytes(`01${'00'.repeat(31)}`);
    expect(nacl.sign.detached.verify(record, signature, identity)).toBe(true);
    for (const vat of SMALL_ORDER_IDS) {
      expect(bob.verify({ vat, bytes: record, signature })).toBe(false);
    }
  });

  it('the key of a peer is computed once, also when nothing under its name opens', () => {
    const cpuOf = (isPeer: boolean): number => {
      const own = makeTestSealer(9);
      const box = { from: alice.vat, nonce: new Uint8Array(24), boxed: new Uint8Array(16), isPeer };
      const before = process.cpuUsage();
      for (let n = 0; n < 100; n += 1) expect(own.open(box)).toBeUndefined();
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const [peer, stranger] = [cpuOf(true), cpuOf(false)];
    expect(stranger).toBeGreaterThan(5 * peer);
  });
});
