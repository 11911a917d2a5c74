import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCodeSource } from '../../src/node/code-source.ts';
import { createProject, dependency, nameAfter } from '../../src/node/new.ts';
import { packageFolder, readVersion } from '../../src/node/program.ts';
import { codeOf, makeScratch } from './scratch.ts';

const FILES = [
  '.gitignore',
  'README.md',
  'jsconfig.json',
  'main.js',
  'main.test.js',
  'package.json',
  'pen.js',
  'power.json',
  'qrt.json',
];

describe('new', () => {
  it.each(['absent', 'empty'])('fills a folder that is %s and calls all after it', (kind) => {
    const dir = join(makeScratch(), 'My Book');
    if (kind === 'empty') mkdirSync(dir);
    expect(createProject(dir)).toEqual({ dir, name: 'my-book', files: FILES });
    expect(readdirSync(dir).sort()).toEqual(FILES);
    const read = (name: string): string => readFileSync(join(dir, name), 'utf8');
    expect(JSON.parse(read('package.json'))).toMatchObject({
      name: 'my-book',
      scripts: { test: 'node --test' },
      devDependencies: { qrt: `file:${packageFolder()}` },
    });
    expect(JSON.parse(read('qrt.json'))).toMatchObject({ name: 'my-book', grants: ['log'] });
    expect(read('README.md')).toMatch(/^# my-book\n/);
    expect(FILES.filter((name) => read(name).includes('{{name}}'))).toEqual([]);
    // A node in the project holds its key.
    expect(read('.gitignore').split('\n')).toEqual(expect.arrayContaining(['/NODE/', '/QRID']));
  });

  it('makes what install takes: a root, one code file, data and a manifest', () => {
    const dir = join(makeScratch(), 'book');
    createProject(dir);
    const { name, main, bundle } = readCodeSource(dir);
    expect(name).toBe('book');
    expect(main.text).toContain('make_object(code.pen,');
    expect(bundle?.codes.map((code) => code.name)).toEqual(['pen']);
    expect(JSON.parse(bundle?.power?.json ?? '')).toMatchObject({ entriesMax: 100 });
  });

  it('a folder with something in it, a file, and a place that is none are left alone', async () => {
    const dir = makeScratch();
    writeFileSync(join(dir, 'file'), 'mine');
    for (const path of [dir, join(dir, 'file'), join(dir, 'no', 'such', 'parent')]) {
      expect(await codeOf(() => createProject(path))).toBe('QRT_DIR_UNUSABLE');
    }
    expect(readdirSync(dir)).toEqual(['file']);
    expect(readFileSync(join(dir, 'file'), 'utf8')).toBe('mine');
  });

  it.each(['absent', 'empty'])('when a file cannot be written nothing remains (%s)', (kind) => {
    // The longest path that the operating system takes: the short names fit behind it.
    const [pathMax, shortName] = [4_095, '/.gitignore'];
    const parts = [makeScratch()];
    while (parts.join('/').length < pathMax - 400) parts.push('x'.repeat(200));
    const parent = parts.join('/');
    const dir = join(parent, 'y'.repeat(pathMax - parent.length - 1 - shortName.length));
    mkdirSync(kind === 'empty' ? dir : parent, { recursive: true });
    expect(() => createProject(dir)).toThrow('ENAMETOOLONG');
    expect(readdirSync(kind === 'empty' ? dir : parent)).toEqual([]);
  });

  it.each([
    ['/a/Guest_Book.v2', 'guest-book-v2'],
    ['/a/  Zoë & Søn ', 'zoe-s-n'],
    ['/a/2fast', '2fast'],
    ['/a/qrt', 'my-object'],
    ['/a/QRT', 'my-object'],
    ['/a/日本', 'my-object'],
    ['/', 'my-object'],
    [`/a/${'n'.repeat(200)}`, 'n'.repeat(100)],
    [`/a/${'n'.repeat(99)}-m`, 'n'.repeat(99)],
    ['/a/node_modules', 'node-modules'],
  ])('%s gives the name %s', (folder, name) => {
    expect(nameAfter(folder)).toBe(name);
  });

  it('an installed qrt is depended on by its version, a checkout by its path', () => {
    const version = readVersion();
    expect(dependency({ root: '/a/node_modules/qrt', version })).toBe(`^${version}`);
    expect(dependency({ root: '/a/my_node_modules/qrt', version })).toBe(
      'file:/a/my_node_modules/qrt',
    );
  });
});
