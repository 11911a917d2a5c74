// `qrt run`: serves a node in the foreground.

import { type Command, Option } from 'commander';
import type { RequiredSandbox } from '../core/sandbox.ts';
import type { ReadyNode } from '../node/run.ts';
import { codedError } from './coded-error.ts';
import { LIMITS_HINT, withExamples, withJson } from './options.ts';
import { outliveReaders, say, sayJson } from './output.ts';
import { paranoidOption } from './paranoid-option.ts';
import { privatePeersOption } from './private-peers-option.ts';
import { REQUIRE_SANDBOX, requireSandbox } from './require-sandbox.ts';
import { makeRunCommand } from './start-command.ts';
import { formatUnit } from './systemd-unit.ts';
import { verifyOption } from './verify-option.ts';

interface Options {
  readonly json?: true;
  readonly requireSandbox?: RequiredSandbox;
  readonly verify?: true;
  readonly paranoid?: true;
  readonly allowPrivatePeers?: true;
  /** Set by `start`: there is no terminal, and a pipe waits for news. */
  readonly report?: true;
}

/** Adds the command. */
export function addRun(program: Command): void {
  const command = program
    .command('run')
    .description('serve a node in the foreground until Ctrl-C or `qrt stop`')
    .argument('<DIR>', 'directory of a node')
    .addOption(requireSandbox())
    .addOption(verifyOption())
    .addOption(paranoidOption())
    .addOption(privatePeersOption())
    .addOption(new Option('--report').hideHelp())
    .action((dir: string, options: Options) =>
      options.report ? runInBackground(dir, options) : runInForeground(dir, options),
    );
  withExamples(withJson(command), ['qrt run ./NODE1'])
    .addHelpText('after', LIMITS_HINT)
    .addHelpText('after', describeUnit);
}

const UNIT = '/etc/systemd/system/qrt-NODE1.service';
const DIR = '/srv/qrt/NODE1';

function describeUnit(): string {
  const command = makeRunCommand(REQUIRE_SANDBOX, 'full', DIR);
  const unit = formatUnit({ command, dir: DIR, user: 'qrt' });
  return `
To have systemd run a node of user qrt in ${DIR}, write this to ${UNIT}
and run \`systemctl enable --now qrt-NODE1\`:

${unit}`;
}

const modesOf = ({ requireSandbox: required, ...options }: Options) => ({
  requireSandbox: required,
  isVerified: options.verify === true,
  isParanoid: options.paranoid === true,
  allowPrivatePeers: options.allowPrivatePeers === true,
});

async function runInForeground(dir: string, options: Options): Promise<void> {
  const { runNode } = await import('../node/run.ts');
  const print = options.json ? sayJson : undefined;
  outliveReaders();
  await runNode({
    dir,
    ...modesOf(options),
    onReady: (ready: ReadyNode) => print?.({ ready }),
    onNote: (note) => (print ? print({ note }) : say(`${note.level}: ${note.text}`)),
  });
  process.exit(0);
}

async function runInBackground(dir: string, options: Options): Promise<void> {
  const { reportFailure, reportReady } = await import('../node/startup-report.ts');
  try {
    const { runNode } = await import('../node/run.ts');
    const heard = { onReady: reportReady, onNote: () => {} };
    await runNode({ dir, ...modesOf(options), ...heard });
  } catch (error) {
    const coded = codedError(error);
    reportFailure(coded);
    throw coded;
  }
  process.exit(0);
}
