// `qrt version`: which qrt this is, and what it is made of.

import type { Command } from 'commander';
import { readVersions } from '../node/program.ts';
import { withExamples, withJson } from './options.ts';
import { sayJson, sayTable } from './output.ts';

/** Adds the command. */
export function addVersion(program: Command): void {
  const command = program
    .command('version')
    .description('show the versions of qrt, its database, its wire format, Node and SES')
    .action((options: { json?: true }) => {
      const versions = readVersions();
      if (options.json) return sayJson(versions);
      sayTable(Object.entries(versions).map(([name, version]) => [name, String(version)]));
    });
  withExamples(withJson(command), ['qrt version', 'qrt version --json']);
}
