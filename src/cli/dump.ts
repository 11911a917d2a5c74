// `qrt dump`: what is on disk, table by table. No QRID can be made of it.

import { Argument, type Command } from 'commander';
import type { TableRows } from '../node/inspect.ts';
import { TABLES, type Table } from '../node/tables.ts';
import { withExamples, withJson } from './options.ts';
import { say, sayJson, sayTable } from './output.ts';

const CELL_CHARACTERS_MAX = 80;

/** Adds the command. */
export function addDump(program: Command): void {
  const command = program
    .command('dump')
    .description('show what is committed to disk: all tables, or one')
    .argument('<DIR>', 'directory of a node, running or stopped')
    .addArgument(new Argument('[TABLE]', 'one table only').choices(TABLES))
    .action(async (dir: string, table: Table | undefined, options: { json?: true }) => {
      const { readTables } = await import('../node/inspect.ts');
      const tables = readTables(dir, table === undefined ? TABLES : [table]);
      if (options.json) {
        return sayJson(table === undefined ? Object.fromEntries(tables) : tables.get(table));
      }
      for (const [name, rows] of tables) {
        if (table === undefined) say(`\n${name}`);
        sayRows(rows);
      }
    });
  withExamples(withJson(command), ['qrt dump ./NODE1 counters', 'qrt dump ./NODE1 objects --json']);
}

function sayRows(rows: TableRows): void {
  if (!Array.isArray(rows)) {
    sayTable(Object.entries(rows).map(([name, value]) => [name, formatCell(value, name)]));
    return;
  }
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => columns.map((column) => formatCell(row[column], column)));
  if (columns.length === 0) say('(empty)');
  else sayTable([columns, ...cells]);
}

function formatCell(value: unknown, name: string): string {
  if (value === undefined || value === null || value === false) return '';
  if (value === true) return name;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= CELL_CHARACTERS_MAX ? text : `${text.slice(0, CELL_CHARACTERS_MAX)}…`;
}
