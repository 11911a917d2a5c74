// `qrt send`: queues one message.

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { QrtError } from '../core/errors.ts';
import type { SendInput, Sent } from '../node/send.ts';
import { ANSWER_NOTES, sayAnswer } from './answer.ts';
import { chooseDir, collect, wholeNumber, withExamples, withJson } from './options.ts';
import { remark, say, sayJson } from './output.ts';
import { labelPeer } from './peer-label.ts';
import { withProgress } from './progress.ts';

interface Options {
  readonly dir?: string;
  readonly ref: readonly string[];
  readonly wait?: true;
  readonly result?: true;
  readonly timeout: number;
  readonly id?: string;
  readonly json?: true;
}

const SECOND_MS = 1_000;
const STANDARD_INPUT = 0;

const NOTES = `
Stored is not run: the receiver may still refuse what it stored, for a QRID that is wrong or was
withdrawn for example. Such a refusal arrives soon after, in \`qrt log\` of the sending node.
PLACE is written like to, list[0].who or [0].`;

/** Adds the command. */
export function addSend(program: Command): void {
  const command = program
    .command('send')
    .description('queue a message; it is delivered exactly once, whatever crashes')
    .argument('<QRID>', 'the object')
    .argument('<ARGSJSON>', 'its args as JSON; - reads standard input')
    .option(
      '-d, --dir <DIR>',
      'the node that sends (default: $QRT_DIR, else the current directory)',
    )
    .option(
      '--ref <PLACE=QRID>',
      'put a reference at PLACE of the args (again for more)',
      collect,
      [],
    )
    .option('--wait', 'return when the receiving vat has stored it; exit code 124 when it is late')
    .option('--result', 'wait for the answer, and print it; exit code 3 when it is a rejection')
    .option(
      '--timeout <SECONDS>',
      'how long to wait for either',
      wholeNumber({ min: 1, max: 86_400 }),
      60,
    )
    .option('--id <ID>', 'asking again with the same id sends nothing and gives the same reply')
    .action(async (qrid: string, args: string, options: Options) => {
      const dir = chooseDir(options.dir);
      const text = args === '-' ? readFileSync(STANDARD_INPUT, 'utf8') : args;
      const message = { dir, qrid, args: text, refs: options.ref, id: options.id };
      if (options.result) await sayResult(message, options);
      else await sayStored(message, options);
    });
  command.addHelpText('after', NOTES + ANSWER_NOTES);
  withExamples(withJson(command), [
    `qrt send -d ./NODE2 qrt:VATID.SWISSNUM '{"method":"record","value":1}'`,
    `qrt send -d ./NODE2 qrt:VATID.SWISSNUM '{}' --ref to=qrt:VATID.SWISSNUM --wait`,
    `qrt send -d ./NODE2 qrt:VATID.SWISSNUM '{"method":"get"}' --result --id order-17`,
  ]);
}

type Message = Omit<SendInput, 'waitMs'>;

async function sayStored(message: Message, { wait, timeout, json }: Options): Promise<void> {
  const { send } = await import('../node/send.ts');
  const waitMs = wait ? timeout * SECOND_MS : undefined;
  const label = wait ? 'waiting until the receiver has stored it' : 'queueing';
  const { value, hello } = await withProgress(label, () => send({ ...message, waitMs }));
  const isRunning = hello !== undefined;
  if (json) return sayJson({ ...value, running: isRunning });
  say(describe(value));
  const { dir } = message;
  if (!isRunning) remark(`${dir} is stopped: delivery begins with \`qrt start ${dir}\`.`);
}

async function sayResult(message: Message, { wait, timeout, json }: Options): Promise<void> {
  if (wait) {
    const reason = 'give one of them; an answer comes only to what was stored';
    throw new QrtError('QRT_ARGUMENT_INVALID', { what: '--result with --wait', reason });
  }
  const { sendForAnswer } = await import('../node/result.ts');
  const waitMs = timeout * SECOND_MS;
  await sayAnswer(json === true, (waiting) => sendForAnswer({ ...message, waitMs, ...waiting }));
}

function describe({ id, to, peer, petname, number, stored }: Sent['value']): string {
  if (to === 'inbox') return `Stored in the inbox of this vat (id ${id}).`;
  const vat = labelPeer({ vat: String(peer), petname });
  if (stored) return `Stored by vat ${vat} as number ${number} (id ${id}).`;
  return `Queued for vat ${vat} as number ${number} (id ${id}).`;
}
