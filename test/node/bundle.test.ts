// What a folder holds for `qrt install`, and which folders are refused.

import { once } from 'node:events';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  BUNDLE_CODES_MAX,
  BUNDLE_ENTRIES_MAX,
  BUNDLE_JSON_BYTES_MAX,
  CODE_BYTES_INSTALL_MAX,
  CODE_BYTES_MAX,
} from '../../src/core/limits.ts';
import { readBundle } from '../../src/node/bundle.ts';
import { readCodeSource } from '../../src/node/code-source.ts';
import { makeScratch } from './scratch.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

const CODE = '(args, power) => {}';
const NOT_UTF8 = Uint8Array.from([0x28, 0xff, 0xfe, 0x29]);

/** A folder with a main.js and these files. */
const makeFolder = (files: Files = {}): string => {
  const folder = join(makeScratch(), 'chat');
  for (const [name, content] of Object.entries({ 'main.js': CODE, ...files })) {
    if (name.includes('/') || name === 'main.js') {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
    }
    writeFileSync(join(folder, name), content);
  }
  return folder;
};

const read = (files: Files = {}) => readBundle(makeFolder(files));

/** `CODE: message` of what reading a folder or path throws, without the scratch directory. */
const refusal = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${code}: ${message.replace(/\/\S*?\/chat/g, 'chat')}`;
  }
  return 'nothing';
};
const INVALID = 'QRT_BUNDLE_INVALID: The bundle cannot be installed.';

describe('bundle', () => {
  it('has a root, code by the names of its files, data and a manifest; nothing else is read', () => {
    const { main, bundle } = read({
      'worker.js': '() => 2',
      'child.js': '() => 1',
      'child.test.js': 'no code',
      'power.json': '{"title":"x"}',
      'qrt.json':
        '{"name":"Chat","description":"Talks.","grants":["log"],"refs":{"to":"a friend"}}',
      'README.md': '#',
      'package.json': '{',
      'main.d.ts': 'x',
      'child.mjs': 'x',
      '.hidden.js': 'x',
      'lib/no-name.js': 'x',
      'named.js/inner.js': 'x',
    });
    expect(main).toMatchObject({ text: CODE, bytesMax: CODE_BYTES_INSTALL_MAX });
    expect(bundle.codes.map(({ name, text }) => [name, text])).toEqual([
      ['child', '() => 1'],
      ['worker', '() => 2'],
    ]);
    expect(bundle.codes[0]?.bytesMax).toBe(CODE_BYTES_MAX);
    expect(bundle.power?.json).toBe('{"title":"x"}');
    expect(bundle.manifest).toEqual({
      name: 'Chat',
      description: 'Talks.',
      grants: ['log'],
      refs: [{ name: 'to', purpose: 'a friend' }],
    });
  });

  it('with a main.js alone asks for nothing', () => {
    const { bundle } = read();
    expect(bundle).toMatchObject({ codes: [], manifest: { grants: [], refs: [] } });
    expect(bundle.power).toBeUndefined();
  });

  it('is called by its manifest, else by its folder, also as `.`', () => {
    const folder = makeFolder();
    expect(readCodeSource(folder).name).toBe('chat');
    expect(readCodeSource(`${folder}/.`).name).toBe('chat');
    expect(readCodeSource(makeFolder({ 'qrt.json': '{"name":"Talk"}' })).name).toBe('Talk');
  });

  it('may be a guest that ships, and is called as it is shipped', () => {
    const folder = makeFolder({ 'child.js': CODE, 'qrt.json': '{"grants":["log"]}' });
    const vats = dirname(folder);
    writeFileSync(join(vats, 'alone.js'), CODE);
    const chat = readCodeSource('chat', { vats });
    expect(chat).toMatchObject({ path: folder, isShipped: true, name: 'chat' });
    expect(chat.bundle?.codes.map(({ name }) => name)).toEqual(['child']);
    for (const name of ['alone', 'alone.js']) {
      expect(readCodeSource(name, { vats })).toMatchObject({
        isShipped: true,
        main: { text: CODE },
      });
    }
    writeFileSync(join(vats, 'notes.md'), '# Not a guest');
    const missing =
      'nothing: no such file or folder, and no such guest ships. These do: alone, chat.';
    expect(refusal(() => readCodeSource('nothing', { vats }))).toContain(missing);
    // Only plain names are looked for there.
    expect(refusal(() => readCodeSource('../chat', { vats: join(vats, 'chat') }))).toContain(
      'CODE_MISSING',
    );
  });

  it('may hold links to its own files, and may be reached by a link itself', () => {
    const folder = makeFolder({ 'lib/child.txt': '() => 1', 'lib/more.js': 'x' });
    symlinkSync('lib/child.txt', join(folder, 'child.js'));
    symlinkSync('lib', join(folder, 'folder.js'));
    const link = `${folder}-link`;
    symlinkSync(folder, link);
    for (const path of [folder, link]) {
      expect(readBundle(path).bundle.codes.map(({ name }) => name)).toEqual(['child']);
    }
  });

  it.each(['main.js', 'child.js', 'power.json', 'qrt.json'])(
    'a link that leads out of the folder is refused and not read: %s',
    (name) => {
      const folder = makeFolder({ 'main.js': CODE });
      const outside = `${folder}-secret`;
      writeFileSync(outside, '{"secret":1}');
      if (name === 'main.js') rmSync(join(folder, name));
      symlinkSync(outside, join(folder, name));
      expect(refusal(() => readBundle(folder))).toBe(
        `${INVALID} chat/${name}: it is a link that leads out of the folder: ` +
          'put a copy in its place.',
      );
    },
  );

  it('a link whose name only begins like the folder leads out of it, one to nowhere is none', () => {
    const folder = makeFolder();
    mkdirSync(`${folder}-other`);
    writeFileSync(`${folder}-other/child.js`, CODE);
    symlinkSync(`${folder}-other/child.js`, join(folder, 'child.js'));
    expect(refusal(() => readBundle(folder))).toContain('leads out of the folder');
    const dangling = makeFolder();
    symlinkSync('gone.js', join(dangling, 'child.js'));
    expect(refusal(() => readBundle(dangling))).toBe(
      `${INVALID} chat/child.js: it is a link that leads nowhere.`,
    );
    const ring = makeFolder();
    symlinkSync('child.js', join(ring, 'child.js'));
    expect(refusal(() => readBundle(ring))).toContain('leads nowhere');
  });

  it('what is neither file nor folder is refused', async () => {
    const folder = makeFolder();
    const server = createServer().listen(join(folder, 'child.js'));
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    expect(refusal(() => readBundle(folder))).toBe(
      `${INVALID} chat/child.js: it is no regular file.`,
    );
  });

  it('a folder without a main.js is refused, and so is a path where nothing is', () => {
    const folder = join(makeScratch(), 'chat');
    mkdirSync(folder);
    expect(refusal(() => readCodeSource(folder))).toBe(
      `${INVALID} chat: it has no main.js, which is the root object.`,
    );
    expect(refusal(() => readCodeSource(`${folder}/nothing`))).toContain('QRT_CODE_MISSING');
  });

  it.each(['main.js', 'power.json', 'qrt.json'])('%s as a folder is refused', (name) => {
    const folder = join(makeScratch(), 'chat');
    mkdirSync(join(folder, name), { recursive: true });
    if (name !== 'main.js') writeFileSync(join(folder, 'main.js'), CODE);
    expect(refusal(() => readBundle(folder))).toBe(
      `${INVALID} chat/${name}: it is a folder, not a file.`,
    );
  });

  it.each(['main.mjs', 'main.cjs', 'Main.js', 'MAIN.JS'])('two roots are refused: %s', (other) => {
    expect(refusal(() => read({ [other]: CODE }))).toBe(
      `${INVALID} chat: it has two roots, main.js and ${other}: rename the other one.`,
    );
  });

  it.each(['two-words.js', '1st.js', 'a.b.js', 'ä.js', 'a b.js', 'vitest.config.js'])(
    'a name that code cannot reach is refused: %s',
    (name) => {
      const said = refusal(() => read({ [name]: CODE }));
      expect(said).toContain(`${INVALID} chat/${name}: `);
      expect(said).toContain('power.code.NAME');
      expect(said).toContain('subfolder');
    },
  );

  it('code named like a part of every object is code', () => {
    const { bundle } = read({ '__proto__.js': CODE, 'constructor.js': CODE, '$.js': CODE });
    expect(bundle.codes.map(({ name }) => name)).toEqual(['$', '__proto__', 'constructor']);
  });

  it('text that is not UTF-8 is refused with the name of its file', () => {
    const cases = [
      ['main.js', 'QRT_CODE_REFUSED'],
      ['child.js', 'QRT_CODE_REFUSED'],
      ['power.json', 'QRT_JSON_MALFORMED'],
      ['qrt.json', 'QRT_JSON_MALFORMED'],
    ] as const;
    for (const [name, code] of cases) {
      const said = refusal(() => read({ [name]: NOT_UTF8 }));
      expect(said).toContain(`${code}: chat/${name}`);
      expect(said).toContain('not UTF-8');
    }
  });

  it(`may have ${BUNDLE_CODES_MAX} code files and not one more`, () => {
    const files: Record<string, string> = {};
    for (let n = 1; n <= BUNDLE_CODES_MAX; n += 1) files[`c${n}.js`] = CODE;
    expect(read(files).bundle.codes).toHaveLength(BUNDLE_CODES_MAX);
    files['one_more.js'] = CODE;
    expect(refusal(() => read(files))).toBe(
      `${INVALID} chat: it has more than ${BUNDLE_CODES_MAX} code files.`,
    );
  });

  it(`may have ${BUNDLE_ENTRIES_MAX} entries and not one more`, () => {
    const files: Record<string, string> = {};
    for (let n = 1; n < BUNDLE_ENTRIES_MAX; n += 1) files[`${n}.txt`] = '';
    expect(read(files).bundle.codes).toEqual([]);
    files['one-more.txt'] = '';
    expect(refusal(() => read(files))).toBe(
      `${INVALID} chat: it has more than ${BUNDLE_ENTRIES_MAX} entries.`,
    );
  }, 30_000);

  it.each([
    ['main.js', CODE_BYTES_INSTALL_MAX],
    ['child.js', CODE_BYTES_MAX],
    ['power.json', BUNDLE_JSON_BYTES_MAX],
    ['qrt.json', BUNDLE_JSON_BYTES_MAX],
  ])('a %s of %i bytes is read, one of a byte more is refused', (name, max) => {
    const content = `{}${' '.repeat(max - 2)}`;
    expect(refusal(() => read({ [name]: content }))).toBe('nothing');
    expect(refusal(() => read({ [name]: `${content} ` }))).toBe(
      `QRT_REQUEST_OVERSIZE: chat/${name} has ${max + 1} bytes; at most ${max} are allowed.`,
    );
  });

  it.each(['', '{', '{"name":"x",}', '[1e999]', '-0', '['.repeat(100_000)])(
    'a qrt.json that is no exact JSON is refused: %j',
    (text) => {
      expect(refusal(() => read({ 'qrt.json': text }))).toMatch(
        /^QRT_JSON_MALFORMED: chat\/qrt.json cannot be taken as JSON/,
      );
    },
  );
});
