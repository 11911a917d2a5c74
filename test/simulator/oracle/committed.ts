// Committed: what leaves a vat is on its disk at that very moment, as a second connection reads it.

import type { VatId } from '../../../src/core/ids.ts';
import type { VatOutput } from '../../../src/kernel/ports.ts';
import type { Box, Receipt } from '../../spec/wire.ts';
import type { SimVat } from '../stage.ts';
import type { Disk, Disks } from './disks.ts';
import type { Said } from './opener.ts';

export interface CommitCheck {
  /** To be called when the kernel emits it; `said` is what it says, if it opens. */
  see(vat: SimVat, output: VatOutput, said: Said | undefined): readonly string[];
}

interface LinkNumbers {
  readonly id: number;
  readonly out1: number;
  readonly out2: number;
  readonly in1: number;
  readonly in2: number;
  readonly tail1: Buffer;
  readonly tail2: Buffer;
}

const LINK = `SELECT id, out1_next AS out1, out2_next AS out2, in1_next AS in1, in2_next AS in2,
  in1_tail AS tail1, in2_tail AS tail2 FROM link WHERE vat = ?`;
const ROWS = `SELECT number, item FROM outbox
  WHERE link = ? AND lane = ? AND number >= ? AND number < ? ORDER BY number`;

export function makeCommitCheck(disks: Disks): CommitCheck {
  const linkOf = (disk: Disk, peer: VatId): LinkNumbers | undefined =>
    disk.one<LinkNumbers>(LINK, peer);

  const seeBox = (disk: Disk, { to, lanes }: Box): string[] => {
    const link = linkOf(disk, to);
    if (!link) return ['a box on a link that is not on disk'];
    return lanes.flatMap(({ first, items }, index) => {
      if (items.length === 0) return [];
      const next = index === 0 ? link.out1 : link.out2;
      if (first + items.length > next) return [`item ${next} of lane ${index + 1} has no number`];
      const rows = disk.all<{ number: number; item: Buffer }>(
        ROWS,
        ...[link.id, index + 1, first, first + items.length],
      );
      const isThere = (item: Uint8Array, at: number): boolean => {
        const row = rows.find(({ number }) => number === first + at);
        return row !== undefined && Buffer.compare(row.item, item) === 0;
      };
      const lost = items.findIndex((item, at) => !isThere(item, at));
      return lost < 0 ? [] : [`item ${first + lost} of lane ${index + 1} is not on disk`];
    });
  };

  const seeReceipt = (disk: Disk, { to, lanes }: Receipt): string[] => {
    const link = linkOf(disk, to);
    return lanes.flatMap(({ next, tail, stop }, index) => {
      if (next === 0 || stop === 'unknown') return [];
      const stored = (index === 0 ? link?.in1 : link?.in2) ?? 0;
      if (next > stored) return [`a receipt up to ${next}, lane ${index + 1}: disk has ${stored}`];
      const storedTail = (index === 0 ? link?.tail1 : link?.tail2) ?? Buffer.alloc(0);
      const isSame = next < stored || Buffer.compare(storedTail, tail) === 0;
      return isSame ? [] : [`a receipt with another tail at ${next}, lane ${index + 1}`];
    });
  };

  /** A reply about a request that has an effect: it is kept with what it speaks of. */
  const seeReply = (disk: Disk, value: unknown): string[] => {
    const { id, object, qrid, peer, number, to } = Object(value) as Record<string, unknown>;
    if (typeof to === 'string' && typeof id === 'string') {
      const request = disk.one('SELECT 1 FROM request WHERE id = ?', id);
      if (!request) return [`a reply to ${id}, which is not on disk`];
      const next = typeof peer === 'string' ? linkOf(disk, peer as VatId)?.out1 : undefined;
      const isNumbered = to !== 'outbox' || (next !== undefined && next > Number(number));
      return isNumbered ? [] : [`a reply that speaks of item ${String(number)}`];
    }
    if (typeof qrid !== 'string' || typeof object !== 'string') return [];
    const row = disk.one('SELECT 1 FROM object WHERE id = ?', object);
    return row ? [] : [`a reply that speaks of ${object}`];
  };

  const complaintsAbout = (disk: Disk, output: VatOutput, said: Said | undefined): string[] => {
    if (said?.kind === 'box') return seeBox(disk, said.box);
    if (said?.kind === 'receipt') return seeReceipt(disk, said.receipt);
    const isReply = output.type === 'control-reply' && output.reply.ok;
    return isReply ? seeReply(disk, output.reply.value) : [];
  };

  return {
    see: (vat, output, said) =>
      complaintsAbout(disks.of(vat), output, said).map(
        (what) => `uncommitted: ${vat.name} let out ${what}`,
      ),
  };
}
