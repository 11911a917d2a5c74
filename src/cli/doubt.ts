// `qrt doubt`: links that stand still because two ends remember different histories, and what to do.

import type { Command } from 'commander';
import { QrtError } from '../core/errors.ts';
import type { DoubtedItem, DoubtedLink, DoubtPage, Settled } from '../node/doubt.ts';
import { withExamples, withJson } from './options.ts';
import { remark, say, sayJson, sayTable } from './output.ts';
import { labelPeer, PEER_WORDS } from './peer-label.ts';
import { readPeerWord } from './peer-word.ts';

interface Options {
  readonly resend?: string;
  readonly discard?: string;
  readonly reset?: true;
  readonly json?: true;
}

const HELP = `
A link is in doubt when its two ends remember different histories: a disk was put back, or there are
two copies of a vat. Nothing moves on it until both operators have said what becomes of the items of
which nobody can know whether they took effect. Then both go on above all numbers ever used. Who has
no such item and has lost nothing is not asked; who has none but does not fit confirms by --resend all.

--resend   the item is sent anew: right if the peer has not taken it; else it takes effect twice
--discard  the item is given up, and whoever sent it is told, as of a refusal
--reset    begin anew with a peer that has lost the link altogether: its things are gone for us

\`all\` is what has no choice of its own. A choice can be changed until the link goes on. What the two
ends agree about goes on by itself, and so do links that are only unchecked, as after a restore.`;

/** Adds the command. */
export function addDoubt(program: Command): void {
  const command = program
    .command('doubt')
    .description('show links whose two ends remember different histories, or settle one')
    .argument('<DIR>', 'directory of a node, running or stopped')
    .argument('[PEER]', PEER_WORDS, readPeerWord)
    .option('--resend <ITEMS>', 'send these anew: numbers such as 3,5-9, or all')
    .option('--discard <ITEMS>', 'give these up: numbers such as 3,5-9, or all')
    .option('--reset', 'begin anew with a peer that has lost the link')
    .action(async (dir: string, peer: string | undefined, options: Options) => {
      if (peer === undefined) {
        assertAlone(options);
        return sayList(dir, options);
      }
      const { resend, discard, reset } = options;
      if (resend === undefined && discard === undefined && !reset) {
        return sayOne({ dir, peer, options });
      }
      return saySettled({ dir, peer, options });
    });
  command.addHelpText('after', HELP);
  withExamples(withJson(command), [
    'qrt doubt ./NODE1',
    'qrt doubt ./NODE1 bob                  # item by item',
    'qrt doubt ./NODE1 bob --resend all',
    'qrt doubt ./NODE1 bob --discard 4,7-9 --resend all',
  ]);
}

/** Options that mean nothing without a peer. */
function assertAlone({ resend, discard, reset }: Options): void {
  const given = [resend && '--resend', discard && '--discard', reset && '--reset'].find(Boolean);
  if (!given) return;
  const reason = 'say which link: give its PEER from `qrt doubt DIR`';
  throw new QrtError('QRT_ARGUMENT_INVALID', { what: given, reason });
}

const HEAD = ['peer', 'state', 'in doubt', 'here', 'the peer', 'reason'];

async function sayList(dir: string, options: Options): Promise<void> {
  const { listDoubt } = await import('../node/doubt.ts');
  const links = await listDoubt(dir);
  if (options.json) return sayJson({ links });
  sayTable([
    HEAD,
    ...links.map((link) => [
      labelPeer(link),
      link.state,
      String(link.held),
      describeHere(link),
      PEER_STATES[link.peer],
      link.reason,
    ]),
  ]);
  if (links.length === 0) remark('No link is in doubt.');
}

/** What this end waits for. */
function describeHere({ state, isDecided, undecided }: DoubtedLink): string {
  if (state === 'unchecked') return 'asks the peer';
  if (isDecided) return 'has decided';
  return undecided === 0
    ? 'waits for your word'
    : `waits for ${undecided} ${undecided === 1 ? 'choice' : 'choices'}`;
}

const PEER_STATES: Readonly<Record<DoubtedLink['peer'], string>> = {
  silent: 'nothing heard yet',
  doubt: 'waits for its operator',
  ready: 'has decided',
  settled: 'has begun anew',
  unknown: 'has lost the link',
};

interface OneInput {
  readonly dir: string;
  readonly peer: string;
  readonly options: Options;
}

const ITEM_HEAD = ['item', 'kind', 'target', 'bytes', 'queued', 'peer has it', 'choice', 'trace'];

async function sayOne({ dir, peer, options }: OneInput): Promise<void> {
  const { readDoubt } = await import('../node/doubt.ts');
  const { formatTime } = await import('../node/clock.ts');
  const pages = readDoubt({ dir, peer });
  if (options.json) return sayOneAsJson(pages);
  const widths: number[] = [];
  let first = true;
  for await (const { link, items } of pages) {
    if (link === undefined) return remark(`The link with ${peer} is not in doubt.`);
    if (first) sayLink(link);
    if (items.length > 0)
      sayTable(
        [
          ...(first ? [ITEM_HEAD] : []),
          ...items.map((item) => cells(item, formatTime(item.queuedMs))),
        ],
        widths,
      );
    if (first) remark(adviceFor({ dir, peer, link }));
    first = false;
  }
}

async function sayOneAsJson(pages: AsyncIterable<DoubtPage>): Promise<void> {
  const all: DoubtedItem[] = [];
  let found: DoubtedLink | undefined;
  for await (const { link, items } of pages) {
    found = link;
    for (const item of items) all.push(item);
  }
  sayJson({ ...(found && { link: found }), items: all });
}

function sayLink(link: DoubtedLink): void {
  say(`The link with ${labelPeer(link)} is ${WORDS[link.state]}: ${link.reason}.`);
  for (const [name, words] of LOSSES) {
    const span = link[name];
    if (span !== undefined) say(`  ${describeSpan(span)} ${words}.`);
  }
  const { held, undecided, peer } = link;
  say(`  In doubt: ${held} of our items, ${undecided} without a choice.`);
  say(`  This end ${describeHere(link)}; the peer: ${PEER_STATES[peer]}.`);
}

const WORDS = { doubt: 'in doubt', unchecked: 'unchecked' } as const;

const LOSSES = [
  ['lostOfOurs', 'of ours the peer has taken, and we know nothing of it any more'],
  ['lostByPeer', 'of ours the peer had taken, and knows nothing of it any more'],
  ['lostOfTheirs', 'of the peer we have taken, and the peer is not sure of it any more'],
  ['lostByUs', 'of the peer we had taken, and know nothing of it any more'],
] as const satisfies readonly (readonly [keyof DoubtedLink, string])[];

const describeSpan = ({ from, to }: { from: number; to: number }): string =>
  from === to ? `Item ${from}` : `Items ${from} to ${to}`;

function cells(item: DoubtedItem, queued: string): readonly string[] {
  return [
    String(item.number),
    item.kind,
    item.target ?? '-',
    String(item.bytes),
    queued,
    item.peerHas,
    item.choice ?? '-',
    item.trace,
  ];
}

interface AdviceInput {
  readonly dir: string;
  readonly peer: string;
  readonly link: DoubtedLink;
}

function adviceFor({ dir, peer, link }: AdviceInput): string {
  const command = (options: string): string =>
    // After the --, so that an id that begins with a dash is no option.
    peer.startsWith('-')
      ? `qrt doubt ${dir} ${options} -- ${peer}`
      : `qrt doubt ${dir} ${peer} ${options}`;
  if (link.state === 'unchecked') {
    return 'Nothing is to be decided: it goes on, or into doubt, when the peer has answered.';
  }
  if (link.peer === 'unknown') {
    return `The peer has lost the link. To begin anew with it: \`${command('--reset')}\`.`;
  }
  if (link.isDecided) return 'This end has decided; the link goes on when the peer has, too.';
  if (link.undecided === 0) {
    return `No item of ours is in doubt. To go on above what was lost: \`${command('--resend all')}\`.`;
  }
  return (
    `Send them anew, if the peer has not taken them: \`${command('--resend all')}\`.\n` +
    `Give them up, if it has: \`${command('--discard all')}\`.`
  );
}

async function saySettled({ dir, peer, options }: OneInput): Promise<void> {
  const { settleDoubt } = await import('../node/doubt.ts');
  const { resend, discard, reset = false } = options;
  const settled = await settleDoubt({ dir, peer, resend, discard, reset });
  if (options.json) return sayJson(settled);
  say(describeSettled(settled));
}

function describeSettled({ decided, left, state, ...who }: Settled): string {
  const items = `${decided} ${decided === 1 ? 'item' : 'items'}`;
  const chosen = `Decided about ${items} for ${labelPeer(who)}; ${left} left.`;
  if (state === 'ok') return `${chosen} The link goes on.`;
  if (left > 0) return `${chosen} The link waits for a choice of each.`;
  return `${chosen} The link goes on as soon as both ends know it.`;
}
