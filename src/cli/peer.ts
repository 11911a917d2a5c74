// `qrt peer`: lists the vats that a node has links with, names them, and ends a link for good.

import type { Command } from 'commander';
import { LINKS_MAX } from '../core/limits.ts';
import type { Dropped, Named, Peer } from '../node/peers.ts';
import { withExamples, withJson, withSubcommands } from './options.ts';
import { formatAge, type Piece, say, sayJson, sayTable } from './output.ts';
import { labelPeer, PEER_WORDS } from './peer-label.ts';
import { readPeerWord } from './peer-word.ts';

/** Adds the command. */
export function addPeer(program: Command): void {
  const peer = program.command('peer').description('list, name and drop the peers of a node');
  withSubcommands(peer, [addList, addName, addDrop]);
  withExamples(peer, ['qrt peer list ./NODE1', 'qrt peer name ./NODE1 iojj3XQJ bob']);
}

const HEAD = [
  'name',
  'vat',
  'state',
  'waiting',
  'waiting bytes',
  'oldest',
  'inbox',
  'inbox bytes',
  'outbox',
  'outbox bytes',
  'exports',
  'imports',
  'last error',
];

const LIST_HELP = `
"waiting" is what waits for the peer, "inbox" and "outbox" what counts against it: its messages that
wait for their turn; answers to it, and what it forwards through this node. "exports" are names of
things here that it has, "imports" names of its things that are known here.`;

function addList(parent: Command): void {
  const command = parent
    .command('list')
    .description('show the vats that a node has links with')
    .argument('<DIR>', 'directory of a node, running or stopped')
    .action(async (dir: string, options: { json?: true }) => {
      const { listPeers } = await import('../node/peers.ts');
      const peers = await listPeers(dir);
      if (options.json) return sayJson({ peers });
      sayTable([HEAD, ...peers.map(cells)]);
    });
  command.addHelpText('after', LIST_HELP);
  withExamples(withJson(command), ['qrt peer list ./NODE1']);
}

function cells(peer: Peer): readonly Piece[] {
  const { waiting, holds, oldestMs } = peer;
  const amounts = [holds.inbox, holds.outbox].flatMap(({ rows, bytes }) => [rows, bytes]);
  return [
    peer.petname ?? '-',
    peer.vat,
    { text: peer.state, colour: peer.state === 'ok' ? 'green' : 'red' },
    String(waiting.rows),
    String(waiting.bytes),
    oldestMs === undefined ? '-' : formatAge(oldestMs),
    ...[...amounts, peer.exports, peer.imports].map(String),
    peer.lastError ?? peer.reason ?? '',
  ];
}

function addName(parent: Command): void {
  const command = parent
    .command('name')
    .description('give a peer a petname, which is known on this node only; again renames it')
    .argument('<DIR>', 'directory of a node, running or stopped')
    .argument('<PEER>', PEER_WORDS, readPeerWord)
    .argument('<NAME>', '1 to 63 letters, digits, ".", "_" or "-"')
    .action(async (dir: string, peer: string, name: string, options: { json?: true }) => {
      const { namePeer } = await import('../node/peers.ts');
      const named = await namePeer({ dir, peer, name });
      if (options.json) sayJson(named);
      else say(describeName(named));
    });
  command.addHelpText(
    'after',
    '\nA named peer has a share of the queues of its own; those without a name share one.',
  );
  withExamples(withJson(command), ['qrt peer name ./NODE1 iojj3XQJ bob']);
}

function describeName({ vat, petname, before }: Named): string {
  const was = before === undefined || before === petname ? '' : `, no longer ${before}`;
  return `Vat ${vat} is called ${petname}${was}.`;
}

const DROP_HELP = `
This is final: there is no way back to this vat. What waits for it is deleted; what is under way may
still arrive. References to its things stay, and what is sent to them is refused; nothing is taken
from it or sent to it any more, and its QRIDs are refused here. What it sent before still runs.

The dropped link stays in the list, so that its names never mean anything else, and counts among the
links that a node keeps (${LINKS_MAX} unless its config.json says otherwise): dropping makes no room for other vats.`;

function addDrop(parent: Command): void {
  const command = parent
    .command('drop')
    .description('end what a node has to do with a vat, for good')
    .argument('<DIR>', 'directory of a node, running or stopped')
    .argument('<PEER>', PEER_WORDS, readPeerWord)
    .action(async (dir: string, peer: string, options: { json?: true }) => {
      const { dropPeer } = await import('../node/peers.ts');
      const dropped = await dropPeer({ dir, peer });
      if (options.json) sayJson(dropped);
      else say(describeDrop(dropped));
    });
  command.addHelpText('after', DROP_HELP);
  withExamples(withJson(command), ['qrt peer drop ./NODE1 bob', 'qrt peer drop ./NODE1 iojj3XQJ']);
}

function describeDrop(dropped: Dropped): string {
  const who = labelPeer(dropped);
  if (dropped.wasDropped) return `Vat ${who} was dropped before.`;
  const { rows, bytes, refused } = dropped;
  const items = `${rows} ${rows === 1 ? 'item' : 'items'} (${bytes} bytes) for it`;
  const told = refused === 0 ? '' : `, ${refused} of them of other peers, who are told`;
  return `Dropped vat ${who}. Deleted ${items}${told}.`;
}
