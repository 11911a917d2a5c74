import { describe, expect, it } from 'vitest';
import { rangeOf } from '../../src/transport/address-range.ts';

const within = (range: string): string => `${range}, as IPv4 within IPv6`;

/** First and last of each net, its neighbours, and IPv4 within IPv6. */
const RANGES: readonly [range: string | undefined, ...addresses: string[]][] = [
  ['unspecified', '0.0.0.0', '0.255.255.255', '::', '0:0:0:0:0:0:0:0', '::0.0.0.0'],
  ['loopback', '127.0.0.0', '127.255.255.255', '::1', '0:0::0:1', '::0.0.0.1'],
  ['private', '10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.255.255'],
  ['shared by customers of a provider', '100.64.0.0', '100.127.255.255'],
  ['link-local', '169.254.0.0', '169.254.255.255', 'fe80::', 'febf:ffff::1', 'FE80::1%eth0'],
  ['site-local', 'fec0::', 'feff:ffff::1'],
  ['unique-local', 'fc00::', 'fdff:ffff::1', 'fd00::1%eth0'],
  ['multicast', '224.0.0.0', '239.255.255.255', 'ff00::', 'ff02::1', 'ffff::1'],
  ['broadcast', '255.255.255.255'],
  ['for documentation', '192.0.2.255', '198.51.100.0', '203.0.113.0', '2001:db8::', '3fff:fff::'],
  ['reserved', '192.0.0.0', '192.0.0.255', '192.88.99.255', '198.18.0.0', '240.0.0.0'],
  ['reserved', '2001:2::1', '2001:10::1', '2001:1ff::1', '100::1', '64:ff9b:1::808:808'],
  ['reserved', '::8.8.8.8', '::ffff:0:127.0.0.1', '4000::1', '1fff::1', 'fe00::1', '5f00::1'],
  [within('loopback'), '::ffff:127.0.0.1', '::ffff:7f00:1', '::FFFF:7F00:0001', '::127.0.0.1'],
  [within('loopback'), '0:0:0:0:0:ffff:127.0.0.1', '::ffff:127.0.0.1%lo', '64:ff9b::7f00:1'],
  [within('loopback'), '2002:7f00:1::', '2002:7f00:1:2:3:4:5:6', '64:ff9b::127.255.0.1'],
  [within('private'), '::ffff:10.1.2.3', '2002:c0a8:101::1', '64:ff9b::10.0.0.1', '::10.0.0.1'],
  [within('link-local'), '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe'],
  [within('unspecified'), '::ffff:0:0', '2002::1', '64:ff9b::'],
  [within('broadcast'), '::ffff:255.255.255.255'],
  // A tunnel's server, and its client with all bits turned over.
  ['reserved', '2001:0:808:808:0:0:f7f7:f7f7'],
  [within('loopback'), '2001:0:808:808:0:0:80ff:fffe', '2001:0:7f00:1:0:0:f7f7:f7f7'],
  ['no address', '', 'localhost', '127.1', '0177.0.0.1', '[::1]', '::1::', '1.2.3.4.5', '::1/128'],
  [undefined, '8.8.8.8', '1.1.1.1', '11.0.0.0', '9.255.255.255', '100.63.255.255', '100.128.0.0'],
  [undefined, '126.255.255.255', '128.0.0.0', '169.253.255.255', '169.255.0.0', '172.15.255.255'],
  [undefined, '172.32.0.0', '192.167.255.255', '192.169.0.0', '192.0.1.0', '192.0.3.0'],
  [undefined, '198.17.255.255', '198.20.0.0', '203.0.112.255', '223.255.255.255', '1.0.0.0'],
  [undefined, '2606:4700::1111', '2001:200::1', '2001:db7::1', '2001:db9::1', '3ffe::1'],
  [undefined, '::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2002:808:808::1'],
];

describe('address range', () => {
  it.each(RANGES.flatMap(([range, ...all]) => all.map((address) => [address, range] as const)))(
    '%s is %s',
    (address, range) => expect(rangeOf(address)).toBe(range),
  );

  it('a zone changes nothing', () => {
    for (const address of ['fe80::1', '::1', 'fd00::1', '::ffff:10.0.0.1', '2606:4700::1111']) {
      for (const zone of ['lo', 'eth0', '1']) {
        expect([address, rangeOf(`${address}%${zone}`)]).toEqual([address, rangeOf(address)]);
      }
    }
  });

  it('an IPv4 address is what it is within each IPv6 form that leads to it', () => {
    for (let first = 0; first < 256; first += 1) {
      for (const rest of [
        [0, 0, 1],
        [64, 0, 0],
        [168, 3, 4],
        [255, 255, 255],
      ] as const) {
        const bytes = [first, ...rest];
        const plain = bytes.join('.');
        const hex = Buffer.from(bytes)
          .toString('hex')
          .replace(/^(....)/, '$1:');
        const range = rangeOf(plain);
        const expected = range === undefined ? undefined : within(range);
        for (const six of [`::ffff:${plain}`, `64:ff9b::${hex}`, `2002:${hex}::1`]) {
          expect([six, rangeOf(six)]).toEqual([six, expected]);
        }
      }
    }
  });
});
