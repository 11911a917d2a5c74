import { describe, expect, it } from 'vitest';
import { makeClientAddresses, PROXY, parseRange } from '../../src/transport/client-address.ts';

type Headers = Readonly<Record<string, string>>;

function addressOf(remoteAddress: string, trusted: readonly string[] = [], headers: Headers = {}) {
  const socket = { remoteAddress } as never;
  return makeClientAddresses(trusted).ofRequest({ headers, socket });
}

const xff = (text: string): Headers => ({ 'x-forwarded-for': text });
const forwarded = (text: string): Headers => ({ forwarded: text });

describe('client address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:0DB8::1', '2001:db8:0:0::/64'],
    ['2001:db8::1:2:3', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:192.0.2.7', '1:2:3:4::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s counts as %s', (remote, group) => {
    expect(addressOf(remote)).toBe(group);
  });

  it('a header of whoever is no trusted proxy is never believed', () => {
    expect(addressOf('192.0.2.7', [], xff('198.51.100.1'))).toBe('192.0.2.7');
    expect(addressOf('192.0.2.7', ['192.0.2.8'], xff('198.51.100.1'))).toBe('192.0.2.7');
    expect(addressOf('192.0.2.7', ['192.0.2.8'], forwarded('for=198.51.100.1'))).toBe('192.0.2.7');
  });

  const PROXIES = ['127.0.0.0/8', '10.1.0.0/16', '2001:db8:ffff::/48'];
  it.each([
    ['198.51.100.1', '198.51.100.1'],
    ['203.0.113.9, 198.51.100.1', '198.51.100.1'],
    ['203.0.113.9,198.51.100.1, 10.1.2.3', '198.51.100.1'],
    ['198.51.100.1:4711', '198.51.100.1'],
    ['[2001:db8:1:2:3::4]:4711', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:3::4', '2001:db8:1:2::/64'],
    ['::ffff:198.51.100.1', '198.51.100.1'],
    ['10.1.2.3', '127.0.0.1'],
    ['', '127.0.0.1'],
    ['unknown', '127.0.0.1'],
    ['198.51.100.1, nobody', '127.0.0.1'],
    ['nobody, 198.51.100.1', '127.0.0.1'],
    ['198.51.100.1,', '127.0.0.1'],
    ['198.51.100.1 203.0.113.9', '127.0.0.1'],
    ['198.51.100.256', '127.0.0.1'],
    ['[198.51.100.1]', '127.0.0.1'],
  ])('X-Forwarded-For: %s of a trusted proxy counts as %s', (text, group) => {
    expect(addressOf('127.0.0.1', PROXIES, xff(text))).toBe(group);
    expect(addressOf('::ffff:127.0.0.1', PROXIES, xff(text))).toBe(group);
  });

  it.each([
    ['for=198.51.100.1', '198.51.100.1'],
    ['For="198.51.100.1:80";proto=http;by=10.1.0.1', '198.51.100.1'],
    ['for=203.0.113.9, for="[2001:db8:1:2:3::4]:1"', '2001:db8:1:2::/64'],
    ['for=203.0.113.9;proto=https, for=10.1.2.3', '203.0.113.9'],
    ['for=unknown', '127.0.0.1'],
    ['for=_hidden', '127.0.0.1'],
    ['by=10.1.0.1', '127.0.0.1'],
    ['for=198.51.100.1;for=203.0.113.9', '127.0.0.1'],
    ['for="198.51.100.1', '127.0.0.1'],
  ])('Forwarded: %s of a trusted proxy counts as %s', (text, group) => {
    expect(addressOf('127.0.0.1', PROXIES, forwarded(text))).toBe(group);
  });

  it('both headers at once count as the proxy: one of them is what a client wrote', () => {
    const both = { ...xff('198.51.100.1'), ...forwarded('for=203.0.113.9') };
    expect(addressOf('127.0.0.1', PROXIES, both)).toBe('127.0.0.1');
  });

  it('connections of trusted proxies count apart from all others', () => {
    const { ofConnection } = makeClientAddresses(PROXIES);
    expect(ofConnection({ remoteAddress: '10.1.2.3' })).toBe(PROXY);
    expect(ofConnection({ remoteAddress: '10.2.2.3' })).toBe('10.2.2.3');
    expect(ofConnection({ remoteAddress: undefined } as never)).toBe('');
  });

  it.each([
    ['192.0.2.1', '192.0.2.1', 32],
    ['192.0.2.0/24', '192.0.2.0', 24],
    ['::1', '::1', 128],
    ['2001:db8::/0', '2001:db8::', 0],
  ])('%s is a range', (text, address, prefix) => {
    expect(parseRange(text)).toEqual({ address, prefix });
  });

  it.each([
    '',
    '192.0.2',
    '192.0.2.0/33',
    '::/129',
    '::/',
    '::/-1',
    '::/08',
    'a.example',
    '::/1/2',
  ])('%s is no range', (text) => {
    expect(parseRange(text)).toBeUndefined();
  });
});
