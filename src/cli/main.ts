// Main: the `qrt` command line; one command a file, each loads what it needs when it is called.

import { Command, CommanderError } from 'commander';
import { QrtError } from '../core/errors.ts';
import { readVersion } from '../node/program.ts';
import { addBackup } from './backup.ts';
import { codedError } from './coded-error.ts';
import { addCompletion } from './completion.ts';
import { addCreateNode } from './create-node.ts';
import { addDelete } from './delete.ts';
import { addDoctor } from './doctor.ts';
import { addDoubt } from './doubt.ts';
import { addDump } from './dump.ts';
import { exitCodeOf } from './exit-code.ts';
import { addGossip } from './gossip.ts';
import { addHelp } from './help.ts';
import { addInstall } from './install.ts';
import { addLog } from './log.ts';
import { addNew } from './new.ts';
import { withExamples } from './options.ts';
import { sayError, sayRaw } from './output.ts';
import { addPeer } from './peer.ts';
import { addQrid } from './qrid.ts';
import { addQuarantine } from './quarantine.ts';
import { addRestore } from './restore.ts';
import { addRun } from './run.ts';
import { addSend } from './send.ts';
import { addStart } from './start.ts';
import { addStatus } from './status.ts';
import { addStop } from './stop.ts';
import { addUi } from './ui.ts';
import { addVerify } from './verify.ts';
import { addVersion } from './version.ts';

function makeProgram(): Command {
  const program = new Command('qrt')
    .description('Persistent, confined objects that send each other messages exactly once.')
    .version(readVersion())
    .configureOutput({ writeOut: sayRaw, writeErr: () => {} })
    .exitOverride()
    .helpCommand(false);
  for (const add of COMMANDS) add(program);
  return withExamples(program, [
    'qrt create-node ./NODE1',
    'qrt start ./NODE1',
    'qrt install ./NODE1 sample-methods',
    `qrt send -d ./NODE1 QRID '{"method":"record","value":1}'`,
  ]);
}

const COMMANDS = [
  addCreateNode,
  addStart,
  addRun,
  addStop,
  addStatus,
  addGossip,
  addNew,
  addInstall,
  addSend,
  addQrid,
  addDelete,
  addPeer,
  addDoubt,
  addLog,
  addDump,
  addQuarantine,
  addBackup,
  addRestore,
  addVerify,
  addDoctor,
  addVersion,
  addCompletion,
  addUi,
  // Knows those before it.
  addHelp,
];

async function main(argv: readonly string[]): Promise<void> {
  const program = makeProgram();
  try {
    await program.parseAsync(argv);
  } catch (error) {
    const isUsage = error instanceof CommanderError;
    // Help and version are thrown too, after they were printed.
    if (isUsage && error.exitCode === 0) return;
    const coded = isUsage ? usageError({ error, program, argv }) : codedError(error);
    sayError({ error: coded, isJson: argv.includes('--json') });
    process.exitCode = exitCodeOf(coded);
  }
}

interface UsageInput {
  readonly error: CommanderError;
  readonly program: Command;
  readonly argv: readonly string[];
}

function usageError({ error: { code, message }, program, argv }: UsageInput): QrtError {
  const isEmpty = code === 'commander.help';
  if (isEmpty) sayRaw(program.helpInformation());
  const said = message.replace(/^error: /, '').replace(/\.$/, '');
  const typed = namesOf(program, argv.slice(2)).join(' ');
  const reason = isEmpty ? 'give a command' : `${said} (see \`${typed} --help\`)`;
  return new QrtError('QRT_ARGUMENT_INVALID', { what: 'Usage', reason });
}

/** The names of the command that was typed, as far as there is such a command. */
function namesOf(command: Command, words: readonly string[]): readonly string[] {
  const [word, ...rest] = words;
  const found = command.commands.find((sub) => sub.name() === word);
  return found === undefined ? [command.name()] : [command.name(), ...namesOf(found, rest)];
}

await main(process.argv);
