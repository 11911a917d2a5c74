// `qrt status`: what a node is doing, and with whom.

import type { Command } from 'commander';
import { onOneLine } from '../core/shown-text.ts';
import type { NodeStatus } from '../node/status.ts';
import { chooseDir, forEachDir, withExamples, withJson } from './options.ts';
import { formatAge, type Piece, say, sayJson } from './output.ts';
import { labelPeer } from './peer-label.ts';

/** Adds the command. */
export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .description('show vat, process, queues, links and worker of nodes, running or stopped')
    .argument('[DIR...]', 'directories of nodes (default: $QRT_DIR, else the current directory)')
    .action(async (dirs: readonly string[], options: { json?: true }) => {
      const { readStatus } = await import('../node/status.ts');
      await forEachDir({
        dirs: dirs.length === 0 ? [chooseDir(undefined)] : dirs,
        isJson: options.json === true,
        async work(dir) {
          const status = await readStatus(dir);
          if (options.json) sayJson(status);
          else sayStatus(status);
        },
      });
    });
  withExamples(withJson(command), ['qrt status ./NODE1', 'qrt status ./NODE1 ./NODE2 --json']);
}

function sayStatus(status: NodeStatus): void {
  const { dir, running, pid, inbox, outbox, links } = status;
  const state: Piece = running ? { text: 'running', colour: 'green' } : 'stopped';
  say(`${dir}: `, state, running ? ` as process ${pid}` : '');
  const lines: readonly [string, string][] = [
    ['vat', status.vat],
    ['urls', status.urls.join(', ')],
    ['inbox', formatQueue(inbox)],
    ['outbox', formatQueue(outbox)],
    ...formatPromises(status.promises),
    ...formatContacts(status.contacts),
    ['objects', String(status.objects)],
    ['turns', `${status.turns} in ${status.commits} commits, ${status.quarantined} quarantined`],
    ['worker', formatWorker(status)],
    ...formatSandbox(status),
    ['links', countLinks(links)],
  ];
  for (const [name, text] of lines) say(`  ${name.padEnd(8)} ${text}`);
  for (const link of links) if (link.state !== 'dropped') sayLink(link);
}

/** Of a vat that has any. */
function formatPromises({
  pending,
  settled,
  waiting,
}: NodeStatus['promises']): readonly [string, string][] {
  if (pending + settled === 0) return [];
  return [
    [
      'promises',
      `${pending} pending, ${settled} settled and held, ${waiting.rows} waiting for them`,
    ],
  ];
}

/** Where somebody said something that could not be used. */
function formatContacts(contacts: NodeStatus['contacts']): readonly [string, string][] {
  const { known, refused, ignored } = contacts;
  if (refused + ignored === 0) return [];
  return [['contacts', `${known} known, ${refused} records refused, ${ignored} ignored`]];
}

/** Dropped ones have nothing to say any more: `qrt peer list` shows them. */
function countLinks(links: readonly Link[]): string {
  const dropped = links.filter(({ state }) => state === 'dropped').length;
  if (links.length === 0) return 'none';
  return dropped === 0 ? String(links.length) : `${links.length}, ${dropped} of them dropped`;
}

function formatWorker({ worker, workerPids = [], sparePid, workersLost }: NodeStatus): string {
  const pids = workerPids.length === 0 ? '' : ` as process ${workerPids.join(', ')}`;
  const spare = sparePid === undefined ? '' : `, spare ${sparePid}`;
  return `${worker}${pids}${spare}, ${workersLost} lost`;
}

/** Only who starts workers knows it: a stopped node has none. */
function formatSandbox({ sandbox }: NodeStatus): readonly [string, string][] {
  if (sandbox === undefined) return [];
  const { level, reason } = sandbox;
  return [['sandbox', reason === undefined ? level : `${level} (${reason})`]];
}

type Link = NodeStatus['links'][number];

function sayLink(link: Link): void {
  const { sent, receipted, received } = link;
  const state: Piece = { text: link.state, colour: link.state === 'ok' ? 'green' : 'red' };
  say(`  link     ${labelPeer(link)}: `, state, withText(link.reason));
  const lines: readonly [string, string | undefined][] = [
    ['urls', link.urls.length === 0 ? 'none known' : link.urls.join(', ')],
    ['outbox', `${formatQueue(link.outbox)}${formatOldest(link.oldestMs)}`],
    ['sent', `${sent.join('+')}, receipted ${receipted.join('+')}, received ${received.join('+')}`],
    ['busy', link.busy],
    ['gaps', link.gaps === 0 ? undefined : String(link.gaps)],
    ['refusals', link.refusals === 0 ? undefined : `${link.refusals}${withText(link.lastRefusal)}`],
    ['error', link.lastError],
  ];
  for (const [name, text] of lines) {
    if (text !== undefined) say(`           ${name.padEnd(8)} ${onOneLine(text)}`);
  }
}

const withText = (text: string | undefined): string => (text === undefined ? '' : ` (${text})`);

const formatOldest = (ms: number | undefined): string =>
  ms === undefined ? '' : `, the oldest for ${formatAge(ms)}`;

const formatQueue = ({ rows, bytes }: { rows: number; bytes: number }): string =>
  `${rows} ${rows === 1 ? 'row' : 'rows'}, ${bytes} bytes`;
