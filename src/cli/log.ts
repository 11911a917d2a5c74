// `qrt log`: what the objects of a vat wrote, what failed, and what peers refused.

import { type Command, Option } from 'commander';
import { onOneLine } from '../core/shown-text.ts';
import { LOG_LEVELS, type LogLevel } from '../node/log-levels.ts';
import { wholeNumber, withExamples, withJson } from './options.ts';
import { type Colour, say, sayJson, untilRead } from './output.ts';

interface Options {
  readonly lines?: number;
  readonly follow?: true;
  readonly since?: string;
  readonly level?: LogLevel;
  readonly json?: true;
}

const LINES = { min: 1, max: 1_000_000 };
const LINES_SHOWN = 100;
const COLOURS: Readonly<Partial<Record<LogLevel, Colour>>> = { failure: 'red', link: 'yellow' };

/** Adds the command. */
export function addLog(program: Command): void {
  const command = program
    .command('log')
    .description("show a vat's log: lines of objects, failed turns, refusals of peers")
    .argument('<DIR>', 'directory of a node, running or stopped')
    .option(
      '-n, --lines <N>',
      `how many of the last lines (default: ${LINES_SHOWN}; all with --since)`,
      wholeNumber(LINES),
    )
    .option('-f, --follow', 'go on with new lines for as long as the node runs')
    .option('--since <TIME>', 'lines of the last 90s, 10m, 2h or 3d, or since an ISO time')
    .addOption(new Option('--level <L>', 'lines of one kind only').choices(LOG_LEVELS))
    .action(async (dir: string, options: Options) => {
      const { readLog } = await import('../node/log.ts');
      const { formatTime } = await import('../node/clock.ts');
      const { parseTime } = await import('../node/time-text.ts');
      const { lines, follow, since, level, json } = options;
      await readLog({
        dir,
        lines: lines ?? (since === undefined ? LINES_SHOWN : LINES.max),
        sinceMs: since === undefined ? undefined : parseTime(since),
        level,
        isFollowing: follow === true,
        async onRow(row) {
          await untilRead();
          if (json) return sayJson(row);
          const { timeMs, source, petname, text } = row;
          const colour = COLOURS[row.level];
          const shown = colour === undefined ? row.level : { text: row.level, colour };
          const who = onOneLine(petname ?? source);
          say(`${formatTime(timeMs)} `, shown, ` ${who} ${onOneLine(text)}`);
        },
      });
    });
  withExamples(withJson(command), [
    'qrt log ./NODE1',
    'qrt log ./NODE1 -n 20 --follow',
    'qrt log ./NODE1 --since 2h --level failure',
  ]);
}
