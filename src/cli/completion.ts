// `qrt completion`: a script by which a shell completes what is typed after `qrt`.
//
// It is written from the commands themselves and stands alone. The kept libraries for commander
// were tried: they start Node at each TAB, hand it the line that is being typed (for bash by eval)
// and offer no directories, which are what qrt's commands begin with.

import { Argument, type Command } from 'commander';
import { formatBash } from './completion-bash.ts';
import { readTree } from './completion-tree.ts';
import { formatZsh } from './completion-zsh.ts';
import { withExamples } from './options.ts';
import { sayRaw } from './output.ts';

/** Adds the command. */
export function addCompletion(program: Command): void {
  const command = program
    .command('completion')
    .description('print a script by which bash or zsh completes commands, options and directories')
    .addArgument(new Argument('<SHELL>', 'for which shell').choices(['bash', 'zsh']))
    .action((shell: 'bash' | 'zsh') => {
      const tree = readTree(program);
      sayRaw(shell === 'bash' ? formatBash(tree) : formatZsh(tree));
    });
  withExamples(command, [
    'qrt completion bash > ~/.local/share/bash-completion/completions/qrt',
    'source <(qrt completion bash)   # in ~/.bashrc, without bash-completion',
    'source <(qrt completion zsh)    # in ~/.zshrc, after compinit',
  ]);
}
