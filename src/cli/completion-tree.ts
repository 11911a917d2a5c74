// Completion tree: what can be typed after `qrt`, read from the commands themselves.

import type { Argument, Command, Option } from 'commander';

/** What a shell offers in place of a value. */
export type Offer = 'directories' | 'files' | 'nothing' | readonly string[];

/** A value after an option, or an argument of a command. */
export interface Value {
  readonly name: string;
  readonly offer: Offer;
}

export interface CompletedOption {
  readonly short: string | undefined;
  readonly long: string;
  readonly description: string;
  /** Absent for one that takes no value. */
  readonly value?: Value;
  readonly isRepeated: boolean;
}

export interface CompletedCommand {
  /** Words from the outside in; none for `qrt` itself. */
  readonly words: readonly string[];
  readonly description: string;
  readonly commands: readonly CompletedCommand[];
  readonly options: readonly CompletedOption[];
  readonly values: readonly Value[];
  /** Whether the last argument may be given again and again. */
  readonly isVariadic: boolean;
}

/** The tree of a program; what help does not show is not in it. */
export function readTree(command: Command, words: readonly string[] = []): CompletedCommand {
  const help = command.createHelp();
  return {
    words,
    description: command.description(),
    commands: help
      .visibleCommands(command)
      // Commander adds it to each group of commands by itself.
      .filter((child) => command.commands.includes(child))
      .map((child) => readTree(child, [...words, child.name()])),
    options: help.visibleOptions(command).map(readOption),
    values: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      offer: offerOf(argument),
    })),
    isVariadic: command.registeredArguments.some(({ variadic }) => variadic),
  };
}

function readOption(option: Option): CompletedOption {
  const { short, long, description, required, optional, flags, parseArg } = option;
  const name = /[<[](.+?)[>\]]/.exec(flags)?.[1] ?? 'VALUE';
  const takesValue = required || optional;
  return {
    short,
    long: long ?? short ?? flags,
    description,
    ...(takesValue && { value: { name, offer: offerOf({ ...option, name: () => name }) } }),
    // Commander has no word for it: an option that is collected starts with an empty list.
    isRepeated: parseArg !== undefined && Array.isArray(option.defaultValue),
  };
}

/** Arguments say by their names what they are: it is how help tells people, too. */
function offerOf(argument: Pick<Argument, 'argChoices'> & { name(): string }): Offer {
  if (argument.argChoices !== undefined) return argument.argChoices;
  const name = argument.name();
  if (name === 'DIR') return 'directories';
  return name === 'PATH' ? 'files' : 'nothing';
}
