// Table of the planted bugs, as README.md shows it: `npm run planted -- --table`.

import type { Plant } from './plant.ts';

/** The table in Markdown, one row a bug. */
export function formatTable(plants: readonly Plant[]): string {
  const rows = plants.map(({ name, breaks, what, test }) => {
    const file = test.file.replace(/^test\//, '');
    const noticed = test.name === '' ? `\`${file}\`` : `\`${file}\`: ${escapeCell(test.name)}`;
    return `| \`${name}\` | ${breaks} | ${escapeCell(what)} | ${noticed} |`;
  });
  return [
    '| bug | breaks | what is wrong | the test that notices it |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

const escapeCell = (text: string): string => text.replaceAll('|', '\\|');
