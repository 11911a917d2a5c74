// `qrt start`: starts nodes in the background.

import type { Command } from 'commander';
import type { RequiredSandbox } from '../core/sandbox.ts';
import { forEachDir, LIMITS_HINT, withExamples, withJson } from './options.ts';
import { remark, say, sayJson } from './output.ts';
import { PARANOID, paranoidOption } from './paranoid-option.ts';
import { ALLOW_PRIVATE_PEERS, privatePeersOption } from './private-peers-option.ts';
import { withProgress } from './progress.ts';
import { REQUIRE_SANDBOX, requireSandbox } from './require-sandbox.ts';
import { makeRunCommand } from './start-command.ts';
import { VERIFY, verifyOption } from './verify-option.ts';

interface Options {
  readonly json?: true;
  readonly requireSandbox?: RequiredSandbox;
  readonly verify?: true;
  readonly paranoid?: true;
  readonly allowPrivatePeers?: true;
}

/** Adds the command. */
export function addStart(program: Command): void {
  const command = program
    .command('start')
    .description('start nodes in the background; returns when they can be asked')
    .argument('<DIR...>', 'directories of nodes')
    .addOption(requireSandbox())
    .addOption(verifyOption())
    .addOption(paranoidOption())
    .addOption(privatePeersOption())
    .action(async (dirs: readonly string[], options: Options) => {
      const level = options.requireSandbox;
      const isVerified = options.verify === true;
      const words = [
        '--report',
        ...(level === undefined ? [] : [REQUIRE_SANDBOX, level]),
        ...(isVerified ? [VERIFY] : []),
        ...(options.paranoid ? [PARANOID] : []),
        ...(options.allowPrivatePeers ? [ALLOW_PRIVATE_PEERS] : []),
      ];
      const { startNode } = await import('../node/daemon.ts');
      await forEachDir({
        dirs,
        isJson: options.json === true,
        async work(dir) {
          const ready = await withProgress(`waiting for ${dir} to start`, () =>
            startNode({ dir, command: (path) => makeRunCommand(...words, path), isVerified }),
          );
          if (options.json) return sayJson(ready);
          say(`${dir} runs as process ${ready.pid}: vat ${ready.vat}, ${ready.urls.join(', ')}`);
          const { level: found, line } = ready.sandbox;
          if (found !== 'full') remark({ text: 'warning', colour: 'yellow' }, `: ${dir}: ${line}`);
        },
      });
    });
  withExamples(withJson(command), [
    'qrt start ./NODE1',
    'qrt start ./NODE1 ./NODE2',
    'qrt start ./NODE1 --require-sandbox full',
    'qrt start ./NODE1 --verify',
    'qrt start ./NODE1 --allow-private-peers',
  ]).addHelpText('after', LIMITS_HINT);
}
