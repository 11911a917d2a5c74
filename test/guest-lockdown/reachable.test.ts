import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { add } from '../../src/guest/add.ts';
import { makeGuestHarden } from '../../src/guest/guest-harden.ts';
import { lockDown, openCompartment } from '../../src/guest/lockdown.ts';
import { makeQ } from '../../src/guest/q.ts';

const { ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;

/** What a guest can reach without any power, by the first path to it. */
const ALLOWED = new Set(
  readFileSync(new URL('./reachable.txt', import.meta.url), 'utf8').split('\n'),
);

/** Values whose prototypes no global leads to. */
const LITERALS = [
  ...['() => 1', 'function* () {}', 'class {}', '/x/', '1n', '"s"', '1', 'true'],
  ...['[].values()', 'new Map().entries()', 'new Set().values()', '"x".matchAll(/x/g)'],
  ...['"x"[Symbol.iterator]()', '(function () { return arguments; })()', 'new Proxy({}, {})'],
  ...['((...args) => args)`x`', '/(?<a>x)/d.exec("x")', 'new Error("x")', 'new Date(0)'],
];

type TextOf = (value: object) => string;

const BANNED =
  /^(Promise|AsyncFunction|.*ArrayBuffer|DataView|\w+(8|16|32|64)(Clamped)?Array|WeakRef|FinalizationRegistry|Compartment|eval|Text(En|De)coder|ShadowRealm)$/;

lockDown();
const evaluate = openCompartment({
  Q: makeQ(() => undefined),
  add,
  harden: makeGuestHarden(() => false),
});
const inside = (text: string): unknown => (evaluate(`() => (${text})`) as () => unknown)();

/** Every object behind `value`, by properties, accessors and prototypes. */
function visit(paths: Map<object, string>, value: unknown, path: string): void {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return;
  if (paths.has(value)) return;
  paths.set(value, path);
  for (const key of ownKeys(value)) {
    const found = getOwnPropertyDescriptor(value, key);
    visit(paths, found?.value, `${path}.${String(key)}`);
    visit(paths, found?.get, `${path}.${String(key)}<get>`);
    visit(paths, found?.set, `${path}.${String(key)}<set>`);
  }
  visit(paths, getPrototypeOf(value), `${path}.[[Prototype]]`);
}

describe('what is evaluated', () => {
  it.each([
    ['another expression beside it', 'function () {}), (globalThis, function () {}'],
    ['what it returns in its place', '(() => { let n = 0; return () => ++n; })()'],
    ['the wrapper closed and opened again', '() => 1); })(), (function () { return (() => 2'],
    ['a comment at its begin', '/* a */ () => 1'],
    ['an async function', 'async () => 1'],
    ['a generator', 'function* () {}'],
    ['a value', '1'],
    ['a method', '({ m() {} }).m'],
  ])('is one plain function and all of the text: %s is refused, checked or not', (_name, text) => {
    expect(() => evaluate(text)).toThrow(SyntaxError);
  });
});

describe('Q15 what a guest with power {} can reach', () => {
  const global = inside('globalThis') as object;
  const reached = new Map<object, string>();
  visit(reached, global, 'globalThis');
  for (const literal of LITERALS) {
    // The new value itself is the guest's own.
    visit(reached, getPrototypeOf(Object(inside(literal))), `prototype of ${literal}`);
  }

  it('is what is on the allow-list, with any Node, and nothing else', () => {
    expect([...reached.values()].sort()).toEqual([...ALLOWED].filter((path) => path !== '').sort());
  });

  it('begins at 39 globals and one symbol of SES', () => {
    const names = ownKeys(global).map(String);
    expect([names.length, names.filter((name) => name.startsWith('Symbol('))]).toEqual([
      41,
      ['Symbol(Symbol.unscopables)'],
    ]);
  });

  it('is frozen, all of it', () => {
    const loose = [...reached].filter(([value]) => !Object.isFrozen(value)).map(([, path]) => path);
    expect(loose).toEqual([]);
  });

  it('holds nothing that makes functions, buffers, promises, weak references or compartments', () => {
    const named = [...reached.keys()].map((value): [unknown, unknown] => [
      getOwnPropertyDescriptor(value, 'name')?.value,
      value,
    ]);
    expect(named.filter(([name]) => typeof name === 'string' && BANNED.test(name))).toEqual([]);
    for (const [name, value] of named) {
      if (!/Function$/.test(String(name))) continue;
      expect(() => (value as FunctionConstructor)('return 1')).toThrow(/compartment|constructor/i);
    }
  });

  it('hides the text of every function that is ours', () => {
    const textOf = inside('(f) => Object.getPrototypeOf(Object).toString.call(f)') as TextOf;
    const texts = [...reached.keys()].filter((value) => typeof value === 'function').map(textOf);
    expect(texts.filter((text) => !text.endsWith('() { [native code] }'))).toEqual([]);
    expect(textOf(inside('(a) => a') as object)).toBe('(a) => a');
  });

  it('says nothing of the place and time where it runs', () => {
    expect(inside('[new Date(2020, 6, 1).getTimezoneOffset(), new Date(0).toString()]')).toEqual([
      0,
      'Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)',
    ]);
    expect(
      inside(
        '[(1234.5).toLocaleString(), "i".toLocaleUpperCase("tr"), ["ä", "z"].sort((a, b) => a.localeCompare(b))]',
      ),
    ).toEqual(['1234.5', 'I', ['z', 'ä']]);
  });
});
