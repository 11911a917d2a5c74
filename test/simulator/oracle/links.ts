// Links: what two disks say of one link. No end is ahead of what the other one has committed.

import type { VatId } from '../../../src/core/ids.ts';
import type { SimVat } from '../stage.ts';
import type { Disks } from './disks.ts';
import type { LaneAtRest } from './histories.ts';

/** One link as one end has it on disk. */
export interface LinkOnDisk {
  readonly id: number;
  readonly peer: string;
  readonly state: string;
  readonly reason: string;
  readonly lanes: readonly [LaneOnDisk, LaneOnDisk];
}

interface LaneOnDisk {
  readonly next: number;
  readonly tail: Buffer;
  readonly receipted: number;
  readonly taken: number;
  readonly takenTail: Buffer;
}

const LINKS = 'SELECT * FROM link';
const HELD = 'SELECT link, lane, count(*) AS rows FROM outbox GROUP BY link, lane';
const COUNTERS = 'SELECT * FROM counters';

export function readLinks(disks: Disks, vat: SimVat): readonly LinkOnDisk[] {
  return disks
    .of(vat)
    .all<Record<string, unknown>>(LINKS)
    .map((row) => {
      const lane = (n: 1 | 2): LaneOnDisk => ({
        next: row[`out${n}_next`] as number,
        tail: row[`out${n}_tail`] as Buffer,
        receipted: row[`out${n}_receipted`] as number,
        taken: row[`in${n}_next`] as number,
        takenTail: row[`in${n}_tail`] as Buffer,
      });
      const { id, vat: peer, state, reason } = row as Record<string, string>;
      const lanes = [lane(1), lane(2)] as const;
      return { id: Number(id), peer: peer!, state: state!, reason: reason!, lanes };
    });
}

/** What must hold of the links of these vats at any moment. None of them lost its memory. */
export function compareLinks(disks: Disks, vats: readonly SimVat[]): string[] {
  const all = new Map(vats.map((vat) => [vat.id as string, readLinks(disks, vat)]));
  return vats.flatMap((vat) =>
    (all.get(vat.id) ?? []).flatMap(({ peer, lanes }) => {
      const back = all.get(peer)?.find((link) => link.peer === vat.id);
      return lanes.flatMap(({ next, receipted }, index) => {
        const at = `links: ${vat.name} to ${peer}, lane ${index + 1}`;
        const taken = back?.lanes[index]?.taken ?? 0;
        // 0: it has begun nothing, and what was given up before is not its business.
        if (taken === 0) return [];
        if (taken > next) return [`${at}: it took up to ${taken}, and ${next} is the next`];
        if (receipted > taken) return [`${at}: deleted up to ${receipted}, it took up to ${taken}`];
        return [];
      });
    }),
  );
}

/** Each item that awaits its receipt is there. */
export function countHeld(disks: Disks, vat: SimVat): string[] {
  const rows = disks.of(vat).all<{ link: number; lane: number; rows: number }>(HELD);
  return readLinks(disks, vat).flatMap(({ id, peer, lanes }) =>
    lanes.flatMap(({ next, receipted }, index) => {
      const held = rows.find(({ link, lane }) => link === id && lane === index + 1)?.rows ?? 0;
      if (held === next - receipted) return [];
      return [`links: ${vat.name} to ${peer}, lane ${index + 1}: ${held} of ${next - receipted}`];
    }),
  );
}

/** Where the lanes of a vat go on that has nothing to send. */
export function lanesAtRest(disks: Disks, vat: SimVat): LaneAtRest[] {
  return readLinks(disks, vat).flatMap(({ peer, lanes }) =>
    lanes.map(({ next, tail }, index) => ({
      ...{ from: vat.id, to: peer as VatId, lane: (index + 1) as 1 | 2 },
      ...{ next, tail },
    })),
  );
}

export interface CounterCheck {
  /** Numbers of a vat that name things: none is ever given again. */
  see(vat: SimVat): string[];
  /** The vat has an older disk. */
  forget(vat: VatId): void;
}

export function makeCounterCheck(disks: Disks): CounterCheck {
  const before = new Map<VatId, Record<string, number>>();
  const see = (vat: SimVat): string[] => {
    const now = disks.of(vat).one<Record<string, number>>(COUNTERS) ?? {};
    const old = before.get(vat.id) ?? {};
    before.set(vat.id, now);
    // A clean stop sets `starts` back.
    return Object.keys(old)
      .filter((name) => name !== 'starts' && old[name]! > now[name]!)
      .map((name) => `counters: ${vat.name}: ${name} went from ${old[name]} to ${now[name]}`);
  };
  return { see, forget: (vat) => void before.delete(vat) };
}
