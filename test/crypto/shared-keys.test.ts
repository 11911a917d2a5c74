import { describe, expect, it } from 'vitest';
import type { VatId } from '../../src/core/ids.ts';
import { systemEntropy } from '../../src/crypto/entropy.ts';
import { makeSealer } from '../../src/crypto/sealer.ts';
import { makeSharedKeys } from '../../src/crypto/shared-keys.ts';

const boxSecret = systemEntropy(32);
const newVat = (): VatId => makeSealer({ seed: systemEntropy(32), entropy: systemEntropy }).vat;

describe('shared keys', () => {
  it('one that is not kept is computed again, one that is kept is not', () => {
    const keys = makeSharedKeys({ boxSecret, keysMax: 2 });
    const vat = newVat();
    const first = keys.find(vat) as Uint8Array;
    expect(keys.find(vat)).toEqual(first);
    expect(keys.find(vat)).not.toBe(first);
    keys.keep(vat, first);
    expect(keys.find(vat)).toBe(first);
  });

  it('at most keysMax are kept, and the one not used for longest goes first', () => {
    const keys = makeSharedKeys({ boxSecret, keysMax: 2 });
    const use = (vat: VatId): Uint8Array => {
      const key = keys.find(vat) as Uint8Array;
      keys.keep(vat, key);
      return key;
    };
    const [one, two, three] = [newVat(), newVat(), newVat()];
    const oneKey = use(one);
    const twoKey = use(two);
    use(one);
    expect(keys.find(two)).toBe(twoKey);
    use(three);
    expect(keys.find(one)).toBe(oneKey);
    expect(keys.find(two)).not.toBe(twoKey);
  });
});
