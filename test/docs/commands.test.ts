// Every `qrt …` command that a page names exists, with the options that it is given there.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from '../system/kit.ts';
import { codeSpans, type Found, type Page, parsePage, readPages } from './markdown.ts';

/** Each command is asked for its help once. */
const HELPS_MS_MAX = 60_000;

/** Blocks that are no commands, whatever words stand in them. */
const NO_SHELL = new Set(['js', 'ts', 'json', 'text', 'ini', 'nginx', 'caddyfile']);

interface Help {
  readonly commands: ReadonlySet<string>;
  readonly options: ReadonlySet<string>;
}

const helps = new Map<string, Help>();

/** Notes what the command line says of the command at `path`, and of all below it. */
async function learnHelp(world: World, path: readonly string[]): Promise<void> {
  const text = await world.ok([...path, '--help']);
  const commands = sectionOf(text, 'Commands').map((line) => line.split(/[\s|]/)[0] ?? '');
  const flags = sectionOf(text, 'Options').flatMap(
    (line) => line.split('  ')[0]?.match(FLAG) ?? [],
  );
  helps.set(path.join(' '), { commands: new Set(commands), options: new Set(flags) });
  for (const command of commands) await learnHelp(world, [...path, command]);
}

function helpOf(path: readonly string[]): Help {
  const help = helps.get(path.join(' '));
  if (help === undefined) throw new Error(`there is no help for ${path.join(' ')}`);
  return help;
}

const FLAG = /(?<![\w-])--?[A-Za-z][\w-]*/g;

/** The entries of a section of a help text, without their continuation lines. */
function sectionOf(text: string, name: string): readonly string[] {
  const body = new RegExp(`^${name}:\n((?:  .*\n|\n(?=  ))*)`, 'm').exec(text)?.[1] ?? '';
  return body.split('\n').flatMap((line) => /^ {2}(\S.*)$/.exec(line)?.[1] ?? []);
}

/** Every text of a page that a shell would run, with its line. */
function shellTexts(page: Page): readonly Found[] {
  const blocks = page.blocks.flatMap(({ language, line, lines }) => {
    if (NO_SHELL.has(language)) return [];
    const shown = lines.map((text, index) => ({ text, line: line + index }));
    if (language !== 'console') return shown;
    return shown
      .filter(({ text }) => text.startsWith('$ '))
      .map((found) => ({ ...found, text: found.text.slice(2) }));
  });
  // A text with an escape in it is a string of a program and no command.
  return [...codeSpans(page).filter(({ text }) => !/\\n/.test(text)), ...blocks];
}

/** The words after each `qrt` of a text, up to where that command ends. */
function commandsIn(text: string): readonly (readonly string[])[] {
  const commands: (readonly string[])[] = [];
  // What stands in $(…) is a command of its own, and one word of the command around it.
  const inner = /\$\(([^()]*)\)/;
  let bare = text.replace(/'[^']*'|"[^"]*"/g, 'TEXT').replace(/(^|\s)#.*$/, '');
  for (let match = inner.exec(bare); match !== null; match = inner.exec(bare)) {
    commands.push(...commandsIn(match[1] ?? ''));
    bare = bare.replace(inner, 'TEXT');
  }
  const found = bare.matchAll(/(?<![\w.:@-])(?:[\w./-]*\/)?qrt((?:[ \t]+[^\s;|&()<>`]+)+)/g);
  return [...commands, ...[...found].map(([, words = '']) => words.trim().split(/\s+/))];
}

/** What is wrong with the words after `qrt`; undefined when nothing is. */
function wrongWith(words: readonly string[]): string | undefined {
  const path: string[] = [];
  let rest = words;
  // `install|run|…` and `…` in prose stand for several commands.
  for (let help = helpOf([]); help.commands.size > 0; help = helpOf(path)) {
    const [word = ''] = rest;
    if (word.startsWith('-') || /^[A-Z…]/.test(word) || word === '') break;
    if (!help.commands.has(word)) return `there is no command \`qrt ${[...path, word].join(' ')}\``;
    path.push(word);
    rest = rest.slice(1);
  }
  const { options } = helpOf(path);
  const flags = rest.flatMap(
    (word) => /^--?[A-Za-z][\w-]*/.exec(word.replace(/^\[/, ''))?.[0] ?? [],
  );
  const unknown = flags.filter((flag) => !options.has(flag));
  if (unknown.length === 0) return undefined;
  return `\`qrt ${path.join(' ')}\` has no ${unknown.join(', ')}`;
}

const wrongIn = (page: Page): readonly string[] =>
  shellTexts(page).flatMap(({ text, line }) =>
    commandsIn(text).flatMap((words) => {
      const why = wrongWith(words);
      return why === undefined ? [] : [`${page.path}:${line}: ${why}`];
    }),
  );

describe('commands that pages name', () => {
  let world: World;
  beforeAll(async () => {
    world = makeWorld();
    await learnHelp(world, []);
  }, HELPS_MS_MAX);
  afterAll(() => world.end());

  it('exist with the options that they are given', () => {
    const pages = readPages();
    const named = pages.flatMap((page) => shellTexts(page).flatMap(({ text }) => commandsIn(text)));
    expect(named.length).toBeGreaterThan(50);
    expect(pages.flatMap(wrongIn)).toEqual([]);
  });

  it('a command or an option that does not exist is found, wherever it stands', () => {
    const text = [
      'Type `qrt strat NODE1` or `qrt send --await QRID {}`.',
      '```console',
      '$ qrt stop NODE1; ./bin/qrt start --fast NODE1 | grep -v x',
      "$ qrt send $(qrt install NODE a.js --power '{}' --granted x) '{}' --now; echo --this",
      'qrt --nothing is output',
      '```',
      '```sh',
      'until npx qrt log NODE1 -n 5 --loud; do sleep 1; done # qrt --comment',
      '```',
      '```js',
      'qrt nothing',
      '```',
      'The qrt of prose, and `qrt log DIR -n 3`.',
    ].join('\n');
    expect(wrongIn(parsePage('page.md', text))).toEqual([
      'page.md:1: there is no command `qrt strat`',
      'page.md:1: `qrt send` has no --await',
      'page.md:3: `qrt start` has no --fast',
      'page.md:4: `qrt install` has no --granted',
      'page.md:4: `qrt send` has no --now',
      'page.md:8: `qrt log` has no --loud',
    ]);
  });
});
