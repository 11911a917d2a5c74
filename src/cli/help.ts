// `qrt help`: help on a command, and on what belongs to no single one.

import { Argument, type Command } from 'commander';
import { NODE_LIMITS, WIRE_LIMITS } from '../core/node-limits.ts';
import { withExamples, withJson } from './options.ts';
import { say, sayJson, sayRaw, sayTable } from './output.ts';

const LIMITS = 'limits';

/** Adds the command. MUST come after all others: it knows those that are there. */
export function addHelp(program: Command): void {
  const names = program.commands.map((each) => each.name());
  const command = program
    .command('help')
    .description('help on a command, or on the limits of a node')
    .addArgument(new Argument('[TOPIC]', 'what to tell about').choices([...names, LIMITS]))
    .action((topic: string | undefined, options: { json?: true }) => {
      if (topic === LIMITS) return options.json ? sayJson(describeLimits()) : sayLimits();
      const found = program.commands.find((each) => each.name() === topic) ?? program;
      // As `--help` does it: what stands under the help belongs to it.
      found.outputHelp();
    });
  withExamples(withJson(command), ['qrt help start', 'qrt help limits']);
}

function describeLimits() {
  return { limits: NODE_LIMITS, wire: WIRE_LIMITS };
}

function sayLimits(): void {
  sayRaw(`Limits of a node. Those that shall not be the default stand in its config.json, and take effect
when it starts:

  "limits": { "turnCpuMs": 2000, "inboxRows": 5000 }

`);
  sayTable([
    ['limit', 'unit', 'default', 'least', 'most', 'what is limited'],
    ...Object.entries(NODE_LIMITS).map(([name, { unit, meaning, ...limit }]) => [
      name,
      unit,
      ...[limit.default, limit.min, limit.max].map((value) => value.toLocaleString('en-US')),
      meaning,
    ]),
  ]);
  say('');
  say('Limits that belong to the protocol between vats, and cannot be chosen:');
  say('');
  sayTable([
    ['limit', 'unit', 'value', 'what is limited'],
    ...Object.entries(WIRE_LIMITS).map(([name, { unit, value, meaning }]) => [
      name,
      unit,
      value.toLocaleString('en-US'),
      meaning,
    ]),
  ]);
}
