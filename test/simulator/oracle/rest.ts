// Rest: what holds once faults have stopped and nothing is on its way any more.

import { compareMentions, RECEIVED, SENT } from '../../sim/mentions.ts';
import type { SimVat } from '../stage.ts';
import type { Disks } from './disks.ts';
import { type LinkOnDisk, readLinks } from './links.ts';

/** Complaints about vats that should be at rest. */
export function checkRest(disks: Disks, vats: readonly SimVat[]): string[] {
  const all = new Map(vats.map((vat) => [vat.id as string, readLinks(disks, vat)]));
  return vats.flatMap((vat) => [
    ...checkQueues(disks, vat),
    ...(all.get(vat.id) ?? []).flatMap((link) => {
      const back = all.get(link.peer)?.find(({ peer }) => peer === vat.id);
      return [
        ...checkLink(vat, link, back),
        ...checkGiven(disks, { vat, link, back, vats }),
        ...checkMentions(disks, { vat, link, back, vats }),
      ];
    }),
  ]);
}

function checkQueues(disks: Disks, vat: SimVat): string[] {
  return ['inbox', 'outbox'].flatMap((table) => {
    const { rows } = disks.of(vat).one<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`)!;
    return rows === 0 ? [] : [`rest: ${vat.name} has ${rows} rows in its ${table}`];
  });
}

function checkLink(vat: SimVat, link: LinkOnDisk, back: LinkOnDisk | undefined): string[] {
  const at = `rest: ${vat.name} to ${link.peer}`;
  if (link.state === 'dropped') return [];
  const state = link.state === 'ok' ? [] : [`${at}: ${link.state}: ${link.reason}`];
  const lanes = link.lanes.flatMap(({ next, receipted, tail }, index) => {
    const other = back?.lanes[index];
    const lane = `${at}, lane ${index + 1}`;
    if (receipted !== next) return [`${lane}: ${next - receipted} items await a receipt`];
    if (!other || other.taken === 0) return [];
    if (other.taken !== next) return [`${lane}: sent up to ${next}, taken up to ${other.taken}`];
    return Buffer.compare(other.takenTail, tail) === 0 ? [] : [`${lane}: two pasts`];
  });
  return [...state, ...lanes];
}

interface Ends {
  readonly vat: SimVat;
  readonly link: LinkOnDisk;
  readonly back: LinkOnDisk | undefined;
  readonly vats: readonly SimVat[];
}

interface NameOnDisk {
  readonly kind: string;
  readonly number: number;
  /** Of the QRID by which it was made, if there is one. */
  readonly hash: Buffer | null;
}

type NameCount = NameOnDisk & { readonly mentions: number };

const GIVEN = 'SELECT kind, number, swiss_hash AS hash FROM export WHERE link = ?';
const HELD = `SELECT id, kind, number, swiss_hash AS hash FROM import
  WHERE link = ? AND is_live = 1`;

/** What this end holds of the other one, the other one has given; redeemed by the same QRID. */
function checkGiven(disks: Disks, { vat, link, back, vats }: Ends): string[] {
  const peer = vats.find(({ id }) => id === link.peer);
  if (!peer || !back) return [];
  const keyOf = ({ kind, number }: NameOnDisk): string => `${kind} ${number}`;
  const rows = disks.of(peer).all<NameOnDisk>(GIVEN, back.id);
  const given = new Map(rows.map((row) => [keyOf(row), row]));
  const held = disks.of(vat).all<NameOnDisk & { id: string }>(HELD, link.id);
  return held.flatMap((row) => {
    const there = given.get(keyOf(row));
    const what = `given: ${vat.name} holds ${row.id}:`;
    if (!there) return [`${what} no ${keyOf(row)} of ${peer.name}`];
    // A wrong QRID makes a name for nobody.
    const isSame = !there.hash || !row.hash || there.hash.equals(row.hash);
    return isSame ? [] : [`${what} ${keyOf(row)} of ${peer.name} is of another QRID`];
  });
}

/** Both ends count alike how often this vat named its promises to the other one. */
function checkMentions(disks: Disks, { vat, link, back, vats }: Ends): string[] {
  const peer = vats.find(({ id }) => id === link.peer);
  if (!peer || !back || link.state !== 'ok' || back.state !== 'ok') return [];
  const sent = disks.of(vat).all<NameCount>(SENT, link.id);
  const received = disks.of(peer).all<NameCount>(RECEIVED, back.id);
  return compareMentions(sent, received).map(
    (what) => `rest: ${vat.name} to ${peer.name}: ${what}`,
  );
}
