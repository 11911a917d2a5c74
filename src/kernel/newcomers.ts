// Newcomers: how a vat without a link gets one, and what bounds that.

import { makeBuckets } from '../core/buckets.ts';
import { LINK_QRIDS_MAX } from '../core/flood-limits.ts';
import { parseItem } from '../core/item.ts';
import type { Above, Box, Stop } from '../core/wire.ts';
import type { Island } from './island.ts';
import type { Items } from './items.ts';
import type { Link, Links } from './links.ts';

const HOUR_S = 3_600;

/** The new link of the sender of a box, or what it is told instead. */
export type Admit = (box: Box) => Link | Stop;

export function makeNewcomers(
  { clock, limits }: Pick<Island, 'clock' | 'limits'>,
  { links, items }: { readonly links: Links; readonly items: Items },
): Admit {
  const byQrid = makeBuckets({
    nowMs: clock.monotonicMs,
    burst: limits.linksPerHour,
    perSecond: limits.linksPerHour / HOUR_S,
    keysMax: LINK_QRIDS_MAX,
  });

  return (box) => {
    // We receipted a box of this link, and know of none: our disk is older. It must not begin anew.
    if (box.isLinked) return 'unknown';
    const first = box.lanes[0].items[0];
    const item = first && parseItem(first);
    const redeemed = item?.kind === 'redeem' ? items.findRedeemed(item.swissnum) : undefined;
    if (!redeemed) return 'unknown';
    const qrid = Buffer.from(redeemed.swissHash).toString('hex');
    if (!byQrid.has(qrid)) return 'busy';
    const link = links.create(box.from, redeemed.swissHash);
    if (!link) return 'busy';
    byQrid.take(qrid);
    if (box.above) beginAbove(link, box.above);
    return link;
  };
}

/** The peer knows this vat from before it lost the link: no number of then may come again. */
function beginAbove({ row }: Link, { lanes, exports }: Above): void {
  for (const index of [0, 1] as const) {
    const { next, tail } = lanes[index];
    Object.assign(row.sending[index], { next, tail, receipted: next, receiptedTail: tail });
  }
  row.nextExport = exports;
}
