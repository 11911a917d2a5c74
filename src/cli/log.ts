// `qrt log`: what the objects of a vat wrote, what failed, and what peers refused.

import type { Command } from 'commander';
import { wholeNumber, withExamples, withJson } from './options.ts';
import { onOneLine, say, sayJson } from './output.ts';

interface Options {
  readonly lines: number;
  readonly follow?: true;
  readonly json?: true;
}

const LINES = { min: 1, max: 1_000_000 };

/** Adds the command. */
export function addLog(program: Command): void {
  const command = program
    .command('log')
    .description("show a vat's log: lines of objects, failed turns, refusals of peers")
    .argument('<DIR>', 'directory of a node, running or stopped')
    .option('-n, --lines <N>', 'how many of the last lines', wholeNumber(LINES), 100)
    .option('-f, --follow', 'go on with new lines for as long as the node runs')
    .action(async (dir: string, options: Options) => {
      const { readLog } = await import('../node/log.ts');
      const { formatTime } = await import('../node/clock.ts');
      await readLog({
        dir,
        lines: options.lines,
        isFollowing: options.follow === true,
        onRow(row) {
          const { timeMs, level, source, text } = row;
          if (options.json) sayJson(row);
          else say(`${formatTime(timeMs)} ${level} ${source} ${onOneLine(text)}`);
        },
      });
    });
  withExamples(withJson(command), ['qrt log ./NODE1', 'qrt log ./NODE1 -n 20 --follow']);
}
