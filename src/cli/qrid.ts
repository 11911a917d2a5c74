// `qrt qrid`: gives out further QRIDs of an object, lists them, and takes them back.

import type { Command } from 'commander';
import type { Listed, Revoked } from '../node/qrids.ts';
import { withExamples, withJson, withSubcommands } from './options.ts';
import { remark, say, sayJson, sayTable } from './output.ts';

/** Adds the command. */
export function addQrid(program: Command): void {
  const qrid = program
    .command('qrid')
    .description('give out QRIDs of objects, list them, and take them back');
  withSubcommands(qrid, [addNew, addList, addRevoke]);
  withExamples(qrid, ['qrt qrid new ./NODE1 o5.0 --label "for Bob"', 'qrt qrid list ./NODE1']);
}

interface NewOptions {
  readonly label?: string;
  readonly id?: string;
  readonly json?: true;
}

function addNew(parent: Command): void {
  const command = parent
    .command('new')
    .description('print another QRID of an object; it is the right to send to it: keep it safe')
    .argument('<DIR>', 'directory of a node, running or stopped')
    .argument('<OBJECT>', 'id of the object, such as o5.0')
    .option('--label <TEXT>', 'who or what it is for, to find it in the list')
    .option('--id <ID>', 'asking again with the same id makes no second QRID')
    .action(async (dir: string, object: string, options: NewOptions) => {
      const { newQrid } = await import('../node/qrids.ts');
      const { value } = await newQrid({ dir, object, label: options.label, id: options.id });
      if (options.json) return sayJson(value);
      remark(`QRID ${value.hash} of ${value.object}. It is shown only this once; keep it safe:`);
      say(value.qrid);
    });
  withExamples(withJson(command), [
    'qrt qrid new ./NODE1 o5.0 --label "for Bob"',
    'qrt qrid new ./NODE1 o5.0 --json',
  ]);
}

function addList(parent: Command): void {
  const command = parent
    .command('list')
    .description('show the QRIDs of a node: never their texts, only the first digits of a hash')
    .argument('<DIR>', 'directory of a node, running or stopped')
    .argument('[OBJECT]', 'id of an object: only its QRIDs')
    .action(async (dir: string, object: string | undefined, options: { json?: true }) => {
      const { listQrids } = await import('../node/qrids.ts');
      const { formatTime } = await import('../node/clock.ts');
      const { qrids, hasMore } = await listQrids(dir, object);
      if (options.json) return sayJson({ qrids, hasMore });
      const time = (ms: number | undefined): string => (ms === undefined ? '-' : formatTime(ms));
      const cells = ({ lastUsedMs, ...row }: Listed): readonly string[] => [
        row.hash,
        row.object,
        row.state,
        time(row.madeMs),
        time(lastUsedMs),
        String(row.peers),
        row.label,
      ];
      sayTable([
        ['hash', 'object', 'state', 'made', 'last used', 'peers', 'label'],
        ...qrids.map(cells),
      ]);
      if (hasMore) remark('There are more: give an OBJECT to see all of its QRIDs.');
    });
  command.addHelpText(
    'after',
    '\n"peers" counts the vats that redeemed it; "last used" may be up to a minute early.',
  );
  withExamples(withJson(command), ['qrt qrid list ./NODE1', 'qrt qrid list ./NODE1 o5.0']);
}

interface RevokeOptions {
  readonly links?: true;
  readonly json?: true;
}

const REVOKE_HELP = `
From now on the QRID names nothing, for peers and for this node's own operator. A peer that redeemed
it before keeps what it got, unless --links is given: then the names that it got by it stand for
nobody, also where it passed them on through this node, and vats that made contact by it are dropped
as by \`qrt peer drop\`, for good. References that objects of this node handed on by themselves stay
valid. --links can also be given later.`;

function addRevoke(parent: Command): void {
  const command = parent
    .command('revoke')
    .description('withdraw a QRID, for good')
    .argument('<DIR>', 'directory of a node, running or stopped')
    .argument('<HASH>', 'at least 8 digits of its hash, as the list shows it, or the QRID itself')
    .option('--links', 'also withdraw what peers got by it, and drop peers that came by it')
    .action(async (dir: string, hash: string, options: RevokeOptions) => {
      const { revokeQrid } = await import('../node/qrids.ts');
      const withLinks = options.links === true;
      const revoked = await revokeQrid({ dir, hash, withLinks });
      if (options.json) return sayJson(revoked);
      for (const line of describe(revoked)) say(line);
      if (!withLinks) remark('What peers got by it stays theirs; --links withdraws that, too.');
    });
  command.addHelpText('after', REVOKE_HELP);
  withExamples(withJson(command), [
    'qrt qrid revoke ./NODE1 3f2a9c81',
    'qrt qrid revoke ./NODE1 3f2a9c81d0e4 --links',
  ]);
}

function describe({ hash, object, wasRevoked, links }: Revoked): readonly string[] {
  const first = wasRevoked
    ? `QRID ${hash} of ${object} was revoked before.`
    : `Revoked QRID ${hash} of ${object}.`;
  if (links === undefined) return [first];
  const { withdrawn, kept, dropped } = links;
  const done = `Withdrew ${count(withdrawn, 'name')} of peers, dropped ${count(dropped.length, 'link')}`;
  const stay = kept === 0 ? '' : ` ${count(kept, 'name')} of peers stay: objects handed them on.`;
  return [first, `${done}.${stay}`, ...dropped.map((vat) => `  dropped vat ${vat}`)];
}

const count = (amount: number, what: string): string =>
  `${amount} ${amount === 1 ? what : `${what}s`}`;
