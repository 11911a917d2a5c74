// Peer names: what a peer may be called, and whom an operator means.

import { describe, expect, it } from 'vitest';
import { findPeers, isPetname, isSamePetname } from '../../src/core/peer-name.ts';

const ids = ['bobsvat', 'bobsother', '-dashes'].map((start) => start.padEnd(43, 'A'));
const [bobs, other, dashes] = ids as [string, string, string];
const peers = [
  { vat: bobs, petname: 'alice' },
  { vat: other },
  { vat: dashes, petname: 'bobsvat' },
];

describe('petname', () => {
  it.each(['a', '7', 'Bob', 'bob.home', 'x_1-2', 'a'.repeat(42), 'a'.repeat(63)])('%s', (text) => {
    expect(isPetname(text)).toBe(true);
  });

  it.each([
    ['empty', ''],
    ['too long', 'a'.repeat(64)],
    ['as long as a vat id', 'a'.repeat(43)],
    ['beginning with a dash', '-bob'],
    ['beginning with a dot', '.bob'],
    ['with a space', 'bob smith'],
    ['with a letter that looks like another', 'bоb'],
    ['with a line break', 'bob\n'],
  ])('%s is none', (_name, text) => {
    expect(isPetname(text)).toBe(false);
  });

  it('is alike in other capitals', () => {
    expect(isSamePetname('Bob', 'bOB')).toBe(true);
    expect(isSamePetname('bob', 'bob1')).toBe(false);
  });
});

describe('peer', () => {
  it('a petname wins over a vat id that was made to begin with it', () => {
    expect(findPeers('bobsvat', peers)).toEqual([peers[2]]);
    expect(findPeers('alice', peers)).toEqual([peers[0]]);
    expect(findPeers('BobsVat', peers)).toEqual([peers[2]]);
    expect(findPeers('Alice', peers)).toEqual([peers[0]]);
  });

  it('is found by its vat id, or by its beginning where that fits one only', () => {
    expect(findPeers(bobs, peers)).toEqual([peers[0]]);
    expect(findPeers('bobsvatA', peers)).toEqual([peers[0]]);
    expect(findPeers('bobsot', peers)).toEqual([peers[1]]);
    expect(findPeers('-dashe', peers)).toEqual([peers[2]]);
    const alike = [{ vat: 'bobsvat1' }, { vat: 'bobsvat2' }];
    expect(findPeers('bobsva', alike)).toEqual(alike);
  });

  it('is none for fewer than 6 characters, other capitals of a vat id, or nothing', () => {
    for (const text of ['bobso', 'BOBSOT', '', 'nobody']) {
      expect(findPeers(text, peers), text).toEqual([]);
    }
  });
});
