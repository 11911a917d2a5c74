// Standstill: finds out that vats which forward for each other wait in a ring, and lets them go on.
//
// A message that is to be forwarded waits, at the head of its lane, for room in this outbox; what
// fills the outbox may wait in the same way at the next vat. Each vat tells who waits for it how many
// vats in a row wait so from here, by the shortest way to one that can go on by itself. In a ring
// without a way out that number grows without end: the count to infinity of distance-vector routing,
// here on purpose. Then messages of vats that have found the same are taken beyond their share, in a
// part of the outbox that nobody else has; when that is full, too, one whose next vat stands still as
// well is refused. All of it is passing state: a restart begins to count anew.

import type { Room } from '../core/frames.ts';
import {
  STANDING_MS_MAX,
  STANDSTILL_RELIEF_MS,
  STANDSTILL_WAITS,
  WAITS_MAX,
} from '../core/standstill-limits.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';

/** A message that is to be forwarded: whose it is, and where it goes. */
interface Head {
  readonly from: Link;
  readonly share: string;
  readonly onward: Link;
  readonly bytes: number;
}

/** What becomes of it: it fits, is taken beyond its share, refused, or waits, so far from a way out. */
type Verdict = 'room' | 'lent' | 'refused' | { readonly waits: number };

export interface Standstill {
  judge(head: Head): Verdict;
  /** Whether this vat has stood still a short while ago. */
  isFound(): boolean;
  /**
   * A receipt of the peer was taken; `before` are the numbers receipted until then, and `waits` what it
   * says of its room to forward the head of our lane 1, which waits for that.
   */
  heard(link: Link, before: readonly [number, number], waits: number | undefined): void;
}

/** A peer that had no room to forward the head of our lane, as often as we asked in a row. */
interface Standing {
  readonly waits: number;
  readonly times: number;
  readonly atMs: number;
}

export function makeStandstill(island: Island, links: Links): Standstill {
  const { outboxUsage, clock } = island;
  let standing = new WeakMap<Link, Standing>();
  /** When something left the outbox for a peer. */
  const movedMs = new WeakMap<Link, number>();
  /** Since when shares find no room. */
  const since = new Map<string, number>();
  let foundUntilMs = 0;

  /** How far it is to a vat that can go on, and whether nothing here can go on by itself. */
  const measure = (share: string): { waits: number; isKnot: boolean } => {
    const sinceMs = since.get(share)!;
    let waits: number | undefined;
    let isKnot = true;
    for (const link of links.active) {
      if (!holdsItems(link)) continue;
      const stands = standsAt(link);
      if (!stands || hasAnswers(link)) isKnot = false;
      // Never more than we have seen ourselves: a number that was made up grows no faster.
      if (stands) waits = Math.min(waits ?? WAITS_MAX, stands.waits + 1, stands.times);
      else if (mayHelp(link, sinceMs)) return { waits: 0, isKnot: false };
    }
    return { waits: waits ?? 0, isKnot };
  };

  /** What the peer said last; one that is not reached any more says nothing. */
  const standsAt = (link: Link): Standing | undefined => {
    const stands = link.row.state === 'ok' ? standing.get(link) : undefined;
    return stands && clock.monotonicMs() - stands.atMs < STANDING_MS_MAX ? stands : undefined;
  };

  /** Whether the share may find room by what waits for this peer, which does not stand still. */
  const mayHelp = (link: Link, sinceMs: number): boolean => {
    const hasMoved = (movedMs.get(link) ?? -1) > sinceMs;
    // What goes on all the time makes room for its own share only.
    return link.row.state !== 'ok' || link.delivery.hasFailed || !hasMoved;
  };

  const isFound = (): boolean => clock.monotonicMs() < foundUntilMs;

  const mayLend = ({ from, onward, bytes }: Head): boolean => {
    // Who does not stand in the ring would only fill it up again.
    if (!isFound() || !from.delivery.isStuck) return false;
    // Where nothing waits, it leaves at once.
    return fits(outboxUsage.roomToLend(), bytes) || (!hasMessages(onward) && outboxUsage.hasRest());
  };

  return Object.freeze({
    isFound,
    judge(head: Head): Verdict {
      const { share, onward, bytes } = head;
      if (fits(outboxUsage.roomFor(share), bytes)) {
        since.delete(share);
        return 'room';
      }
      if (mayLend(head)) return 'lent';
      const now = clock.monotonicMs();
      if (!since.has(share)) since.set(share, now);
      const { waits, isKnot } = measure(share);
      if (waits >= STANDSTILL_WAITS) {
        foundUntilMs = now + STANDSTILL_RELIEF_MS;
        if (mayLend(head)) return 'lent';
      }
      // MUST be the word of the very vat that it would go to, which could refuse it as well.
      const isAhead = hasMessages(onward) && standsAt(onward) && head.from.delivery.isStuck;
      if (waits < WAITS_MAX || !isKnot || !isAhead) return { waits };
      standing = new WeakMap();
      return 'refused';
    },
    heard(link: Link, before: readonly [number, number], waits: number | undefined) {
      const [one, two] = link.row.sending;
      const atMs = clock.monotonicMs();
      const hasMoved = one.receipted > before[0];
      if (hasMoved || two.receipted > before[1]) movedMs.set(link, atMs);
      const stood = standing.get(link);
      // What stood still goes on: whatever was counted is over.
      if (hasMoved && stood) standing = new WeakMap();
      if (hasMoved || waits === undefined) standing.delete(link);
      else standing.set(link, { waits, times: (stood?.times ?? 0) + 1, atMs });
    },
  });
}

const fits = (room: Room, bytes: number): boolean => room.rows >= 1 && room.bytes >= bytes;

const hasMessages = ({ row }: Link): boolean => row.sending[0].next > row.sending[0].receipted;
const hasAnswers = ({ row }: Link): boolean => row.sending[1].next > row.sending[1].receipted;
const holdsItems = (link: Link): boolean => hasMessages(link) || hasAnswers(link);
