// Bugs about strangers: what they may cost, and whom they could keep out.

import type { Plant } from './plant.ts';

export const FLOOD_PLANTS: readonly Plant[] = [
  {
    name: 'one-address-takes-all',
    breaks: 'Confined',
    what: 'What one address is refused still uses up what all strangers have together.',
    edits: [
      {
        file: 'src/kernel/admission.ts',
        find: "return strangers.take(address) && vat.take('');",
        replace: "return vat.take('') && strangers.take(address);",
      },
    ],
    test: { file: 'test/kernel/strangers.test.ts', name: 'one address alone leaves room' },
  },
  {
    name: 'recordings-prove',
    breaks: 'Confined',
    what: 'A recorded box proves that the peer is at the address from which it comes.',
    edits: [
      {
        file: 'src/kernel/admission.ts',
        find: '} else if (isNew) {',
        replace: '} else {',
      },
    ],
    test: { file: 'test/kernel/strangers.test.ts', name: 'what was recorded proves nothing' },
  },
  {
    name: 'proxy-of-anybody',
    breaks: 'Confined',
    what: 'Whoever says for whom it speaks is believed.',
    edits: [
      {
        file: 'src/transport/client-address.ts',
        find: 'if (!isTrusted(own)) return groupOf(own);',
        replace: '',
      },
    ],
    test: { file: 'test/transport/client-address.test.ts', name: 'is never believed' },
  },
  {
    name: 'handshakes-for-all',
    breaks: 'Confined',
    what: 'Every connection may begin a TLS handshake, however many an address has begun.',
    edits: [
      {
        file: 'src/transport/listener.ts',
        find: 'if (options.tls && !mayBegin(address))',
        replace: 'if (options.tls && !mayBegin(address) && address === undefined)',
      },
    ],
    test: {
      file: 'test/transport/tls.test.ts',
      name: 'ends connections of one address beyond so many at once',
    },
  },
  {
    name: 'one-address-empties-all',
    breaks: 'Confined',
    what: 'A refused handshake of one address takes from what all strangers have together.',
    edits: [
      {
        file: 'src/transport/handshakes.ts',
        find: "return own.take(address) && (isProven(address) || all.take(''));",
        replace: "return (isProven(address) || all.take('')) && own.take(address);",
      },
    ],
    test: {
      file: 'test/transport/tls.test.ts',
      name: 'strangers have few in all, a known address its own',
    },
  },
];
