// `qrt quarantine`: messages that were taken out for what they did to their worker.

import { type Command, Option } from 'commander';
import { QrtError } from '../core/errors.ts';
import { isPromiseId, isResolverId, promiseOf } from '../core/ids.ts';
import { onOneLine } from '../core/shown-text.ts';
import type { Listed, Quarantined } from '../node/quarantine.ts';
import { wholeNumber, withExamples, withJson } from './options.ts';
import { remark, say, sayJson, sayTable } from './output.ts';
import { labelPeer } from './peer-label.ts';

interface Options {
  readonly again?: true;
  readonly discard?: true;
  readonly id?: string;
  readonly json?: true;
}

const NUMBER = { min: 1, max: 9_999_999_999 };

const HELP = `
A message is taken out for good when running it alone ended the worker twice by a limit (cpu, heap,
wall: no outcome in time) or five times for another cause. Whoever sent it from another vat was told.
--again sends a new message with the same target and args, in the operator's name; the copy goes. If
nothing was mended, that ends here again. With --id, asking again has no second effect.`;

/** Adds the command. */
export function addQuarantine(program: Command): void {
  const command = program
    .command('quarantine')
    .description('show messages that were taken out because they end the worker, or deal with one')
    .argument('<DIR>', 'directory of a node, running or stopped')
    .argument('[ID]', 'one of them, by its number in the list', wholeNumber(NUMBER))
    .addOption(new Option('--again', 'send it anew in your name').conflicts('discard'))
    .option('--discard', 'forget it')
    .option('--id <ID>', 'request id for --again and --discard: the same id takes effect once')
    .action(async (dir: string, number: number | undefined, options: Options) => {
      if (number === undefined) {
        assertAlone(options);
        return sayList(dir, options);
      }
      if (options.again) return sayAgain(dir, number, options);
      if (options.discard) return sayDiscard(dir, number, options);
      assertAlone(options);
      return sayOne(dir, number, options);
    });
  command.addHelpText('after', HELP);
  withExamples(withJson(command), [
    'qrt quarantine ./NODE1',
    'qrt quarantine ./NODE1 3            # its args, its target, what can be done',
    'qrt quarantine ./NODE1 3 --again',
    'qrt quarantine ./NODE1 3 --discard',
  ]);
}

/** Options that mean nothing without a message, or without something to do to it. */
function assertAlone({ again, discard, id }: Options): void {
  if (!again && !discard && id === undefined) return;
  const isAct = again === true || discard === true;
  const what = again ? '--again' : isAct ? '--discard' : '--id';
  const reason = isAct
    ? 'say which message: give its ID from `qrt quarantine DIR`'
    : 'only with --again or --discard';
  throw new QrtError('QRT_ARGUMENT_INVALID', { what, reason });
}

const HEAD = ['id', 'time', 'target', 'installation', 'cause', 'attempts', 'args', 'refs', 'trace'];

async function sayList(dir: string, options: Options): Promise<void> {
  const { listQuarantine } = await import('../node/quarantine.ts');
  const { formatTime } = await import('../node/clock.ts');
  const messages = listQuarantine(dir);
  if (options.json) return sayJson({ messages });
  const cells = (row: Listed): readonly string[] => [
    String(row.id),
    formatTime(row.timeMs),
    row.target,
    formatInstallation(row),
    row.cause,
    String(row.attempts),
    `${row.bytes} bytes`,
    String(row.references),
    row.trace,
  ];
  sayTable([HEAD, ...messages.map(cells)]);
  if (messages.length === 0) remark('No message is in quarantine.');
}

const formatInstallation = ({ owner, installation }: Listed): string =>
  installation === '' ? String(owner) : `${owner} (${installation})`;

async function sayOne(dir: string, number: number, options: Options): Promise<void> {
  const { showQuarantined } = await import('../node/quarantine.ts');
  const { formatTime } = await import('../node/clock.ts');
  const found = showQuarantined(dir, number);
  if (options.json) return sayJson(found);
  const { target, labels, isDeleted, code, trace, bytes, held } = found;
  const named = labels.length === 0 ? '' : `, its QRIDs: ${labels.join(', ')}`;
  const lines: readonly [string, string][] = [
    ['time', formatTime(found.timeMs)],
    ['target', `${target}${isDeleted ? ', deleted' : ''}${named}`],
    ['of', `installation ${formatInstallation(found)}`],
    ['code', code ?? 'none'],
    ['cause', `${found.cause}, after ${found.attempts} attempts`],
    ['trace', trace],
    ['args', `${bytes} bytes, ${count(found.references, 'reference')}`],
  ];
  say(`Message ${number} in quarantine of ${dir}:`);
  for (const [name, text] of lines) say(`  ${name.padEnd(8)} ${onOneLine(text)}`);
  say(onOneLine(found.args));
  sayReferences(found);
  remark(adviceFor(found, dir));
  if (held.length > REFERENCES_SHOWN) remark('--json shows all references.');
}

/** A body may hold a thousand. */
const REFERENCES_SHOWN = 50;

function sayReferences({ held }: Quarantined): void {
  for (const { place, to, peer, petname, state } of held.slice(0, REFERENCES_SHOWN)) {
    const whose = peer === undefined ? '' : ` of vat ${labelPeer({ vat: peer, petname })}`;
    const gone = state === 'gone' ? ', which is gone' : '';
    say(onOneLine(`  ${place} is ${to}${kindOf(to)}${whose}${gone}`));
  }
}

/** Most are objects, and need no word. */
function kindOf(id: string): string {
  if (isPromiseId(id)) return ', a promise';
  return isResolverId(id) ? `, the resolver of ${promiseOf(id)}` : '';
}

const CAUSES: Readonly<Record<string, string>> = {
  cpu: 'It used up its CPU time: look for a loop that does not end.',
  wall: 'Nothing came from the worker for too long: look for a loop that does not end.',
  heap: 'It used up the heap: look for memory that grows without bound.',
  broken: 'The worker broke the protocol: look for an attack.',
};

const UNKNOWN = 'The worker ended for a cause that qrt does not know: node.log says how.';

function adviceFor({ cause, id, isDeleted }: Quarantined, dir: string): string {
  const why = CAUSES[cause] ?? UNKNOWN;
  const discarding = `\`qrt quarantine ${dir} ${id} --discard\``;
  if (isDeleted)
    return `${why}\nIts target is deleted, so it can only be forgotten: ${discarding}.`;
  return (
    `${why}\nSend it anew when what ended the worker is mended: \`qrt quarantine ${dir} ${id} ` +
    `--again\`.\nForget it: ${discarding}.`
  );
}

async function sayAgain(dir: string, number: number, { id, json }: Options): Promise<void> {
  const { sendAgain } = await import('../node/quarantine.ts');
  const { value, hello } = await sendAgain({ dir, number, id });
  if (json) return sayJson(value);
  const { object, trace } = value;
  const when = hello === undefined ? ' It runs when the node is started.' : '';
  say(`Sent message ${number} to ${object} anew (trace ${trace}).${when}`);
}

async function sayDiscard(dir: string, number: number, { id, json }: Options): Promise<void> {
  const { discard } = await import('../node/quarantine.ts');
  const discarded = await discard({ dir, number, id });
  if (json) return sayJson(discarded);
  say(`Forgot message ${number} to ${discarded.object}.`);
}

const count = (amount: number, what: string): string =>
  `${amount} ${amount === 1 ? what : `${what}s`}`;
