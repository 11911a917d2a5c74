// Options: what several commands share in how they are called.

import { type Command, InvalidArgumentError } from 'commander';
import { isQrtError, QrtError } from '../core/errors.ts';
import { isNode } from '../node/base-dir.ts';
import { exitCodeOf } from './exit-code.ts';
import { sayError } from './output.ts';

/** The option that every command has that prints something. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print one JSON value per line; errors as JSON too');
}

/** Examples under the help of a command. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  const title = examples.length === 1 ? 'Example:' : 'Examples:';
  return command.addHelpText(
    'after',
    `\n${title}\n${examples.map((line) => `  $ ${line}`).join('\n')}`,
  );
}

/** Under the help of what serves nodes. */
export const LIMITS_HINT = `
What a node may use (CPU of a turn, memory of its worker, sizes, queues) has limits that stand in
its config.json: see \`qrt help limits\`.`;

/** A command that is nothing without one of its subcommands, and says which there are. */
export function withSubcommands(
  command: Command,
  adds: readonly ((parent: Command) => void)[],
): Command {
  for (const add of adds) add(command);
  const names = command.commands.map((each) => each.name()).join(', ');
  return command
    .helpCommand(false)
    .allowExcessArguments()
    .action(() => {
      const [given] = command.args;
      const found = given === undefined ? '' : `, not ${given}`;
      const reason = `give one of ${names}${found} (see \`qrt ${command.name()} --help\`)`;
      throw new QrtError('QRT_ARGUMENT_INVALID', { what: `qrt ${command.name()}`, reason });
    });
}

/** For options that may be given several times. */
export function collect(value: string, values: readonly string[]): readonly string[] {
  return [...values, value];
}

/** For options that are a whole number within bounds. */
export function wholeNumber(input: { min: number; max: number }): (text: string) => number {
  const { min, max } = input;
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };
}

/** The node that a command without a directory means. Throws QRT_NODE_UNCHOSEN. */
export function chooseDir(option: string | undefined): string {
  const dir = option ?? (process.env['QRT_DIR'] || undefined);
  if (dir !== undefined) return dir;
  if (isNode('.')) return process.cwd();
  throw new QrtError('QRT_NODE_UNCHOSEN', {});
}

export interface EachInput {
  readonly dirs: readonly string[];
  readonly isJson: boolean;
  readonly work: (dir: string) => Promise<void>;
}

/** Does the work for each directory; one that fails leaves the others alone. */
export async function forEachDir({ dirs, isJson, work }: EachInput): Promise<void> {
  for (const dir of dirs) {
    try {
      await work(dir);
    } catch (error) {
      if (!isQrtError(error)) throw error;
      sayError({ error, isJson });
      process.exitCode ??= exitCodeOf(error);
    }
  }
}
