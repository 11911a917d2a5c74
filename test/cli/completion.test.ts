import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { formatBash } from '../../src/cli/completion-bash.ts';
import { readTree } from '../../src/cli/completion-tree.ts';
import { formatZsh } from '../../src/cli/completion-zsh.ts';
import { makeScratch } from '../node/scratch.ts';

const makeProgram = (): Command => {
  const program = new Command('qrt').version('1').helpCommand(false);
  program.command('start').description("it's [one]: $HOME").argument('<DIR...>').option('--json');
  program.command('status').argument('[DIR...]');
  program
    .command('send')
    .argument('<QRID>')
    .argument('<ARGSJSON>')
    .option('-d, --dir <DIR>', 'the node')
    .option('--ref <PATH=QRID>', 'again', (value: string, all: string[]) => [...all, value], []);
  program
    .command('dump')
    .argument('<DIR>')
    .addArgument(new Argument('[TABLE]').choices(['objects', 'memory']))
    .addOption(new Option('--level <L>').choices(['log', 'link']))
    .addOption(new Option('--secret').hideHelp());
  program.command('install').argument('<DIR>').argument('<PATH>');
  const qrid = program.command('qrid').description('QRIDs');
  qrid.command('new').argument('<DIR>');
  qrid.command('revoke').argument('<DIR>').option('--links');
  return program;
};

describe('completion for bash', () => {
  const complete = (...words: string[]) => {
    const dir = makeScratch();
    for (const name of ['NODE1', 'a b*', 'start']) mkdirSync(join(dir, name));
    writeFileSync(join(dir, 'file.js'), '');
    const script = `${formatBash(readTree(makeProgram()))}
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _qrt; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const text = execFileSync('bash', ['-c', script, 'bash', 'qrt', ...words], {
      cwd: dir,
      encoding: 'utf8',
    });
    return text.split('\n').filter((line) => line !== '');
  };

  it.each<[string[], string[]]>([
    [['sta'], ['start', 'status']],
    [[''], ['start', 'status', 'send', 'dump', 'install', 'qrid']],
    [['--'], ['--version', '--help']],
    [
      ['start', ''],
      ['NODE1', 'a b*', 'start'],
    ],
    [['start', 'NODE1', 'N'], ['NODE1']],
    [['start', 'NODE1', '--j'], ['--json']],
    [
      ['dump', 'NODE1', ''],
      ['objects', 'memory'],
    ],
    [['dump', '--level', 'log', 'NODE1', 'o'], ['objects']],
    [
      ['dump', 'NODE1', '--level', ''],
      ['log', 'link'],
    ],
    [['dump', 'NODE1', 'objects', ''], []],
    [
      ['dump', '--'],
      ['--level', '--help'],
    ],
    [['send', '-d', 'N'], ['NODE1']],
    [['send', '-d', 'NODE1', ''], []],
    [['install', 'NODE1', 'f'], ['file.js']],
    [
      ['qrid', ''],
      ['new', 'revoke'],
    ],
    [['qrid', 'revoke', 'NODE1', '--l'], ['--links']],
    [['qrid', 'new', 'start', ''], []],
  ])('%j offers %j', (words, offers) => {
    expect(complete(...words).sort()).toEqual([...offers].sort());
  });

  it('what is being typed is never run', () => {
    const dir = makeScratch();
    const mark = join(dir, 'mark');
    expect(complete('send', `$(touch ${mark})`, '`id`', `--ref`, '')).toEqual([]);
    expect(complete('start', `$(touch ${mark})`)).toEqual([]);
    expect(spawnSync('ls', [mark]).status).not.toBe(0);
  });

  it('without compopt, as in bash 3, the name of a file reaches the line quoted', () => {
    const dir = makeScratch();
    const names = ['$(touch mark)', 'a b;id', 'plain'];
    for (const name of names) mkdirSync(join(dir, name));
    mkdirSync(join(dir, 'home'));
    mkdirSync(join(dir, 'home', 'c d'));
    const offered = (typed: string): string[] => {
      const script = `enable -n compopt; HOME=$PWD/home
        ${formatBash(readTree(makeProgram()))}
        COMP_WORDS=(qrt start "$1"); COMP_CWORD=2; _qrt; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const text = execFileSync('bash', ['-c', script, 'bash', typed], {
        cwd: dir,
        encoding: 'utf8',
      });
      return text.split('\n').filter((line) => line !== '');
    };
    // What a shell makes of the words is the names again, and nothing has run.
    const line = `printf '%s\\n' ${offered('').join(' ')}`;
    const said = execFileSync('bash', ['-c', line], { cwd: dir, encoding: 'utf8' });
    expect(said.trimEnd().split('\n').sort()).toEqual([...names, 'home'].sort());
    expect(spawnSync('ls', [join(dir, 'mark')]).status).not.toBe(0);
    expect(offered('~/c')).toEqual(['~/c\\ d']);
  });

  it('it can be loaded twice', () => {
    const script = formatBash(readTree(makeProgram()));
    // A shell with its input on a socket reads the machine's own settings unless it is told not to.
    const ran = spawnSync('bash', ['--norc', '-euc', `${script}\n${script}\ncomplete -p qrt`], {
      encoding: 'utf8',
    });
    expect(ran).toMatchObject({ status: 0, stderr: '', stdout: 'complete -F _qrt qrt\n' });
  });
});

const hasZsh = spawnSync('zsh', ['--version']).status === 0;

describe('completion for zsh', () => {
  const script = formatZsh(readTree(makeProgram()));

  it.skipIf(!hasZsh)('zsh can read it and knows the function afterwards', () => {
    const path = join(makeScratch(), '_qrt');
    writeFileSync(path, script);
    expect(spawnSync('zsh', ['-n', path], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
    const load = `autoload -Uz compinit && compinit -D -u && source ${path} && print $_comps[qrt]`;
    expect(spawnSync('zsh', ['-fc', load], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stdout: '_qrt\n',
    });
  });

  it('it begins as zsh wants it, and no description can end its own quotes', () => {
    expect(script).toMatch(/^#compdef qrt\n/);
    expect(script).toContain(`'start:it'\\''s [one]: $HOME'`);
    expect(script).not.toContain('--secret');
  });

  it('an option that may come again is offered again, the others once', () => {
    expect(script).toContain(`'*--ref[again]:PATH=QRID: '`);
    expect(script).toContain(`'(-d --dir)-d[the node]:DIR:_directories'`);
  });
});
