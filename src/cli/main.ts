// Main: the `qrt` command line; one command a file, each loads what it needs when it is called.

import { Command, CommanderError } from 'commander';
import { QrtError } from '../core/errors.ts';
import { readVersion } from '../node/program.ts';
import { codedError } from './coded-error.ts';
import { exitCodeOf } from './exit-code.ts';
import { withExamples } from './options.ts';
import { sayError, sayRaw } from './output.ts';
import { markPeerWords } from './peer-word.ts';

/** The program with the command that is asked for, or with all of them if that is none of them. */
async function makeProgram(word = ''): Promise<Command> {
  const program = new Command('qrt')
    .description('Persistent, confined objects that send each other messages exactly once.')
    .version(readVersion())
    .configureOutput({ writeOut: sayRaw, writeErr: () => {} })
    .exitOverride()
    .helpCommand(false);
  const isOne = Object.hasOwn(COMMANDS, word) && !KNOWS_ALL.includes(word);
  const loads = isOne ? [COMMANDS[word]!] : Object.values(COMMANDS);
  for (const add of await Promise.all(loads.map((load) => load()))) add(program);
  return withExamples(program, [
    'qrt create-node ./NODE1',
    'qrt start ./NODE1',
    'qrt install ./NODE1 sample-methods',
    `qrt send -d ./NODE1 QRID '{"method":"record","value":1}'`,
  ]);
}

type Add = (program: Command) => void;

/** Each command, in the order of the help; its file has its name. */
const COMMANDS: Readonly<Record<string, () => Promise<Add>>> = {
  'create-node': () => import('./create-node.ts').then((file) => file.addCreateNode),
  start: () => import('./start.ts').then((file) => file.addStart),
  run: () => import('./run.ts').then((file) => file.addRun),
  stop: () => import('./stop.ts').then((file) => file.addStop),
  status: () => import('./status.ts').then((file) => file.addStatus),
  gossip: () => import('./gossip.ts').then((file) => file.addGossip),
  new: () => import('./new.ts').then((file) => file.addNew),
  install: () => import('./install.ts').then((file) => file.addInstall),
  send: () => import('./send.ts').then((file) => file.addSend),
  result: () => import('./result.ts').then((file) => file.addResult),
  qrid: () => import('./qrid.ts').then((file) => file.addQrid),
  delete: () => import('./delete.ts').then((file) => file.addDelete),
  peer: () => import('./peer.ts').then((file) => file.addPeer),
  doubt: () => import('./doubt.ts').then((file) => file.addDoubt),
  log: () => import('./log.ts').then((file) => file.addLog),
  dump: () => import('./dump.ts').then((file) => file.addDump),
  quarantine: () => import('./quarantine.ts').then((file) => file.addQuarantine),
  promises: () => import('./promises.ts').then((file) => file.addPromises),
  backup: () => import('./backup.ts').then((file) => file.addBackup),
  restore: () => import('./restore.ts').then((file) => file.addRestore),
  verify: () => import('./verify.ts').then((file) => file.addVerify),
  doctor: () => import('./doctor.ts').then((file) => file.addDoctor),
  version: () => import('./version.ts').then((file) => file.addVersion),
  completion: () => import('./completion.ts').then((file) => file.addCompletion),
  ui: () => import('./ui.ts').then((file) => file.addUi),
  // Knows those before it.
  help: () => import('./help.ts').then((file) => file.addHelp),
};

/** What speaks of other commands. */
const KNOWS_ALL = ['help', 'completion'];

async function main(argv: readonly string[]): Promise<void> {
  const program = await makeProgram(argv[2]);
  try {
    await program.parseAsync(markPeerWords(argv));
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
