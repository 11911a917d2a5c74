// `qrt install`: makes a root object from a file, a folder or a guest that ships.

import type { Command } from 'commander';
import { onOneLine } from '../core/shown-text.ts';
import type { Installed } from '../node/install.ts';
import { collect, withExamples, withJson } from './options.ts';
import { remark, say, sayJson } from './output.ts';
import { withProgress } from './progress.ts';

interface Options {
  readonly power: string;
  readonly grant: readonly string[];
  readonly ref: readonly string[];
  readonly label?: string;
  readonly id?: string;
  readonly json?: true;
}

const ONCE = 'Its QRID is shown only this once; keep it safe:';

const NOTES = `
A folder needs a main.js, the root object. Its other *.js files are text in power.code.NAME, its
power.json is static data (--power wins key by key), and its qrt.json names what it must be given:
the error says which options to add.

A path before you wins over a shipped guest of the same name. So do not write the QRID of a guest
into a file called like it: \`qrt install DIR counter | tee counter\` would install that file.`;

/** Adds the command. */
export function addInstall(program: Command): void {
  const command = program
    .command('install')
    .description('make an object; prints its QRID, which is the right to send to it: keep it safe')
    .argument('<DIR>', 'directory of a node, running or stopped')
    .argument('<PATH>', 'a file with one function, a folder with a main.js, or a shipped guest')
    .option('--power <JSON>', 'static data of its power', '{}')
    .option('--grant <TYPE>', 'a native power, such as log (again for more)', collect, [])
    .option(
      '--ref <PLACE=QRID>',
      'put a reference at PLACE of the power (again for more)',
      collect,
      [],
    )
    .option('--label <TEXT>', 'for you: what the QRID is for')
    .option('--id <ID>', 'asking again with the same id makes no second object')
    .action(async (dir: string, path: string, options: Options) => {
      const { install } = await import('../node/install.ts');
      const { grant, ref, json, ...rest } = options;
      const input = { dir, path, id: undefined, ...rest, grants: grant, refs: ref };
      const installed = await withProgress('checking the code', () => install(input));
      if (json) return sayJson(summary(installed));
      for (const line of describe(installed)) remark(line);
      say(installed.value.qrid);
    })
    .addHelpText('after', NOTES);
  withExamples(withJson(command), [
    'qrt install ./NODE1 sample-methods',
    `qrt install ./NODE1 ./greeter.js --grant log --power '{"greeting":"Hello"}'`,
    `qrt install ./NODE1 ./chat --ref server=qrt:… --label 'for Bob'`,
  ]);
}

function summary({ value, source, grants, references, hello }: Installed): unknown {
  const { path, name, isShipped, bundle } = source;
  const { description } = bundle?.manifest ?? {};
  return {
    ...value,
    path,
    name,
    ...(description !== undefined && { description }),
    shipped: isShipped,
    running: hello !== undefined,
    grants,
    references,
    ...(bundle && { codes: bundle.codes.map((code) => code.name) }),
  };
}

function describe({ value, source, grants, references }: Installed): readonly string[] {
  const { path, isShipped, bundle } = source;
  const what = `${isShipped ? 'the shipped guest ' : ''}${onOneLine(path)}`;
  const first = `Installed ${what} as ${value.object}. ${ONCE}`;
  if (bundle === undefined) return [first];
  const parts = [
    ['granted', grants],
    ['references', references],
    ['code', bundle.codes.map(({ name }) => name)],
  ] as const;
  const said = parts.filter(([, names]) => names.length > 0);
  if (said.length === 0) return [first];
  return [first, `  ${said.map(([word, names]) => `${word} ${names.join(', ')}`).join('; ')}`];
}
