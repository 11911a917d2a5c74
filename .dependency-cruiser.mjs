// Which part may import which; see the map in src/README.md.
//
//   bin -> cli -> node -> { transport, store, crypto, worker } -> kernel/ports
//   testing -> { node, kernel, store, crypto, worker }, as node composes a vat; nothing imports it.
//   embed -> node: a program in place of cli; nothing imports it.
//   guest stands alone, and so does page, in a browser; core is imported by all and imports nothing.

const ADAPTERS = 'transport|store|crypto|worker';

/** Everything of one layer that is not in the list of what it may import. */
const layer = (name, comment, allowed) => ({
  name: `${name}-imports-only-its-own`,
  comment,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: { path: '^src/', pathNot: [`^src/${name}/`, ...allowed] },
});

/** A package that exactly one layer may import. */
const onlyIn = (layerName, packages) => ({
  name: `only-${layerName}-imports-${packages[0]}`,
  severity: 'error',
  from: { path: '^(bin|src)/', pathNot: `^src/${layerName}/` },
  to: { path: `(^|/)node_modules/(@types/)?(${packages.join('|')})/` },
});

export default {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'core-imports-nothing',
      comment: 'core is pure: no layer, no package, no part of Node.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { pathNot: '^src/core/' },
    },
    {
      name: 'kernel-imports-only-core',
      comment: 'kernel is pure given its ports: what it needs of the world comes through ports.ts.',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { pathNot: '^src/(core|kernel)/' },
    },
    {
      name: 'guest-imports-only-core-and-its-wall',
      comment:
        'The worker program holds no key, socket or process: of Node it has fs for frames, ' +
        'a hash, and the test for proxies.',
      severity: 'error',
      from: { path: '^src/guest/' },
      to: {
        pathNot: [
          '^src/(core|guest)/',
          '(^|/)node_modules/(ses|acorn|acorn-walk)/',
          '^(node:)?(fs|crypto|util)$',
        ],
      },
    },
    {
      name: 'adapters-import-only-core-and-ports',
      comment: 'An adapter knows the contracts of the kernel, not the kernel and no other adapter.',
      severity: 'error',
      from: { path: `^src/(${ADAPTERS})/` },
      to: {
        path: '^src/',
        pathNot: [
          '^src/$1/',
          '^src/core/',
          '^src/kernel/((keeping|settle|promise|request|answer|outbox)-)?(store-)?ports?\\.ts$',
        ],
      },
    },
    layer('node', 'node composes kernel and adapters; it is not a command and not a guest.', [
      `^src/(core|kernel|${ADAPTERS})/`,
    ]),
    layer('testing', 'A test vat is composed like a node, with what a node already knows.', [
      '^src/(core|kernel|node|store|crypto|worker)/',
    ]),
    layer('embed', 'A vat in a program is a node: how it works is the business of node.', [
      '^src/(core|kernel|node)/',
    ]),
    layer('cli', 'A command says what a node should do; how is the business of node.', [
      '^src/(core|node)/',
    ]),
    {
      name: 'page-imports-only-types-of-core',
      comment: 'The page runs in a browser: nothing of qrt but its own files gets there.',
      severity: 'error',
      from: { path: '^src/page/' },
      to: { pathNot: ['^src/page/', '^src/core/(page-data|turn-row)\\.ts$'] },
    },
    {
      name: 'nothing-shipped-imports-the-page',
      severity: 'error',
      from: { path: '^(bin|src)/', pathNot: '^src/page/' },
      to: { path: '^src/page/' },
    },
    {
      name: 'shipped-code-imports-only-shipped-code',
      severity: 'error',
      from: { path: '^(bin|src)/' },
      to: { path: '^(test|bench|scripts|examples)/' },
    },
    {
      name: 'shipped-code-needs-no-dev-dependency',
      severity: 'error',
      from: { path: '^(bin|src)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'] },
    },
    onlyIn('store', ['better-sqlite3']),
    onlyIn('crypto', ['tweetnacl', 'ed2curve']),
    onlyIn('guest', ['ses', 'acorn', 'acorn-walk']),
    onlyIn('cli', ['commander']),
    onlyIn('node', ['valibot']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js', '.d.ts'] },
  },
};
