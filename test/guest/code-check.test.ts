import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CODE_BYTES_INSTALL_MAX, CODE_NESTING_MAX } from '../../src/core/limits.ts';
import { checkCode } from '../../src/guest/code-check.ts';
import { type Kit, startKit } from './kit.ts';

const ACCEPTED: Record<string, [given: string, own: string]> = {
  'a function expression': [
    'function (args, power) { return 1; }',
    'function (args, power) { return 1; }',
  ],
  'an arrow': ['(args) => ({})', '(args) => ({})'],
  'no parameters': ['() => 1', '() => 1'],
  'patterns, defaults and rest': [
    '({ a, ...b }, [c] = []) => [...b, c]',
    '({ a, ...b }, [c] = []) => [...b, c]',
  ],
  'comments and space around it': ['// a\n/* b */\n function f() {} \n// c', 'function f() {}'],
  'a trailing comment without line end': ['() => 1 // tail', '() => 1'],
  'a line separator after a comment': ['() => 1 // tail\u2028', '() => 1'],
  'a generator inside': ['() => (function* () { yield 1; })', '() => (function* () { yield 1; })'],
  'a class inside': [
    '() => class { static #x = 1; static { this.y = 2; } }',
    '() => class { static #x = 1; static { this.y = 2; } }',
  ],
  'words that only look refused': [
    '(a) => a.import + a.async + a.await + "await async"',
    '(a) => a.import + a.async + a.await + "await async"',
  ],
  'a regular expression with v': ['() => /[\\p{L}--[a-z]]/v', '() => /[\\p{L}--[a-z]]/v'],
  'new.target': ['function () { return new.target; }', 'function () { return new.target; }'],
};

const REFUSED: Record<string, [text: string, reason: RegExp, line: number, column: number]> = {
  nothing: ['', /no code/, 1, 1],
  'only a comment': ['// x', /^there is no code$/, 1, 5],
  'two functions': ['() => 1, () => 2', /exactly one function/, 1, 1],
  'a call': ['(() => 1)()', /exactly one function/, 1, 1],
  'a tagged template': ['(() => 1)`x`', /exactly one function/, 1, 1],
  'a member': ['(() => 1).name', /exactly one function/, 1, 1],
  'a conditional': ['1 ? () => 1 : 2', /exactly one function/, 1, 1],
  'an assignment': ['x = () => 1', /exactly one function/, 1, 1],
  parentheses: ['(() => 1)', /parentheses/, 1, 1],
  'a text that closes the wrapper': ['() => 1); (() => 2', /exactly one function/, 1, 1],
  'a text that makes the wrapper parameters': ['a\n) => (1', /exactly one function/, 1, 1],
  'a closed wrapper with a statement': [
    '() => 1\n); globalThis.x = 1; (\n() => 2',
    /exactly one function/,
    1,
    1,
  ],
  'a semicolon': ['() => { return 1 };', /no semicolon/, 1, 19],
  'a declaration after it': ['function f() {}\nlet x', /nothing follows/, 2, 1],
  'a second function': ['function a() {}\nfunction b() {}', /no other function: write/, 2, 1],
  'a call of it': ['function a() {}\n\na();\n', /nothing follows/, 3, 1],
  'a brace too many': ['() => {\n}}', /nothing follows/, 2, 2],
  'a declaration before it': ['// a\nconst b = 1;\n() => b', /exactly one.*comes before/, 2, 1],
  'a named arrow': ['const f = () => 1;', /exactly one.*comes before/, 1, 1],
  'an export': ['export default function () {}', /exactly one.*comes before/, 1, 1],
  'a CommonJS export': ['module.exports = function () {};\n', /exactly one function/, 1, 1],
  'a use strict line': ['"use strict";\nfunction f() {}', /exactly one function/, 1, 1],
  'an await outside of it': ['let x = await f();', /exactly one.*comes before/, 1, 1],
  'an unfinished parameter list': ['function f({ a } {}', /^Unexpected token$/, 1, 18],
  'an unfinished body': ['() => {', /^Unexpected token$/, 1, 8],
  'a class': ['\nclass { }', /class/, 2, 1],
  'a generator': ['function* () {}', /generator/, 1, 1],
  'an async function': ['async () => 1', /async.*give `Q\.when` an object/, 1, 1],
  'an async function inside': ['() => {\n  const f = async () => 1;\n}', /`async`/, 2, 13],
  'an async method inside': ['() => ({ async m() {} })', /`async`/, 1, 10],
  await: ['() => {\n\n  await x;\n}', /`await`/, 3, 3],
  'await inside an expression': ['() => 1 + await  x', /`await`/, 1, 11],
  'for await': ['() => { for await (const x of y); }', /`await`/, 1, 13],
  'three parameters': ['(a, b, c) => 1', /two parameters/, 1, 8],
  'dynamic import': ['() => 1 +\n import("fs")', /import/, 2, 2],
  'dynamic import in a string': ['() => "x import (y)"', /import.*string or comment/, 1, 10],
  'import.meta': ['() => import.meta', /import/, 1, 7],
  'an import declaration': ['() => { import a from "b"; }', /import/, 1, 9],
  'an HTML comment': ['() => "<!-- x"', /HTML comment/, 1, 8],
  'the end of one': ['() => x-->0', /HTML comment/, 1, 8],
  'direct eval': ['() => eval("1")', /eval/, 1, 7],
  'eval in a comment': ['() => 1 // do not eval (this)', /eval/, 1, 19],
  'a source URL': ['() => 1\n//# sourceURL=x', /sourceURL/, 2, 1],
  debugger: ['() => { debugger; }', /debugger/, 1, 9],
  with: ['(a) => { with (a) {} }', /with/, 1, 10],
  'an octal number': ['() => 017', /octal|Invalid/i, 1, 7],
  'a double parameter': ['(a, a) => 1', /clash/, 1, 5],
  'deleting a name': ['(a) => { delete a; }', /[Dd]eleting/, 1, 10],
  'assigning arguments': ['() => { arguments = 1; }', /arguments/, 1, 9],
  'a let declared twice': ['() => {\n  let a;\n  let a;\n}', /already been declared/, 3, 7],
  'a bad regular expression': ['() => /(/', /regular expression/, 1, 8],
  'a hashbang': ['#!/bin/x\n() => 1', /Unexpected/, 1, 2],
  'a lone surrogate': ['() => "\ud800"', /lone surrogate/, 1, 8],
  'brackets nested too deep': [
    `() => ${'['.repeat(CODE_NESTING_MAX + 1)}`,
    /nested more than 250/,
    1,
    7 + CODE_NESTING_MAX,
  ],
};

describe('code check', () => {
  it.each(Object.entries(ACCEPTED))(
    'takes %s and keeps the function alone',
    (_name, [given, own]) => {
      const hash = createHash('sha256').update(own).digest('hex');
      expect(checkCode(given, 1000)).toEqual({ text: own, hash });
    },
  );

  it.each(Object.entries(REFUSED))(
    'Q13 refuses %s with its place',
    (_name, [text, reason, line, column]) => {
      expect(checkCode(text, 1000)).toEqual({
        reason: expect.stringMatching(reason),
        place: { line, column },
      });
    },
  );

  it.each([[undefined], [null], [5], [{}], [() => 1], [['() => 1']]])(
    'refuses %j, which is no text',
    (given) => {
      expect(checkCode(given, 1000)).toEqual({ reason: 'code is the text of a function' });
    },
  );

  it('counts bytes of UTF-8, comments included', () => {
    const text = '() => "€"';
    expect(checkCode(text, 11)).toHaveProperty('text', text);
    expect(checkCode(text, 10)).toEqual({ reason: 'the code has more than 10 bytes' });
  });

  it('counts lines as editors do', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      expect(checkCode(`() => {${end}${end} debugger }`, 1000)).toMatchObject({
        place: { line: 3, column: 2 },
      });
    }
  });

  it('takes a million bytes without running out of stack', () => {
    const list = `() => [${'1,'.repeat(499_000)}]`;
    expect(checkCode(list, CODE_BYTES_INSTALL_MAX)).toHaveProperty('text', list);
  });

  describe('in the worker', () => {
    let kit: Kit;
    beforeAll(async () => {
      kit = await startKit();
    });
    afterAll(() => kit.close());

    it('gives the same answers, and evaluates everything that it takes', async () => {
      for (const [given, own] of Object.values(ACCEPTED)) {
        expect(await kit.check(given)).toMatchObject({ text: own });
      }
      for (const [text, reason, line, column] of Object.values(REFUSED)) {
        // A lone surrogate does not survive the pipe.
        if (/\ud800/.test(text)) continue;
        expect(await kit.check(text)).toMatchObject({
          reason: expect.stringMatching(reason),
          place: { line, column },
        });
      }
    });

    it('is asked for its own bound by install, and never beyond the largest', async () => {
      const text = `() => "${'x'.repeat(1000)}"`;
      expect(await kit.check(text, 1000)).toMatchObject({
        reason: /more than 1000 bytes/ as never,
      });
      const huge = `() => "${'x'.repeat(CODE_BYTES_INSTALL_MAX)}"`;
      expect(await kit.check(huge, 10 * CODE_BYTES_INSTALL_MAX)).toMatchObject({
        reason: expect.stringMatching(`more than ${CODE_BYTES_INSTALL_MAX} bytes`),
      });
    });

    it('runs nothing of what it checks', async () => {
      for (const text of ['() => { for (;;); }', '(a = (() => { for (;;); })()) => a']) {
        expect(await kit.check(text)).toHaveProperty('text', text);
      }
    });

    it('QRT_CODE_REFUSED reaches the maker, QRT_CODE_UNKNOWN an object whose stored text is bad', async () => {
      const object = kit.install(`(args, { memory, make_object }) => {
        try { make_object(args); } catch (error) { memory.error = [error.code, error.message]; }
      }`);
      await kit.done(object, '() => {\n  debugger;\n}');
      expect(kit.memory(object)).toEqual({
        error: ['QRT_CODE_REFUSED', 'line 2, column 3: `debugger` is not allowed'],
      });
      const bad = kit.install('() => 1');
      const hash = kit.objects.get(bad)?.code ?? '';
      kit.codes.set(hash, '() => { globalThis.x = 1 }); (() => 2');
      expect((await kit.failed(bad)).code).toBe('QRT_CODE_REFUSED');
      kit.codes.set(hash, '() => 2');
      expect((await kit.failed(bad)).code).toBe('QRT_CODE_UNKNOWN');
    });
  });
});
