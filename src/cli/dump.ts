// `qrt dump`: what is on disk, table by table. No QRID can be made of it.

import { Argument, type Command } from 'commander';
import { toJsonText } from '../core/shown-text.ts';
import type { TableFilter, TableView } from '../node/inspect.ts';
import { TABLES, type Table } from '../node/tables.ts';
import { wholeNumber, withExamples, withJson } from './options.ts';
import { isOnTerminal, say, sayRaw, sayTable, untilRead } from './output.ts';
import { type Progress, withProgress } from './progress.ts';

interface Options extends TableFilter {
  readonly json?: true;
}

const CELL_CHARACTERS_MAX = 80;
/** Rows that are aligned with each other on a terminal; the next ones may be wider. */
const ALIGNED_ROWS = 256;
const LIMIT = { min: 1, max: 1_000_000_000 };
const OWNER = { min: 0, max: 9_999_999_999 };

/** Adds the command. */
export function addDump(program: Command): void {
  const command = program
    .command('dump')
    .description('show what is committed to disk: all tables, or one')
    .argument('<DIR>', 'directory of a node, running or stopped')
    .addArgument(new Argument('[TABLE]', 'one table only').choices(TABLES))
    .option('--object <ID>', 'only what is about this object, such as o5.0')
    .option('--owner <N>', 'only what belongs to this installation', wholeNumber(OWNER))
    .option('--peer <PEER>', 'only what is about this peer: petname, vat id or its beginning')
    .option('--limit <N>', 'at most so many rows of each table', wholeNumber(LIMIT))
    .action(async (dir: string, table: Table | undefined, options: Options) => {
      const { viewTables } = await import('../node/inspect.ts');
      const { json, ...filter } = options;
      await withProgress('reading', async (progress) => {
        const views = viewTables({ dir, table, filter });
        if (json) await sayAsJson({ views, isOne: table !== undefined, progress });
        else await sayAsText({ views, isOne: table !== undefined, progress });
      });
    });
  withExamples(withJson(command), [
    'qrt dump ./NODE1 counters',
    'qrt dump ./NODE1 objects --json',
    'qrt dump ./NODE1 references --object o5.0   # who refers to whom',
    'qrt dump ./NODE1 outbox --peer bob --limit 20',
  ]);
}

interface SayInput {
  readonly views: Iterable<TableView>;
  /** Whether one table was asked for. */
  readonly isOne: boolean;
  readonly progress: Progress;
}

/** Piece by piece: a table may be larger than memory. */
async function sayAsJson({ views, isOne, progress }: SayInput): Promise<void> {
  if (!isOne) sayRaw('{');
  let tables = 0;
  for (const view of views) {
    if (!isOne) sayRaw(`${tables === 0 ? '' : ','}${JSON.stringify(view.table)}:`);
    tables += 1;
    const rows = counted(view, progress);
    if (view.table === 'counters') for (const row of rows) sayRaw(toJsonText(row));
    else await sayArray(rows);
  }
  sayRaw(isOne ? '\n' : '}\n');
}

async function sayArray(rows: Iterable<object>): Promise<void> {
  let separator = '[';
  for (const row of rows) {
    sayRaw(`${separator}${toJsonText(row)}`);
    separator = ',';
    await untilRead();
  }
  sayRaw(separator === '[' ? '[]' : ']');
}

async function sayAsText({ views, isOne, progress }: SayInput): Promise<void> {
  for (const view of views) {
    if (!isOne) say(`\n${view.table}`);
    const { columns } = view;
    const rows = counted(view, progress);
    if (view.table === 'counters') sayRecords(rows);
    else await sayRows(columns, cellsOf(rows, columns));
  }
}

/** A record is shown from top to bottom. */
function sayRecords(records: Iterable<Record<string, unknown>>): void {
  for (const record of records) {
    const lines = Object.entries(record).map(([name, value]) => [name, formatCell(value, name)]);
    sayTable(lines);
  }
}

function* cellsOf(
  rows: Iterable<Record<string, unknown>>,
  columns: readonly string[],
): Iterable<readonly string[]> {
  for (const row of rows) yield columns.map((column) => formatCell(row[column], column));
}

async function sayRows(
  columns: readonly string[],
  rows: Iterable<readonly string[]>,
): Promise<void> {
  const widths: number[] = [];
  let block: (readonly string[])[] = [columns];
  let isEmpty = true;
  for (const row of rows) {
    isEmpty = false;
    block.push(row);
    if (block.length < ALIGNED_ROWS) continue;
    sayTable(block, widths);
    await untilRead();
    block = [];
  }
  if (isEmpty && isOnTerminal()) say('(empty)');
  else sayTable(block, widths);
}

function* counted({ table, rows }: TableView, progress: Progress) {
  let count = 0;
  for (const row of rows) {
    yield row;
    count += 1;
    // Where the rows themselves appear, they are the progress.
    if (!isOnTerminal()) progress.say(`reading ${table}: ${count} rows`);
  }
}

function formatCell(value: unknown, name: string): string {
  if (value === undefined || value === null || value === false) return '';
  if (value === true) return name;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= CELL_CHARACTERS_MAX ? text : `${text.slice(0, CELL_CHARACTERS_MAX)}…`;
}
