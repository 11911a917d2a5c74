// The README's first block: what the demo printed, without what differs from run to run.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.mjs';

const README = join(ROOT, 'README.md');
const BLOCK = /```console\n[\s\S]*?```/;

/**
 * Writes the transcript into the README. Returns an exit code.
 * @param {string} transcript
 */
export function writeReadme(transcript) {
  const text = readFileSync(README, 'utf8');
  if (!BLOCK.test(text)) throw new Error('README.md has no ```console block');
  writeFileSync(
    README,
    text.replace(BLOCK, () => blockOf(transcript)),
  );
  return 0;
}

/**
 * Compares the transcript with the README. Returns an exit code.
 * @param {string} transcript
 */
export function checkReadme(transcript) {
  const found = BLOCK.exec(readFileSync(README, 'utf8'))?.[0].split('\n') ?? [];
  const wanted = blockOf(transcript).split('\n');
  const line = wanted.findIndex((text, index) => text !== found[index]);
  if (line === -1 && found.length === wanted.length) return 0;
  const at = line === -1 ? wanted.length : line;
  process.stderr.write(
    `demo: README.md shows another run; \`node scripts/demo.mjs --readme\` writes this one\n` +
      `  README.md: ${found[at] ?? '(nothing)'}\n  this run:  ${wanted[at] ?? '(nothing)'}\n`,
  );
  return 1;
}

/** @param {string} transcript */
function blockOf(transcript) {
  return `\`\`\`console\n${mask(transcript)}\`\`\``;
}

/**
 * Puts names where a run has ids, ports, process numbers, times and sizes. What the sandbox of this
 * machine lacks does not show: pages are about one that has it.
 * @param {string} transcript
 */
export function mask(transcript) {
  return transcript
    .replace(/(qrt:[\w-]{43}\.)[\w-]{43}/g, '$1SWISSNUM')
    .replace(/(?<![\w-])[\w-]{43}(?![\w-])/g, numbered('VAT'))
    .replace(/(?<=127\.0\.0\.1:|"port": ?|Port )\d{4,}/g, numbered('PORT'))
    .replace(/(?<=process |kill -9 )\d+/g, numbered('PID'))
    .replace(/(?<=\(id )[^)]+/g, 'ID')
    .replace(/(?<=trace +)[0-9a-f]{32}/g, 'TRACE')
    .replace(/(?<=^|QRID )[0-9a-f]{12}(?=\t| of )/gm, numbered('HASH'))
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/[^\s]+(?=\/vats\/)/g, 'QRT')
    .replace(/^warning: [^\n]*: sandbox of workers: [^\n]*\n/gm, '')
    .replace(/(?<=^ {2}sandbox {2})(?:spaces|none)\b.*/gm, 'full')
    .replace(/\d+ rows?, \d+ bytes/g, 'N rows, N bytes')
    .replace(/(?<= of )\d+(?= bytes\b)/g, 'N')
    .replace(/(?<=, )\d+\.\d [kMG]B(?=, as of )/g, 'SIZE')
    .replace(/(?<=# )\d+(\.\d+)? s later/g, 'N s later');
}

/**
 * The same name for the same text: VAT1, VAT2 and so on.
 * @param {string} name
 */
function numbered(name) {
  /** @type {Map<string, string>} */
  const names = new Map();
  return (/** @type {string} */ text) => {
    const known = names.get(text) ?? `${name}${names.size + 1}`;
    names.set(text, known);
    return known;
  };
}
