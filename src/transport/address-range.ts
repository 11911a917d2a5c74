// Address range: what kind of address that is no public one an IP address is.
//
// Peers say where they are, and a node that believed them would knock for them at doors that only
// it can reach: services of its own machine, routers, the metadata of its cloud.

import { BlockList, isIP } from 'node:net';

/** The host of a URL: a name, or an address as `rangeOf` takes it, without the brackets of IPv6. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

/**
 * The range of an address that is not of the public internet, or undefined for a public one. IPv4
 * addresses within IPv6 ones count as what they lead to. What is no address at all is not public.
 */
export function rangeOf(address: string): string | undefined {
  switch (isIP(address)) {
    case 4:
      return find(address, IPV4);
    case 6:
      return rangeOfIpv6(address);
    default:
      return 'no address';
  }
}

interface Range {
  readonly name: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly list: BlockList;
}

const range = (family: Range['family'], name: string, ...nets: readonly string[]): Range => {
  const list = new BlockList();
  for (const net of nets) {
    const [first = '', bits] = net.split('/');
    list.addSubnet(first, Number(bits), family);
  }
  return { name, family, list };
};

const RESERVED = 'reserved';

/** The first that fits is what people are told. */
const IPV4: readonly Range[] = [
  range('ipv4', 'unspecified', '0.0.0.0/8'),
  range('ipv4', 'loopback', '127.0.0.0/8'),
  range('ipv4', 'private', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'),
  range('ipv4', 'shared by customers of a provider', '100.64.0.0/10'),
  range('ipv4', 'link-local', '169.254.0.0/16'),
  range('ipv4', 'for documentation', '192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'),
  range('ipv4', 'multicast', '224.0.0.0/4'),
  range('ipv4', 'broadcast', '255.255.255.255/32'),
  // Of protocols, relays of 6to4, benchmarks, and what was never given out.
  range('ipv4', RESERVED, '192.0.0.0/24', '192.88.99.0/24', '198.18.0.0/15', '240.0.0.0/4'),
];

const IPV6: readonly Range[] = [
  range('ipv6', 'unspecified', '::/128'),
  range('ipv6', 'loopback', '::1/128'),
  range('ipv6', 'link-local', 'fe80::/10'),
  range('ipv6', 'site-local', 'fec0::/10'),
  range('ipv6', 'unique-local', 'fc00::/7'),
  range('ipv6', 'multicast', 'ff00::/8'),
  range('ipv6', 'for documentation', '2001:db8::/32', '3fff::/20'),
  // Of protocols; Teredo is one of them.
  range('ipv6', RESERVED, '2001::/23'),
];

/** All others are reserved, but for those that lead to an IPv4 address. */
const GLOBAL = range('ipv6', 'global', '2000::/3');

function rangeOfIpv6(address: string): string | undefined {
  // A zone says on which interface, not where to.
  const [bare = ''] = address.split('%');
  const { ipv4, isOnly } = findIpv4(wordsOf(bare));
  const own = find(bare, IPV6);
  if (own !== undefined && own !== RESERVED) return own;
  const within = ipv4.map((each) => find(each, IPV4)).find((each) => each !== undefined);
  if (within !== undefined) return `${within}, as IPv4 within IPv6`;
  return isOnly || GLOBAL.list.check(bare, 'ipv6') ? own : RESERVED;
}

const find = (address: string, ranges: readonly Range[]): string | undefined =>
  ranges.find(({ family, list }) => list.check(address, family))?.name;

/** The eight 16-bit words of an IPv6 address. */
function wordsOf(address: string): readonly number[] {
  // The URL parser writes it in one way only, and without dots.
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const read = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const [first, last] = [read(head), read(tail)];
  return [...first, ...Array(8 - first.length - last.length).fill(0), ...last];
}

interface Embedded {
  readonly ipv4: readonly string[];
  /** Whether it leads nowhere else, and there as a matter of course. */
  readonly isOnly: boolean;
}

/** The IPv4 addresses to which an IPv6 one leads, if that is what it does. */
function findIpv4(words: readonly number[]): Embedded {
  const at = (index: number, mask = 0): string =>
    [words[index]! ^ mask, words[index + 1]! ^ mask]
      .flatMap((word) => [word >> 8, word & 0xff])
      .join('.');
  const starts = (...first: readonly number[]): boolean =>
    first.every((word, index) => words[index] === word);
  const isMapped = starts(0, 0, 0, 0, 0, 0xffff);
  const isNat64 = starts(0x64, 0xff9b, 0, 0, 0, 0);
  if (isMapped || isNat64) return { ipv4: [at(6)], isOnly: true };
  const isCompatible = starts(0, 0, 0, 0, 0, 0);
  if (isCompatible) return { ipv4: [at(6)], isOnly: false };
  const is6to4 = starts(0x2002);
  if (is6to4) return { ipv4: [at(1)], isOnly: false };
  // Its server, and its client, of which all bits are turned over.
  const isTeredo = starts(0x2001, 0);
  if (isTeredo) return { ipv4: [at(2), at(6, 0xffff)], isOnly: false };
  return { ipv4: [], isOnly: false };
}
