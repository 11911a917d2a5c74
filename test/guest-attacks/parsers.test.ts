// Two parsers read each text of code, acorn and V8: what the first takes the second runs.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Kit, startKit } from '../guest/kit.ts';
import { makeRandom, pick as pickOf } from '../sim/random.ts';

const ROUNDS = Number(process.env['QRT_FUZZ_ROUNDS'] ?? 1_500);
const SEED = Number(process.env['QRT_FUZZ_SEED'] ?? 4);

/** Texts to begin with: all that is hard to tell apart. */
const SOURCES: readonly string[] = [
  '() => 1',
  'function (args, power) { return args / power / 2; }',
  '(a) => a++ / 2 / /x/.exec("y")',
  'function f(a) { { } /x)}/.test(a); return a } ',
  '(a, b) => { yield: for (let of of a) { if (of) continue yield; } }',
  '(a) => { let async = 1; async\n(a); return async => async }',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: code of a guest.
  '(a) => { var await = 1, let_ = await / 2; return `${`${a}`}`/await/1 }',
  '(a) => class { static async = 1; static get = 2; static static() {} get\n x() { return 1 } #p = 1; has(o) { return #p in o } }',
  'function* () { yield\n/x/g }',
  '() => function* () { const yield_ = yield / 2; yield* /x/ }',
  '(a) => /[/\\]}]/v.test(a) ? /(?<a>x)\\k<a>/u : a / 1 / 2',
  '(a) => a\n/* \u2028 */ /x/ 1',
  '({ a = /x/, [a]: b = `)` }) => 1_000 + 0b1 + 0xFn + .5e-1',
  '(a) => { label: { break label } do ; while (0) /x/.test(a) }',
  '(a) => { if (a) /x/g; else /y/; return { a: 1 } / 2 }',
  '(a) => a?.b?.[0]?.(/)/) ?? (a ||= 1, a &&= 2, a ??= 3)',
  '() => { "use strict"; return "\\u{1F600}" + "\u2028" + \'\\\n\' }',
  '(\\u0061rgs) => { var \\u{62} = 1; return \\u0061rgs + b }',
  '() => { try { throw 1 } catch { } finally { } switch (1) { case /x/: default: } }',
  '(a) => new.target',
  'function () { return new.target, new new Object().constructor }',
  '(a) => async (b) => 1',
  '(a) => ({ async *b() {}, get c() { return super.c }, set c(v) {}, async: 1, await: 2, yield: 3 })',
  '(a) => { a = b\n++a\n; let\n[x] = [1]; return a\n}',
];

/** Pieces that readers of JavaScript disagree about. */
const PIECES: readonly string[] = [
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '/',
    '*',
    '/*',
    '*/',
    '//',
    '<!',
    '--',
    '--\\>',
    '=>',
    '=',
    '+',
    '++',
    '-',
  ],
  ...[
    '`',
    '${',
    '"',
    "'",
    '\\',
    ';',
    ',',
    '.',
    '?.',
    '...',
    '?',
    ':',
    '#',
    '#!',
    '@',
    '!',
    '~',
    '**',
    '%',
    '&&',
    '|',
    '^',
    '<',
    '>>>=',
  ],
  ...['\n', '\r', '\u2028', '\u2029', '\u00a0', '\ufeff', '\u180e', '\u200d', '\0', '\t', ' '],
  ...[
    'async',
    'await',
    'yield',
    'let',
    'of',
    'in',
    'static',
    'get',
    'set',
    'new',
    'target',
    'super',
    'this',
    'import',
  ],
  ...[
    'eval',
    'arguments',
    'function',
    'function*',
    'class',
    'extends',
    'return',
    'var',
    'const',
    'if',
    'else',
    'for',
    'do',
    'while',
  ],
  ...[
    'with',
    'debugger',
    'delete',
    'typeof',
    'void',
    'throw',
    'try',
    'catch',
    'enum',
    'null',
    'true',
    'using',
    'accessor',
    'defer',
  ],
  ...[
    '\\u0061',
    '\\u{61}',
    '\\u{110000}',
    '\\u0028',
    'l\\u0065t',
    'aw\\u0061it',
    'yi\\u0065ld',
    '\\u2028',
    '\ud83d\ude00',
    'ﬁ',
    'ℑ',
    '𝒳',
  ],
  ...[
    '1',
    '0',
    '00',
    '08',
    '1_0',
    '1__0',
    '0x',
    '0n',
    '1n',
    '.1',
    '1.',
    '1e',
    '/x/',
    '/x/v',
    '/[)]/',
    '/(?<a>.)|(?<a>.)/',
    '/(?i:x)/',
    '/x/gg',
    '#a',
    'a',
    'b',
  ],
  ...[
    '() => 1',
    '), (',
    '}) , (',
    '; globalThis.x = 1;',
    ')()',
    '`x`',
    '/**/',
    '"use strict"',
    '\\',
    '\u200c',
  ],
];

describe('code that acorn takes', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());

  it(`Q13 is one plain function to V8 as well, and kills no parser: ${ROUNDS} texts`, async () => {
    const random = makeRandom(SEED);
    const below = (max: number): number => Math.floor(random() * max);
    const pick = (list: readonly string[]): string => pickOf(random, list);
    const taken: string[] = [];
    const split: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      let text = pick(SOURCES);
      for (let change = below(3); change >= 0; change -= 1) {
        const at = below(text.length + 1);
        const cut = below(3) === 0 ? below(6) : 0;
        const other = pick(SOURCES);
        const from = below(other.length);
        const piece = below(5) === 0 ? other.slice(from, from + below(20)) : pick(PIECES);
        text = text.slice(0, at) + piece + text.slice(at + cut);
      }
      // No lone surrogate survives the pipe.
      const checked = await kit.check(Buffer.from(text).toString());
      if ('text' in checked) taken.push(text);
      else if (/engine does not read/.test(checked.reason)) split.push(text);
    }
    expect(split).toEqual([]);
    // It would prove nothing if all were refused, or none.
    expect(taken.length).toBeGreaterThan(ROUNDS / 50);
    expect(taken.length).toBeLessThan((ROUNDS * 3) / 4);
  }, 600_000);
});
