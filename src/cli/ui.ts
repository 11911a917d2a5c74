// `qrt ui`: a page in the browser that shows what a node does.

import type { Command } from 'commander';
import { wholeNumber, withExamples, withJson } from './options.ts';
import { isOnTerminal, remark, say, sayJson } from './output.ts';

interface Options {
  readonly port: number;
  readonly open: boolean;
  readonly json?: true;
}

const PORTS = { min: 0, max: 65_535 };

/** Adds the command. */
export function addUi(program: Command): void {
  const command = program
    .command('ui')
    .description('show a node in the browser: objects, memory, queues, links, turns; read-only')
    .argument('<DIR>', 'directory of a node, running or stopped')
    .option('--port <N>', 'port of the page on this machine (default: any)', wholeNumber(PORTS), 0)
    .option('--no-open', 'only print the address')
    .action(async (dir: string, options: Options) => {
      const { showNode } = await import('../node/ui.ts');
      await showNode({
        dir,
        port: options.port,
        isOpening: options.open && !options.json && isOnTerminal(),
        onReady(url) {
          if (options.json) return sayJson({ url });
          say(url);
          remark('Open this address in a browser of this machine; it works once. Ctrl-C ends it.');
        },
      });
    });
  withExamples(withJson(command), ['qrt ui ./NODE1', 'qrt ui ./NODE1 --port 4000 --no-open']);
}
