// What ships in vats/: each guest says what it is, passes the check of its code, and is listed.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CODE_BYTES_MAX } from '../../src/core/limits.ts';
import { checkCode } from '../../src/guest/code-check.ts';
import { readGuest } from './kit.ts';

const VATS = fileURLToPath(new URL('../../vats', import.meta.url));
const page = readFileSync(`${VATS}/README.md`, 'utf8');
const files = readdirSync(VATS).filter((file) => file !== 'README.md');
const names = files.map((file) => file.replace(/\.js$/, ''));
const LINE_MAX = 100;

/** `key-value-store` → `keyValueStore`, and `Key-value store`. */
const camelCase = (name: string) =>
  name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
const heading = (name: string) => {
  const words = name.replaceAll('-', ' ');
  return new RegExp(`^// ${words[0]?.toUpperCase()}${words.slice(1).replaceAll(' ', '[- ]')}: `);
};

describe('vats', () => {
  it('has nothing but guests and their page', () => {
    expect(files.filter((file) => !/^[a-z]+(-[a-z]+)*\.js$/.test(file))).toEqual([]);
    expect(names.length).toBeGreaterThan(10);
  });

  describe.each(names)('%s', (name) => {
    const text = readGuest(name);
    const header = /^(\/\/.*\n)+/.exec(text)?.[0] ?? '';

    it('begins with what it is for, its power and args, and what it does not promise', () => {
      expect(header).toMatch(heading(name));
      expect(header).toMatch(/\n\/\/\n\/\/ Power: \S/);
      expect(header).toMatch(/\n\/\/\n\/\/ Args: {/);
      expect(header).toMatch(/\n\/\/\n\/\/ Not promised: \S/);
      expect(text.slice(header.length)).toMatch(
        new RegExp(`^function ${camelCase(name)}\\(args, power\\) {`),
      );
      expect(text.split('\n').filter((line) => line.length > LINE_MAX)).toEqual([]);
    });

    it('passes the check of its code, and is small enough to be made by another object', () => {
      const checked = checkCode(text, CODE_BYTES_MAX);
      expect(checked).toMatchObject({ text: text.slice(header.length).trimEnd() });
    });

    it('is listed with what it is for and a command that installs it', () => {
      const [row, ...others] = page.split('\n').filter((line) => line.includes(`(${name}.js)`));
      expect(others).toEqual([]);
      expect(row).toMatch(
        new RegExp(
          `^\\| \\[${name}\\]\\(${name}\\.js\\) \\| [^|]{10,} \\| \`qrt install ./NODE1 ${name}[ \`]`,
        ),
      );
    });
  });

  it('lists no guest that does not ship', () => {
    const listed = [...page.matchAll(/\]\(([a-z-]+)\.js\)/g)].map(([, name]) => name);
    expect(listed.toSorted()).toEqual(names.toSorted());
  });
});
