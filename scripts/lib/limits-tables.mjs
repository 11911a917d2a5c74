// The tables of limits in docs/running-nodes.md, made from src/core/node-limits.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.mjs';

export const LIMITS_PAGE = join(ROOT, 'docs/running-nodes.md');

const BEGIN = '<!-- limits: written by `node scripts/limits-tables.mjs` -->';
const END = '<!-- end of limits -->';

/**
 * The page with its tables as they should be.
 * @returns {Promise<string>}
 */
export async function makeLimitsPage() {
  const { NODE_LIMITS, WIRE_LIMITS } = await import('../../src/core/node-limits.ts');
  const page = readFileSync(LIMITS_PAGE, 'utf8');
  const [before = '', rest = ''] = page.split(BEGIN);
  const [, after = ''] = rest.split(END);
  const chosen = Object.entries(NODE_LIMITS).map(([name, { meaning, unit, ...limit }]) => {
    const numbers = [limit.default, limit.min, limit.max].map(show);
    return `| \`${name}\` | ${meaning} | ${unit} | ${numbers.join(' | ')} |`;
  });
  const wire = Object.entries(WIRE_LIMITS).map(
    ([name, { meaning, unit, value }]) => `| \`${name}\` | ${meaning} | ${unit} | ${show(value)} |`,
  );
  return `${before}${BEGIN}

| limit | what is limited | unit | default | least | most |
|---|---|---|---:|---:|---:|
${chosen.join('\n')}

These belong to the protocol, on which two vats have to agree, and cannot be chosen:

| limit | what is limited | unit | value |
|---|---|---|---:|
${wire.join('\n')}

${END}${after}`;
}

/** @param {number} value */
const show = (value) => value.toLocaleString('en-US');
