// How names that the author of a bundle chose appear in errors.

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatQrid, makeSwissnum, makeVatId } from '../../src/core/ids.ts';
import { BUNDLE_JSON_BYTES_MAX } from '../../src/core/limits.ts';
import { readCodeSource } from '../../src/node/code-source.ts';
import { planPower } from '../../src/node/install-power.ts';
import { parseRefs } from '../../src/node/operator-data.ts';
import { makeScratch } from './scratch.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

const CODE = '(args, power) => {}';
const NOT_UTF8 = Uint8Array.from([0x28, 0xff, 0xfe, 0x29]);

const makeFolder = (files: Files): string => {
  const folder = join(makeScratch(), 'chat');
  mkdirSync(folder);
  for (const [name, content] of Object.entries({ 'main.js': CODE, ...files })) {
    writeFileSync(join(folder, name), content);
  }
  return folder;
};

/** `CODE: message` of what it throws. */
const refusal = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${code}: ${message}`;
  }
  return 'nothing';
};

describe('what a stranger named makes no line of its own', () => {
  const FORGED = 'a\nqrt: Installed everything as o1.0.\n\u2028\u202e';
  const SHOWN = 'a\\nqrt: Installed everything as o1.0.\\n\\u2028\\u202e';
  const install = (folder: string, refs: readonly string[] = []) => {
    const source = readCodeSource(folder);
    const bundle = source.bundle && { ...source.bundle, path: source.path };
    const typed = { what: '--power', value: {} };
    planPower({
      bundle,
      given: { typed, grants: [], refs: parseRefs(refs), bytesMax: 1e6, isReference: () => false },
    });
  };
  const key = new Uint8Array(32).fill(1);
  const REF = formatQrid({ vat: makeVatId(key), swissnum: makeSwissnum(key) });

  it.each<[string, Files]>([
    ['a file', { [`${FORGED}.js`]: CODE }],
    ['a key of the manifest', { 'qrt.json': JSON.stringify({ [FORGED]: 1 }) }],
    ['text that is no JSON', { 'power.json': FORGED }],
    ['a key of the data', { 'power.json': JSON.stringify({ [FORGED]: {} }) }],
  ])('%s', (_, files) => {
    const said = refusal(() => install(makeFolder(files), [`no.where=${REF}`]));
    expect(said).toMatch(/^QRT_/);
    expect(said).toContain('a\\nqrt: ');
    expect(said).not.toMatch(/[\n\u2028\u202e]/);
  });

  it.each<[string, Files]>([
    ['with two roots', { 'main.mjs': CODE }],
    ['with data that is no UTF-8', { 'power.json': NOT_UTF8 }],
    ['with code that is no UTF-8', { 'child.js': NOT_UTF8 }],
    ['with too long a manifest', { 'qrt.json': ' '.repeat(BUNDLE_JSON_BYTES_MAX + 1) }],
    ['with data that qrt puts there', { 'power.json': '{"memory":1}' }],
    ['that lacks something', { 'qrt.json': '{"grants":["log"]}' }],
  ])('a folder %s', (_, files) => {
    const folder = join(makeScratch(), FORGED);
    renameSync(makeFolder(files), folder);
    const said = refusal(() => install(folder));
    expect(said).toMatch(/^QRT_/);
    expect(said).toContain(SHOWN);
    expect(said).not.toContain('\nqrt');
  });
});
