// `qrt verify`: reads all of a node and says what is damaged.

import type { Command } from 'commander';
import { withExamples, withJson } from './options.ts';
import { formatBytes, say, sayJson, sayTable } from './output.ts';
import { withProgress } from './progress.ts';

const HELP = `
Every page is read: SQLite's own checks of pages, indexes and keys, then each row against its hashes
and the other tables. Nothing is changed, and the node may run; while this reads, the file vat.db-wal
of a running node grows. What is damaged ends it with exit code 70. Then stop the node, keep the
directory as it is, and put back a backup: see \`qrt restore --help\`.`;

/** Adds the command. */
export function addVerify(program: Command): void {
  const command = program
    .command('verify')
    .description('read all of a node and say what is damaged')
    .argument('<DIR>', 'directory of a node, running or stopped')
    .action(async (dir: string, { json }: { json?: true }) => {
      const { verifyNode } = await import('../node/verify.ts');
      let isFirst = true;
      const beganMs = performance.now();
      const { bytes, rows } = await withProgress(`reading ${dir}`, (progress) =>
        verifyNode({
          dir,
          onPart: (part, done) => progress.say(`reading ${part} (${Math.round(100 * done)} %)`),
          onDamage(damage) {
            if (json) return sayJson(damage);
            if (isFirst) sayTable([['table', 'row', 'what']]);
            isFirst = false;
            sayTable([[damage.table, damage.row, damage.what]]);
          },
        }),
      );
      const ms = Math.round(performance.now() - beganMs);
      if (json) return sayJson({ damaged: false, bytes, rows, ms });
      say(`${dir} is whole: ${rows} rows, ${formatBytes(bytes)}, read in ${ms} ms.`);
    });
  command.addHelpText('after', HELP);
  withExamples(withJson(command), ['qrt verify ./NODE1', 'qrt start --verify ./NODE1']);
}
