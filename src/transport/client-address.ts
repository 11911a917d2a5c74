// Client address: who shares an allowance with whoever sent a request.
//
// An IPv4 address stands for itself, an IPv6 address for its /64, which one machine has all of.
// Behind a proxy that the operator trusts it is what that proxy says; nobody else is believed, and
// what can be read in two ways counts as the proxy's own.

import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';

export interface ClientAddresses {
  /** The allowance that a request counts in. */
  ofRequest(request: Pick<IncomingMessage, 'headers' | 'socket'>): string;
  /** The one that a connection counts in, `proxy` for those of trusted ones. */
  ofConnection(socket: Pick<Socket, 'remoteAddress'>): string;
}

/** Where all connections of trusted proxies count. */
export const PROXY = 'proxy';

/** An address, or one with a slash and the length of its prefix. */
export interface AddressRange {
  readonly address: string;
  readonly prefix: number;
}

/** Reads `192.0.2.1`, `192.0.2.0/24`, `::1` or `2001:db8::/32`; undefined when it is none. */
export function parseRange(text: string): AddressRange | undefined {
  const [address = '', length, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0 || address.includes('%')) return undefined;
  const most = version === 4 ? 32 : 128;
  if (length === undefined) return { address, prefix: most };
  if (!/^(?:0|[1-9]\d{0,2})$/.test(length) || Number(length) > most) return undefined;
  return { address, prefix: Number(length) };
}

/** Believes proxies at these addresses, which MUST be valid, and nobody else. */
export function makeClientAddresses(trusted: readonly string[]): ClientAddresses {
  const list = new BlockList();
  for (const text of trusted) {
    const range = parseRange(text);
    if (range) list.addSubnet(range.address, range.prefix, familyOf(range.address));
  }
  const isTrusted = (address: string): boolean =>
    trusted.length > 0 && list.check(address, familyOf(address));

  return Object.freeze<ClientAddresses>({
    ofRequest({ headers, socket }) {
      const own = plain(socket.remoteAddress ?? '');
      if (own === undefined) return '';
      if (!isTrusted(own)) return groupOf(own);
      // From the right: what stands left of the last hop that nobody vouches for is anybody's.
      return groupOf(readHops(headers)?.findLast((hop) => !isTrusted(hop)) ?? own);
    },
    ofConnection({ remoteAddress = '' }) {
      const own = plain(remoteAddress) ?? '';
      return own !== '' && isTrusted(own) ? PROXY : groupOf(own);
    },
  });
}

/** The hops of a request, the nearest last; undefined where they can be read in two ways. */
function readHops(headers: IncomingMessage['headers']): readonly string[] | undefined {
  const { forwarded } = headers;
  const plainHops = headers['x-forwarded-for'];
  // A proxy sets one of them; the other one is what the client wrote.
  if ((plainHops === undefined) === (forwarded === undefined)) return undefined;
  const texts = String(plainHops ?? forwarded).split(',');
  const hops = texts.map((text) => readHop(plainHops === undefined ? forOf(text) : text.trim()));
  return hops.every((hop) => hop !== undefined) ? hops : undefined;
}

/** The one `for` of an element of `Forwarded`, without its quotes. */
function forOf(element: string): string {
  const values = element.split(';').flatMap((pair) => {
    const found = /^\s*for=(?:"([^"\\]*)"|([^"\s]*))\s*$/i.exec(pair);
    return found ? [found[1] ?? found[2] ?? ''] : [];
  });
  return values.length === 1 ? values[0]! : '';
}

/** An address, with or without a port, as proxies write it. */
function readHop(text: string): string | undefined {
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text);
  if (bracketed) return isIP(bracketed[1]!) === 6 ? plain(bracketed[1]!) : undefined;
  const withPort = /^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/.exec(text);
  return plain(withPort ? withPort[1]! : text);
}

/** Without a zone, and IPv4 that is written as IPv6 as what it is; undefined when it is none. */
function plain(text: string): string | undefined {
  const [address = ''] = text.split('%');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  return isIP(mapped) === 0 ? undefined : mapped;
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** What an address shares its allowance with. */
function groupOf(address: string): string {
  return isIP(address) === 6 ? `${firstGroups(address).join(':')}::/64` : address;
}

/** The first four of the eight groups of an IPv6 address, each in one spelling. */
function firstGroups(address: string): readonly string[] {
  const [left = '', right] = address.split('::');
  const parts = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const last = parts(right ?? '');
  // An IPv4 address at the end stands for two groups.
  const lastCount = last.length + (last.at(-1)?.includes('.') ? 1 : 0);
  const zeros = right === undefined ? 0 : 8 - parts(left).length - lastCount;
  const all = [...parts(left), ...Array.from({ length: zeros }, () => '0'), ...last];
  return all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
}
