// What strangers may write in the first comment line of an attack.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseOutcome, readAttackFiles } from './attack-file.ts';

const kinds = (line: string) => parseOutcome(line).map(({ kind }) => kind);

describe('the first comment line of an attack', () => {
  it.each([
    ['refused', ['refused']],
    ['throws', ['throws']],
    ['killed', ['killed']],
    ['value 1', ['value']],
    ['Expect: throws', ['throws']],
    ['expected outcome: killed', ['killed']],
    ['outcome = refused', ['refused']],
    ['outcome killed', ['killed']],
    ['REFUSED', ['refused']],
    ['`throws`', ['throws']],
    ['throws: an object has no clock', ['throws']],
    ['refused by the check (async)', ['refused']],
    ['killed - by the heap limit', ['killed']],
    ['throws | killed', ['throws', 'killed']],
    ['killed or throws', ['killed', 'throws']],
    ['throws or value 1', ['throws', 'value']],
    ['', []],
    ['an attack on the clock', []],
    ['thrown', []],
    ['value of nothing', []],
    ['values 1', []],
  ])('%j says %j', (line, expected) => {
    expect(kinds(line)).toEqual(expected);
  });

  it.each([
    ['value 1', 1],
    ['value: "two words"', 'two words'],
    ['value = {"a": [1, null]}', { a: [1, null] }],
    ['value [1, 2] as a list', [1, 2]],
    ['value null', null],
    ['value', undefined],
    ['value undefined', undefined],
    ['expect: value true', true],
  ])('%j means the value %j', (line, value) => {
    expect(parseOutcome(line)).toEqual([{ kind: 'value', value }]);
  });
});

describe('a folder of attacks', () => {
  const dirs: string[] = [];
  const folder = (files: Readonly<Record<string, string | Buffer>>): string => {
    const dir = mkdtempSync(join(tmpdir(), 'qrt-attacks-'));
    dirs.push(dir);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
    return dir;
  };
  afterEach(() => {
    for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
  });

  it('is read by name, without what is no file or no script', () => {
    const dir = folder({ 'b.js': '// throws\n() => 1', 'a.js': '// killed\n() => 2', 'c.txt': '' });
    mkdirSync(join(dir, 'folder.js'));
    symlinkSync('/nowhere', join(dir, 'dead.js'));
    expect(readAttackFiles(dir).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it.each([
    ['a line comment', '// throws\n() => 1\n', '\n() => 1\n'],
    ['a block comment', '/* throws */ () => 1', ' () => 1'],
    ['a block of lines', '/**\n * throws\n */\n() => 1', '\n() => 1'],
    ['lines before it', '\n\n// An attack on the clock.\n// throws\n() => 1', '\n() => 1'],
    ['a mark of the order of bytes', '\ufeff// throws\n() => 1', '\n() => 1'],
    ['line ends of other systems', '// throws\r\n() => 1', '\r\n() => 1'],
  ])('has code below %s', (_what, text, code) => {
    const [file] = readAttackFiles(folder({ 'x.js': text }));
    expect(file).toMatchObject({ expected: [{ kind: 'throws' }], code });
  });

  it('may expect letters of any script, and has them in the comments above', () => {
    const text = '// Žába: útok.\n// value "žába 🐎"\n() => "žába 🐎"';
    const [file] = readAttackFiles(folder({ 'x.js': text }));
    expect(file?.expected).toEqual([{ kind: 'value', value: 'žába 🐎' }]);
    expect(file?.code).toBe('\n() => "žába 🐎"');
  });

  it('keeps the code of a file that says no outcome', () => {
    const files = readAttackFiles(
      folder({ 'a.js': '() => 1 // throws', 'b.js': '#!/bin/node\n// throws', 'c.js': '' }),
    );
    expect(files.map(({ expected }) => expected)).toEqual([[], [], []]);
    expect(files[0]?.code).toBe('() => 1 // throws');
  });

  it('refuses what is no text, as install does', () => {
    const bytes = Buffer.concat([Buffer.from('// refused\n() => "'), Buffer.from([0xff, 0x22])]);
    const [file] = readAttackFiles(folder({ 'x.js': bytes }));
    expect(file?.expected).toEqual([{ kind: 'refused' }]);
    expect(file?.code).toMatchObject({ kind: 'refused', code: 'QRT_CODE_REFUSED' });
  });

  it('has names that can be printed', () => {
    const [file] = readAttackFiles(folder({ 'a b\u001b[2J\u202e.js': '// throws\n() => 1' }));
    expect(file?.name).toBe('a_b_[2J_');
  });
});
