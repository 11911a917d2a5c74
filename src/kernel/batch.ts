// Batch: the turns between their dispatch and their outcome, in order, and how long each takes.

import type { Readings, Room } from '../core/frames.ts';
import { ASKED_BYTES_MAX } from '../core/limits.ts';
import { capdataBytes } from '../core/power.ts';
import { type Island, ownerShare } from './island.ts';
import type { OwnerLine } from './owner-line.ts';
import { makeSeeds } from './seeds.ts';
import type { InboxRow } from './store-port.ts';
import type { WorkerLife } from './worker-life.ts';

/** A turn in flight. */
interface InFlight {
  readonly turn: number;
  readonly message: InboxRow;
  readonly readings: Readings;
}

export interface Batch {
  count(): number;
  /** Whether a message that counts in that share is in flight. */
  runsFor(share: string): boolean;
  /** The turn whose outcome is next. */
  first(): InFlight | undefined;
  /** Whether the one turn in flight runs alone, because its message is suspected. */
  isAlone(): boolean;
  /** Numbers a turn and hands it to the worker. */
  hand(message: InboxRow, how: { readonly isAlone: boolean }): void;
  /** The first turn has its outcome. Returns what it took, in milliseconds. */
  endFirst(): number;
  /** The worker is gone: nothing is in flight. Returns the messages that were, in order. */
  drop(): InboxRow[];
  /** The worker asked for so much; false when that is more than a turn can want. */
  countAsked(bytes: number): boolean;
}

interface Parts {
  readonly life: WorkerLife;
  readonly line: OwnerLine;
}

export function makeBatch(island: Island, { life, line }: Parts): Batch {
  const { clock, counters, inboxUsage, outboxUsage, transaction } = island;
  const seed = makeSeeds(island.entropy);
  const turns: InFlight[] = [];
  let isAlone = false;
  let askedBytes = 0;
  /** When the first turn began, or later by what commits took since: outcomes waited meanwhile. */
  let sinceMs = 0;
  let commitMs = 0;
  transaction.beforeCommit(() => {
    commitMs = clock.monotonicMs();
  });
  transaction.afterCommit(() => {
    sinceMs += clock.monotonicMs() - commitMs;
  });

  return Object.freeze({
    count: () => turns.length,
    runsFor: (share: string) => turns.some(({ message }) => message.share === share),
    first: () => turns[0],
    isAlone: () => isAlone,
    hand(message: InboxRow, how: { readonly isAlone: boolean }) {
      const { target, args, owner, answer } = message;
      isAlone = how.isAlone;
      if (turns.length === 0) {
        life.markProgress();
        sinceMs = clock.monotonicMs();
      }
      // Then the time until its outcome is its own, and if the worker dies it is known for it.
      const tellFirst =
        turns.length > 0 && !line.isProven(owner) ? { tellFirst: true as const } : {};
      line.begin(owner);
      counters.turn += 1;
      const turn = counters.turn;
      const share = ownerShare(owner);
      const readings: Readings = {
        timeMs: clock.nowMs(),
        seed: seed(),
        inbox: withOwn(inboxUsage.roomFor(share), message, share),
        outbox: outboxUsage.roomFor(share),
      };
      turns.push({ turn, message, readings });
      const wanted = answer === undefined ? {} : { isAnswerWanted: true as const };
      life.send({ type: 'turn', turn, target, args, readings, ...wanted, ...tellFirst });
    },
    endFirst() {
      const now = clock.monotonicMs();
      const ms = now - sinceMs;
      sinceMs = now;
      turns.shift();
      isAlone = false;
      askedBytes = 0;
      life.markProgress();
      return ms;
    },
    drop() {
      isAlone = false;
      askedBytes = 0;
      line.clear(clock.monotonicMs() - sinceMs);
      return turns.splice(0).map(({ message }) => message);
    },
    countAsked(bytes: number) {
      askedBytes += bytes;
      return askedBytes <= ASKED_BYTES_MAX;
    },
  });
}

/**
 * The room for a turn with what its message holds, if that counts in the same share: its row goes
 * with the outcome. So whoever goes on by one message to itself, or by one continuation, always can,
 * however full the queue is.
 */
function withOwn(room: Room, { share, args }: InboxRow, own: string): Room {
  if (share !== own) return room;
  return { rows: room.rows + 1, bytes: room.bytes + capdataBytes(args) };
}
