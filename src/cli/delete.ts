// `qrt delete`: ends an object, for good.

import type { Command } from 'commander';
import type { Deleted } from '../node/delete.ts';
import { withExamples, withJson } from './options.ts';
import { say, sayJson } from './output.ts';

const HELP = `
References to the object stay where they are; what is sent to it is refused, also what waits for it
now. Its QRIDs name nothing any more, and its memory is emptied unless another object shares it.`;

/** Adds the command. */
export function addDelete(program: Command): void {
  const command = program
    .command('delete')
    .description('end an object, for good')
    .argument('<DIR>', 'directory of a node, running or stopped')
    .argument('<OBJECT>', 'id of the object, such as o5.0')
    .action(async (dir: string, object: string, options: { json?: true }) => {
      const { deleteObject } = await import('../node/delete.ts');
      const deleted = await deleteObject(dir, object);
      if (options.json) sayJson(deleted);
      else say(describe(deleted));
    });
  command.addHelpText('after', HELP);
  withExamples(withJson(command), ['qrt dump ./NODE1 objects', 'qrt delete ./NODE1 o5.0']);
}

const MEMORY: Readonly<Record<Deleted['memory'], string>> = {
  emptied: 'Its memory was emptied',
  shared: 'Its memory stays, because another object holds it',
  none: 'It had no memory',
};

function describe({ object, wasDeleted, memory, qrids }: Deleted): string {
  if (wasDeleted) return `Object ${object} was deleted before.`;
  const names = qrids === 1 ? 'names' : 'name';
  const after = qrids === 0 ? '' : `; ${qrids} QRID${qrids === 1 ? '' : 's'} ${names} nothing now`;
  return `Deleted ${object}. ${MEMORY[memory]}${after}.`;
}
