// Code in every shape that is deep or slow to read: refused or run in bounded time, and nothing dies.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CODE_BYTES_MAX, CODE_DEPTH_MAX } from '../../src/core/limits.ts';
import { type Kit, startKit } from '../guest/kit.ts';
import { isPicked, isThorough } from '../thorough.ts';

const name = (n: number): string => `a${n.toString(36).padStart(4, '0')}`;
const list = (n: number, make: (at: number) => string): string =>
  Array.from({ length: n }, (_, at) => make(at)).join('');

/** What comes before, what is repeated, what comes after, and what is repeated there. */
const SHAPES: Readonly<
  Record<string, readonly [string, string | ((at: number) => string), string, string?]>
> = {
  sums: ['() => ', '1+', '1'],
  conditions: ['(a) => ', 'a?a:', 'a'],
  'conditions inside': ['(a) => ', 'a?', '1', ':1'],
  negations: ['() => ', '!', '1'],
  signs: ['() => ', '- ', '1'],
  typeof: ['() => ', 'typeof ', '1'],
  arrows: ['() => ', 'a=>', '1'],
  powers: ['(a) => ', 'a**', '1'],
  assignments: ['(a) => ', 'a=', '1'],
  'optional members': ['(a) => a', '?.a', ''],
  members: ['(a) => a', '.a', ''],
  indices: ['(a) => a', '[1]', ''],
  calls: ['(a) => a', '()', ''],
  templates: ['(a) => a', '``', ''],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: code of a guest.
  'template parts': ['(a) => `', '${a}', '`'],
  'new': ['(a) => ', 'new ', 'a'],
  yields: ['() => function*() { ', 'yield ', '}'],
  else: ['(a) => { ', 'if(a);else ', ';}'],
  ifs: ['(a) => { ', 'if(a)', ';}'],
  loops: ['(a) => { ', 'while(a)', ';}'],
  'for loops': ['(a) => { ', 'for(;0;)', ';}'],
  'do loops': ['(a) => { ', 'do ', ';', ' while(a);'],
  labels: ['() => { ', (at) => `${name(at)}:`, ';}'],
  commas: ['(a) => { a', ',a', '}'],
  names: ['() => { let b', (at) => `,${name(at)}`, '}'],
  variables: ['() => { var b', (at) => `,${name(at)}`, '}'],
  functions: ['() => {', (at) => `function ${name(at)}(){}`, '}'],
  'private names': ['() => class { ', (at) => `#${name(at)};`, '}'],
  'private names that are not there': ['() => class { a() { ', (at) => `b.#${name(at)};`, '} }'],
  'parents of classes': ['() => ', 'class extends ', 'Object', '{}'],
  'a long pattern': ['() => /', 'a', '/'],
  alternatives: ['() => /', 'a|', '/u'],
  'named groups': ['() => /', (at) => `(?<${name(at)}>)`, '/u'],
  'references to groups': ['() => /', '\\k<a>', '(?<a>)/u'],
  lookaheads: ['() => /', '(?=a)', '/u'],
  'a long name': ['() => { let ', 'a', '; }'],
  'an escaped name': ['() => { let ', '\\u0061', '; }'],
  'a long number': ['() => ', '1', ''],
  'a long bigint': ['() => ', '1', 'n'],
  'a long hexadecimal bigint': ['() => 0x', 'f', 'n'],
  spaces: ['() => { ', ' ', '}'],
  lines: ['() => { ', '\n', '}'],
  comments: ['() => { ', '/**/', '}'],
  semicolons: ['() => { ', ';', '}'],
  cases: ['(a) => { switch(a) {', 'case 1:', '} }'],
  catches: ['() => {', 'try{}catch(e){var e}', '}'],
  spreads: ['() => [', '...[],', ']'],
  awaits: ['() => { ', 'await ', ''],
  imports: ['() => { ', 'import ', ''],
  'a fault at the end': ['() => { ', 'a;', '@'],
  'and, or': ['(a) => ', 'a&&a||', 'a'],
  'if not there': ['(a) => ', 'a??', 'a'],
};

function make(shape: keyof typeof SHAPES, count: number): string {
  const [before, piece, after, last = ''] = SHAPES[shape] ?? ['', '', ''];
  const many = typeof piece === 'string' ? piece.repeat(count) : list(count, piece);
  return before + many + after + last.repeat(count);
}

describe.runIf(isThorough || isPicked(1, 2))('code in the shape of', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());

  it.each(Object.keys(SHAPES))('%s is refused or run, and leaves the worker fit', async (shape) => {
    const maker = kit.install('(text, { make_object }) => { make_object(text).call(null); }');
    const one = make(shape, 2).length - make(shape, 1).length;
    for (const count of [CODE_DEPTH_MAX - 10, 5_000, Math.floor((CODE_BYTES_MAX - 80) / one)]) {
      const text = make(shape, count);
      const checked = await kit.check(text);
      if ('text' in checked)
        expect(['done', 'failed']).toContain((await kit.turn(kit.install(text))).status);
      await kit.turn(maker, text.slice(0, CODE_BYTES_MAX));
    }
    await kit.done(maker, `() => ${Math.random()}`);
  });

  it('is measured in levels of syntax: one beyond the limit is refused with its place', async () => {
    const sum = (levels: number) => `() => ${'1+'.repeat(levels)}1`;
    // The function is one level above its body, and the last operand one below its sum.
    expect(await kit.check(sum(CODE_DEPTH_MAX - 1))).toHaveProperty('text');
    expect(await kit.check(sum(CODE_DEPTH_MAX))).toEqual({
      type: 'checked',
      reason: expect.stringMatching(`nested more than ${CODE_DEPTH_MAX} deep`),
      place: { line: 1, column: 7 },
    });
  });

  it('half a million bytes of names takes no longer than others', async () => {
    const started = performance.now();
    expect(await kit.check(make('names', 80_000))).toHaveProperty('text');
    // It took minutes; the machine may be busy.
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});
