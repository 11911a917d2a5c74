// `qrt promises`: pending promises, what settles each, and who waits for whom.

import { Argument, type Command, InvalidArgumentError } from 'commander';
import { QrtError } from '../core/errors.ts';
import { isPromiseId } from '../core/ids.ts';
import { WAITS_SHOWN_MAX } from '../core/wait-limits.ts';
import {
  describeDecider,
  describeHolder,
  describeHolders,
  describeWaiter,
  describeWaiters,
  describeWaiting,
} from '../core/wait-text.ts';
import type { PendingPromise, WaitCycle, Waits } from '../core/waits.ts';
import { wholeNumber, withExamples, withJson } from './options.ts';
import { type Piece, remark, say, sayJson, sayTable } from './output.ts';

interface Options {
  readonly older?: string;
  readonly limit?: number;
  readonly skip?: number;
  readonly json?: true;
}

const LIMIT = { min: 1, max: WAITS_SHOWN_MAX };
const SKIP = { min: 0, max: 9_999_999_999 };
const SHOWN = 100;

const HELP = `
A promise is pending until the function answers whose message it belongs to, until what it follows or
is made of is settled, or until somebody sends to its resolver. Stuck ones come first: nothing that is
left can settle those, because nobody holds the resolver any more, or because they wait for
themselves. They stay until collection comes. An object is safe from that by a deadline:
\`o.send(args, { deadlineMs })\`.`;

/** Adds the command. */
export function addPromises(program: Command): void {
  const command = program
    .command('promises')
    .description(
      'show pending promises: what each waits for, what waits for it, and cycles of that',
    )
    .argument('<DIR>', 'directory of a node, running or stopped')
    .addArgument(new Argument('[ID]', 'one promise, such as p5.0').argParser(promiseId))
    .option(
      '--older <TIME>',
      'only those made 90s, 15m, 1h or 2d ago or earlier, or by an ISO time',
    )
    .option('--limit <N>', `at most so many (default: ${SHOWN})`, wholeNumber(LIMIT))
    .option('--skip <N>', 'leave out so many first', wholeNumber(SKIP))
    .action(async (dir: string, id: string | undefined, options: Options) => {
      if (id === undefined) return sayList(dir, options);
      assertAlone(options);
      return sayOne(dir, id, options);
    });
  command.addHelpText('after', HELP);
  withExamples(withJson(command), [
    'qrt promises ./NODE1',
    'qrt promises ./NODE1 --older 1h',
    'qrt promises ./NODE1 p5.0           # all that waits for it, and who holds it',
    'qrt promises ./NODE1 --skip 100 --limit 100 --json',
  ]);
}

function promiseId(text: string): string {
  if (isPromiseId(text)) return text;
  throw new InvalidArgumentError('Give the id of a promise, such as p5.0.');
}

/** Options of the list. */
function assertAlone(options: Options): void {
  const given = (['older', 'limit', 'skip'] as const).find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new QrtError('QRT_ARGUMENT_INVALID', { what: `--${given}`, reason: 'only without an ID' });
}

const HEAD = ['promise', 'installation', 'made', 'waits for', 'waited for by', 'held by', 'until'];

async function sayList(dir: string, options: Options): Promise<void> {
  const { listWaits } = await import('../node/waits.ts');
  const { formatTime } = await import('../node/clock.ts');
  const { parseTime } = await import('../node/time-text.ts');
  const { older, limit = SHOWN, skip = 0, json } = options;
  const until = older === undefined ? {} : { untilMs: parseTime(older) };
  const waits = listWaits(dir, { ...until, limit, skip });
  if (json) return sayJson(waits);
  const cells = (row: PendingPromise): readonly Piece[] => [
    row.id,
    formatInstallation(row),
    formatTime(row.madeMs),
    row.isStuck
      ? { text: `${describeDecider(row.decider)}: stuck`, colour: 'red' }
      : describeDecider(row.decider),
    describeWaiters(row.waiters),
    describeHolders(row.holders),
    row.deadlineMs === undefined ? '-' : formatTime(row.deadlineMs),
  ];
  sayTable([HEAD, ...waits.promises.map(cells)]);
  for (const cycle of waits.cycles) sayCycle(cycle);
  sayRemarks(waits, { dir, skip, isAll: older === undefined });
}

const formatInstallation = ({ owner, installation }: PendingPromise): string =>
  installation === '' ? String(owner) : `${owner} (${installation})`;

function sayCycle({ cycle, promises, ring, isStuck }: WaitCycle): void {
  const many =
    promises === 1 ? 'a promise waits for itself' : `${promises} promises wait in a ring`;
  const end = isStuck ? ', and nothing can settle them' : ', and some of them can still be settled';
  say({ text: `Cycle ${cycle}: ${many}${end}.`, colour: isStuck ? 'red' : 'yellow' });
  const { first, count } = ring;
  first.forEach(({ id, decider }, at) => {
    const next = first[at + 1] ?? (count === first.length ? first[0] : undefined);
    say(`  ${id} ${describeWaiting(decider, next?.id)}`);
  });
  if (count > first.length)
    say(`  and so on, over ${count - first.length} more, back to ${first[0]?.id}`);
}

interface RemarksInput {
  readonly dir: string;
  readonly skip: number;
  readonly isAll: boolean;
}

function sayRemarks({ promises, cycles, totals }: Waits, { dir, skip, isAll }: RemarksInput): void {
  const { pending, fitting, stuck } = totals;
  if (fitting === 0)
    return remark(
      isAll || pending === 0
        ? 'No promise is pending.'
        : `None of ${pending} pending promises is that old.`,
    );
  const shown = skip + promises.length;
  if (promises.length < fitting) {
    remark(`${promises.length} of ${fitting} are shown; for more: --skip ${shown}, or --limit.`);
  }
  if (totals.cycles > cycles.length)
    remark(`${cycles.length} of ${totals.cycles} cycles are shown.`);
  if (stuck > 0) {
    remark(
      `${stuck} of ${fitting} are stuck: nothing that is left can settle them, so what waits for them\n` +
        'waits for ever. Mend the code; a deadline would have ended it: `o.send(args, { deadlineMs })`.',
    );
  }
  remark(`One of them in full: \`qrt promises ${dir} ${promises[0]?.id ?? 'ID'}\`.`);
}

async function sayOne(dir: string, id: string, { json }: Options): Promise<void> {
  const { showWait } = await import('../node/waits.ts');
  const { formatTime } = await import('../node/clock.ts');
  const found = showWait(dir, id);
  if (json) return sayJson(found);
  const { madeMs, deadlineMs, decider, isStuck, cycle, waiters, holders } = found;
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['of', `installation ${formatInstallation(found)}`],
    ['made', formatTime(madeMs)],
    ['until', deadlineMs === undefined ? 'no deadline' : formatTime(deadlineMs)],
    ['waits', `for ${describeDecider(decider)}`],
    ['stuck', isStuck ? 'nothing that is left can settle it' : undefined],
    ['cycle', cycle === undefined ? undefined : `${cycle}: it waits for itself by way of others`],
  ];
  say(`Promise ${id} of ${dir} is pending:`);
  for (const [name, text] of lines) {
    if (text !== undefined) say(`  ${name.padEnd(6)} ${text}`);
  }
  sayPart(`${waiters.count} waiting for it`, waiters.first.map(describeWaiter), waiters.count);
  sayPart(`${holders.count} holding it`, holders.first.map(describeHolder), holders.count);
}

function sayPart(title: string, lines: readonly string[], count: number): void {
  say(count === 0 ? `${title}.` : `${title}:`);
  for (const line of lines) say(`  ${line}`);
  if (count > lines.length) say(`  and ${count - lines.length} more`);
}
