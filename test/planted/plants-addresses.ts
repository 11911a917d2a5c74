// Bugs about where a node connects because somebody says so.

import type { Plant } from './plant.ts';

const GUARD_TEST = 'test/transport/address-guard.test.ts';

export const ADDRESS_PLANTS: readonly Plant[] = [
  {
    name: 'address-in-url-trusted',
    breaks: 'Confined',
    what: 'Only names are looked at: an address that stands in a URL is connected to.',
    edits: [{ file: 'src/transport/poster.ts', find: '    guard.assertUrl(url);\n', replace: '' }],
    test: { file: GUARD_TEST, name: 'none of them gets a byte' },
  },
  {
    name: 'name-in-url-trusted',
    breaks: 'Confined',
    what: 'Only addresses in URLs are looked at: a name may lead anywhere.',
    edits: [
      {
        file: 'src/transport/address-guard.ts',
        find: 'const allowed = addresses.filter(({ address }) => isAllowed(address));',
        replace: 'const allowed = addresses.filter(({ address }) => address !== name);',
      },
    ],
    test: { file: GUARD_TEST, name: 'a name is what it resolves to' },
  },
  {
    name: 'name-resolved-again',
    breaks: 'Confined',
    what: 'What a name leads to is looked at, and then its name server is asked once more.',
    edits: [
      {
        file: 'src/transport/address-guard.ts',
        find: '        if (given.all) callback(null, allowed);\n',
        replace:
          '        if (given.all)\n' +
          '          resolve(name, { ...given, all: true }, (_, again) => callback(null, again));\n',
      },
    ],
    test: { file: GUARD_TEST, name: 'a name is resolved once for a connection' },
  },
  {
    name: 'second-connection-unguarded',
    breaks: 'Confined',
    what: 'A request that is sent once more, on a connection of its own, goes wherever its name leads.',
    edits: [
      {
        file: 'src/transport/exchange.ts',
        find: '{ ...kind, agent, lookup, maxHeaderSize }',
        replace: '{ ...kind, agent, ...(agent && { lookup }), maxHeaderSize }',
      },
    ],
    test: { file: GUARD_TEST, name: 'what is sent once more finds its way as the first' },
  },
  {
    name: 'mapped-address-public',
    breaks: 'Confined',
    what: 'An IPv4 address that is written as an IPv6 one counts as public.',
    edits: [
      {
        file: 'src/transport/address-range.ts',
        find: 'if (within !== undefined) return',
        replace: 'if (within !== undefined && !isOnly) return',
      },
    ],
    test: {
      file: 'test/transport/address-range.test.ts',
      name: 'an IPv4 address is what it is within each IPv6 form',
    },
  },
  {
    name: 'zone-hides-address',
    breaks: 'Confined',
    what: 'An IPv6 address with a zone is in no range that is refused.',
    edits: [
      {
        file: 'src/transport/address-range.ts',
        find: "const [bare = ''] = address.split('%');",
        replace: "const bare = address.replace('%', '%');",
      },
    ],
    test: { file: 'test/transport/address-range.test.ts', name: 'a zone changes nothing' },
  },
  {
    name: 'proxy-taken-for-loopback',
    breaks: 'Confined',
    what: 'A node that strangers reach through a proxy connects to its own machine for them.',
    edits: [
      {
        file: 'src/node/config.ts',
        find: 'return [host, ...hosts].every(isLoopback);',
        replace: 'return [host, ...hosts].some(isLoopback);',
      },
    ],
    test: { file: 'test/node/config.test.ts', name: 'peers may be at private addresses where' },
  },
  {
    name: 'record-of-third-vat-taken',
    breaks: 'Confined',
    what: 'In a settling, a peer fills the book of contacts with records of vats that it made up.',
    edits: [
      {
        file: 'src/kernel/address-book.ts',
        find: 'if (own !== undefined) learn(own);',
        replace:
          'if (own !== undefined || vat !== sealer.vat) for (const each of records) learn(each);',
      },
    ],
    test: {
      file: 'test/kernel/address-book.test.ts',
      name: 'what a statement says of third vats is counted and not taken',
    },
  },
  {
    name: 'full-book-forgets-hint',
    breaks: 'Once',
    what: 'When the book is full, the URL of a QRID is forgotten, and what was sent waits for ever.',
    edits: [
      {
        file: 'src/kernel/address-book.ts',
        find: 'if (links.of(vat) !== undefined) return true;',
        replace: 'if (links.of(vat) === null) return true;',
      },
    ],
    test: { file: 'test/kernel/address-book.test.ts', name: 'has room for the URL of a QRID' },
  },
  {
    name: 'gossip-unsigned',
    breaks: 'Once',
    what: 'What a peer says of a third vat counts, signed by that vat or not.',
    edits: [
      {
        file: 'src/kernel/address-book.ts',
        find: "if (!isSigned(parsed)) return 'refused';",
        replace: "if (!via && !isSigned(parsed)) return 'refused';",
      },
    ],
    test: { file: 'test/kernel/gossip.test.ts', name: 'changes a counter, and nothing else' },
  },
  {
    name: 'gossip-without-bound',
    breaks: 'Confined',
    what: 'One peer fills the address book with vats that nobody asked for.',
    edits: [
      {
        file: 'src/kernel/address-book.ts',
        find: 'store.countGossip(via.row.id) < GOSSIP_KEPT_MAX',
        replace: 'store.countGossip(via.row.id) < GOSSIP_KEPT_MAX * 1_000',
      },
    ],
    test: {
      file: 'test/kernel/gossip.test.ts',
      name: 'vats that nobody asks for, until somebody does',
    },
  },
  {
    name: 'gossip-keeps-its-room',
    breaks: 'Once',
    what: 'What one peer said of vats that nobody knows keeps out what an operator brings.',
    edits: [
      {
        file: 'src/kernel/address-book.ts',
        find: 'return !isFull() || store.countGossip() > 0;',
        replace: 'return !isFull() || store.countGossip() < 0;',
      },
    ],
    test: {
      file: 'test/kernel/gossip.test.ts',
      name: 'gives way to what is asked for when the book is full',
    },
  },
  {
    name: 'proof-for-ever',
    breaks: 'Confined',
    what: 'Whoever has the old address of a peer gets its boxes for as long as the process lives.',
    edits: [
      {
        file: 'src/kernel/delivery.ts',
        find: 'if (nowMs - sinceMs >= PROOF_FAILING_MS_MAX) provenUrls.delete(url);',
        replace: 'if (nowMs < sinceMs + PROOF_FAILING_MS_MAX * 0) provenUrls.delete(url);',
      },
    ],
    test: { file: 'test/kernel/proof.test.ts', name: 'holds for an hour of failures' },
  },
];
