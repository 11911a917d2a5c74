// The list of files in src/README.md: one line each, which is the first sentence of the file.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.mjs';

export const MAP = join(ROOT, 'src/README.md');

/** From the inside out; each may import only what the arrows say. */
const LAYERS = {
  core: 'pure: ids, data, frames, wire format, limits, errors; imported by all',
  kernel: 'one vat, synchronous, pure given its ports; read `vat.ts` first, then `ports.ts`',
  guest: 'the program inside the worker process, bundled as one file',
  worker: 'starts, feeds, measures and ends worker processes',
  store: 'SQLite; SQL appears only here',
  crypto: 'keys appear only here',
  transport: 'HTTP: bytes in, bytes out',
  node: 'composition: a directory, its configuration, its process, its control socket',
  cli: 'one command a file',
  embed: '`qrt`: a vat in the process of a program, for its host code',
  testing: '`qrt/testing`: a vat in memory for the tests of those who write objects',
  page: 'what `qrt ui` shows in a browser, bundled as one script; imports types of core only',
};

const BEGIN = '<!-- files: written by `node scripts/map.mjs` -->\n';
const END = '<!-- end of files -->';

/**
 * The text of the map with the list as it must be.
 * @param {string} text
 */
export function withFiles(text) {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('src/README.md has lost the marks of its list');
  return text.slice(0, begin + BEGIN.length) + listFiles() + text.slice(end);
}

function listFiles() {
  const parts = Object.entries(LAYERS).map(([layer, what]) => {
    const files = readdirSync(join(ROOT, 'src', layer)).filter((name) => name.endsWith('.ts'));
    const lines = files.sort().map((name) => `- \`${name}\`: ${sentenceOf(layer, name)}`);
    return `\n### \`src/${layer}\`: ${what}\n\n${lines.join('\n')}\n`;
  });
  return `${parts.join('')}\n`;
}

/**
 * What a file says it is: its first sentence, without the name before a colon.
 * @param {string} layer
 * @param {string} name
 */
function sentenceOf(layer, name) {
  const lines = readFileSync(join(ROOT, 'src', layer, name), 'utf8').split('\n');
  const end = lines.findIndex((line) => !line.startsWith('// '));
  const header = lines.slice(0, end).map((line) => line.slice(3));
  const sentence = /^.*?\.(?=\s|$)/.exec(header.join(' '))?.[0] ?? header.join(' ');
  return sentence.replace(/^[^:.`]{1,30}: (?=[a-z])/, '');
}
