// Rest: what holds once faults have stopped and nothing is on its way any more.

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
      return [...checkLink(vat, link, back), ...checkGiven(disks, { vat, link, back, vats })];
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

/** What this end holds of the other one, the other one has given. */
function checkGiven(disks: Disks, { vat, link, back, vats }: Ends): string[] {
  const peer = vats.find(({ id }) => id === link.peer);
  if (!peer || !back) return [];
  const given = new Set(
    disks
      .of(peer)
      .all<{ kind: string; number: number }>(
        'SELECT kind, number FROM export WHERE link = ?',
        back.id,
      )
      .map(({ kind, number }) => `${kind} ${number}`),
  );
  return disks
    .of(vat)
    .all<{ id: string; kind: string; number: number }>(
      'SELECT id, kind, number FROM import WHERE link = ? AND is_live = 1',
      link.id,
    )
    .filter(({ kind, number }) => !given.has(`${kind} ${number}`))
    .map(
      ({ id, kind, number }) =>
        `given: ${vat.name} holds ${id}: no ${kind} ${number} of ${peer.name}`,
    );
}
