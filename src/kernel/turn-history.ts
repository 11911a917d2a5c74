// Turn history: the last turns of this life of the vat, for an operator who watches.
//
// It is not durable and nothing depends on it. It holds numbers and short texts only, never a
// message: what it remembers must not keep bodies in memory that their turn has consumed.

import type { Outcome } from '../core/frames.ts';
import { TURNS_REMEMBERED_MAX } from '../core/limits.ts';
import type { TurnRow, TurnsReply } from '../core/turn-row.ts';
import type { Island } from './island.ts';
import type { Links } from './links.ts';
import type { InboxRow, ItemOrigin } from './store-port.ts';

export interface TurnHistory {
  /** An outcome was accepted. */
  note(message: InboxRow, outcome: Outcome, timeMs: number): void;
  /** A message was taken out for good. */
  noteQuarantine(message: InboxRow, cause: string, timeMs: number): void;
  /** The newest `limit` rows after `after`, oldest first. */
  read(after: number, limit: number): TurnsReply;
}

/** What is written down of a turn: what it shows is put together only when somebody asks. */
interface Remembered {
  readonly turn: number | undefined;
  readonly timeMs: number;
  readonly target: string;
  readonly owner: number;
  readonly share: string;
  readonly trace: string;
  readonly item: ItemOrigin | undefined;
  readonly status: TurnRow['status'];
  readonly failure: TurnRow['failure'];
  readonly sends: number;
  readonly made: number;
}

export function makeTurnHistory({ clock }: Island, links: Links): TurnHistory {
  const since = clock.nowMs();
  // Row `seq` stands at `seq % TURNS_REMEMBERED_MAX`.
  const ring: Remembered[] = [];
  let last = 0;

  const add = (row: Remembered): void => {
    last += 1;
    ring[last % TURNS_REMEMBERED_MAX] = row;
  };

  const present = (seq: number): TurnRow => {
    const { turn, failure, item, ...row } = ring[seq % TURNS_REMEMBERED_MAX]!;
    const vat = item && links.byId(item.link)?.row.vat;
    return {
      seq,
      ...row,
      ...(turn === undefined ? {} : { turn }),
      ...(failure === undefined ? {} : { failure }),
      ...(vat === undefined ? {} : { origin: { vat, number: item!.number } }),
    };
  };

  return Object.freeze({
    note(
      { target, owner, share, trace, origin: item }: InboxRow,
      outcome: Outcome,
      timeMs: number,
    ) {
      const { turn, status } = outcome;
      const isDone = status === 'done';
      const failure = isDone ? undefined : outcome.failure;
      const sends = isDone ? outcome.sends.length : 0;
      const made = isDone ? outcome.objects.length : 0;
      // One literal with all fields, in 20 ns: each turn pays for it, and spreading costs 5 us.
      add({ turn, timeMs, target, owner, share, trace, item, status, failure, sends, made });
    },
    noteQuarantine(message: InboxRow, cause: string, timeMs: number) {
      const { target, owner, share, trace, origin: item } = message;
      const failure = { name: 'Error', message: cause, code: 'QRT_MESSAGE_QUARANTINED' };
      const came = {
        turn: undefined,
        timeMs,
        status: 'quarantined',
        failure,
        sends: 0,
        made: 0,
      } as const;
      add({ target, owner, share, trace, item, ...came });
    },
    read(after: number, limit: number) {
      const oldest = Math.max(after, last - Math.min(limit, TURNS_REMEMBERED_MAX)) + 1;
      const turns: TurnRow[] = [];
      for (let seq = oldest; seq <= last; seq += 1) {
        turns.push(present(seq));
      }
      return { since, turns };
    },
  });
}
