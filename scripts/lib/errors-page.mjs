// docs/errors.md: every code of src/core/error-table.ts, with what lib/error-advice.mjs says about it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADVICE } from './error-advice.mjs';
import { ROOT } from './root.mjs';

export const ERRORS_PAGE = join(ROOT, 'docs/errors.md');

const TABLE = join(ROOT, 'src/core/error-table.ts');
const CODE_LINE = /^ {2}(QRT_[A-Z0-9_]+): entry\(/gm;

/** In the order of the page: what concerns most readers comes first. */
const KINDS = {
  usage: 'The command cannot be carried out as it was typed. Nothing was changed.',
  guest:
    'Code or a message was refused, or a limit was met. At install it ends the command; in a turn ' +
    'it reaches the object as an error with `name` `QrtError` and this `code`, and if the object ' +
    'does not catch it, the turn fails and the line is in `qrt log`.',
  peer:
    'Something that another vat sent, or was sent, cannot be used. Most of these are seen in ' +
    '`qrt log` and in the line `refusals` of `qrt status`; the messages that follow go on.',
  transient: 'Not now. Trying again later is right, and what was queued stays queued.',
  corrupt:
    'Damage on the disk, or a fault of qrt itself. A node that meets one in its database or kernel ' +
    'ends at once, so that nothing is built on what may be wrong.',
};

const HEAD = `# Every error and what to do about it

A command that fails prints \`qrt: CODE: message\` to standard error, or with \`--json\` one line
\`{"error":{"code":…,"message":…}}\`. The code never changes its meaning; the message may be worded
better from one version to the next, so scripts should look at the code or at the exit code.

Words in braces stand for what differs. No message holds a secret: no swissnum, key or message text.

This page is made from [src/core/error-table.ts](../src/core/error-table.ts) by
\`node scripts/errors-page.mjs\`.
`;

/** The codes of the table, in its order. */
export function readCodes() {
  return [...readFileSync(TABLE, 'utf8').matchAll(CODE_LINE)].map(([, code = '']) => code);
}

/** The page as it must be. Throws when a code has no advice, or advice has no code. */
export async function makeErrorsPage() {
  const { QrtError } = await import('../../src/core/errors.ts');
  const { exitCodeOf } = await import('../../src/cli/exit-code.ts');
  const errors = readCodes().map((code) => {
    const error = new QrtError(/** @type {any} */ (code), {});
    return { code, kind: error.kind, message: error.message, exit: exitCodeOf(error) };
  });
  assertAdvice(errors.map(({ code }) => code));
  const parts = Object.entries(KINDS).map(([kind, about]) => {
    const own = errors.filter((error) => error.kind === kind);
    return `\n## Kind \`${kind}\`\n\n${wrap(about)}\n${own.map(formatError).join('')}`;
  });
  return `${HEAD}\n${formatIndex(errors)}${parts.join('')}`;
}

/** @param {string[]} codes */
function assertAdvice(codes) {
  const missing = codes.filter((code) => !Object.hasOwn(ADVICE, code));
  const extra = Object.keys(ADVICE).filter((code) => !codes.includes(code));
  const place = 'scripts/lib/error-advice.mjs';
  const lines = [
    ...missing.map((code) => `${code}: say what it means and what to do in ${place}`),
    ...extra.map((code) => `${code}: is no code any more, take it out of ${place}`),
  ];
  if (lines.length === 0) return;
  throw new Error(`${lines.join('\n')}\nthen run \`node scripts/errors-page.mjs\`.`);
}

/** @typedef {{ code: string, kind: string, message: string, exit: number }} PageError */

/** @param {PageError[]} errors */
function formatIndex(errors) {
  const lines = Object.keys(KINDS).map((kind) => {
    const own = errors.filter((error) => error.kind === kind);
    const links = own.map(({ code }) => `[${code}](#${code.toLowerCase()})`);
    return `- \`${kind}\`: ${links.join(', ')}\n`;
  });
  return lines.join('');
}

/** @param {PageError} error */
function formatError({ code, exit, message }) {
  const quoted = wrap(message, '> ').replaceAll('<', '\\<');
  return `\n### ${code}\n\n${quoted}\n\n${wrap(ADVICE[code] ?? '')} *Exit code ${exit}.*\n`;
}

const WIDTH = 100;

/**
 * Text in lines of at most WIDTH characters.
 * @param {string} text
 * @param {string} [prefix]
 */
function wrap(text, prefix = '') {
  const lines = [];
  let line = prefix.trimEnd();
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > WIDTH && line !== '') {
      lines.push(line);
      line = prefix + word;
    } else line = longer;
  }
  return [...lines, line].join('\n');
}
