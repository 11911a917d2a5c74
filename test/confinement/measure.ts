// Measure: writes into the tables which attacks succeed in the naive sandbox.
//
//   node --import ./scripts/ts-loader.mjs test/confinement/measure.ts [KIND…]

import { readFileSync, writeFileSync } from 'node:fs';
import { measureAll } from './naive.ts';
import { KINDS, type Kind, readTable } from './table.ts';

const named = process.argv.slice(2).filter((word): word is Kind => KINDS.includes(word as Kind));
let succeeded = 0;
let total = 0;
for (const kind of named.length > 0 ? named : KINDS) {
  const all = readTable(kind);
  const attacks = all.filter(({ naive }) => naive !== undefined);
  const measured = await measureAll(
    attacks.map(({ code, naive }) => ({ code, goal: naive?.goal ?? '' })),
  );
  const verdicts = measured.map(({ isMet }) => (isMet ? 'succeeds' : 'fails'));
  const path = new URL(`attacks/${kind}.txt`, import.meta.url);
  let at = 0;
  const text = readFileSync(path, 'utf8').replace(/^( {2}naive .*: )\S+$/gm, (_line, start) => {
    at += 1;
    return `${start}${verdicts[at - 1]}`;
  });
  writeFileSync(path, text);
  const biting = verdicts.filter((verdict) => verdict === 'succeeds').length;
  process.stdout.write(`${kind}: ${all.length}, of which ${biting} succeed in the naive sandbox\n`);
  for (const [index, { isMet, shown }] of measured.entries()) {
    if (!isMet) process.stdout.write(`  fails: ${attacks[index]?.name} (${shown})\n`);
  }
  if (kind === 'controls') continue;
  succeeded += biting;
  total += all.length;
}
process.stdout.write(`${total} attacks, ${succeeded} succeed\n`);
