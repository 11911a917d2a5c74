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

type Remembered = Omit<TurnRow, 'origin'> & { readonly item: ItemOrigin | undefined };

type Came = Pick<TurnRow, 'turn' | 'timeMs' | 'status' | 'failure' | 'sends' | 'made'>;

export function makeTurnHistory({ clock }: Island, links: Links): TurnHistory {
  const since = clock.nowMs();
  // Row `seq` stands at `seq % TURNS_REMEMBERED_MAX`: writing one costs one small object.
  const ring: Remembered[] = [];
  let last = 0;

  const add = (message: InboxRow, came: Came): void => {
    last += 1;
    const { target, owner, share, trace, origin } = message;
    const row = { ...came, seq: last, target, owner, share, trace, item: origin };
    ring[last % TURNS_REMEMBERED_MAX] = row;
  };

  const present = ({ item, ...row }: Remembered): TurnRow => {
    const vat = item && links.byId(item.link)?.row.vat;
    return vat === undefined ? row : { ...row, origin: { vat, number: item!.number } };
  };

  return Object.freeze({
    note(message: InboxRow, outcome: Outcome, timeMs: number) {
      const { turn, status } = outcome;
      if (status === 'failed') {
        const { failure } = outcome;
        return add(message, { turn, timeMs, status, failure, sends: 0, made: 0 });
      }
      const [sends, made] = [outcome.sends.length, outcome.objects.length];
      add(message, { turn, timeMs, status, sends, made });
    },
    noteQuarantine(message: InboxRow, cause: string, timeMs: number) {
      const code = 'QRT_MESSAGE_QUARANTINED';
      const failure = { name: 'Error', message: cause, code };
      add(message, { timeMs, status: 'quarantined', failure, sends: 0, made: 0 });
    },
    read(after: number, limit: number) {
      const oldest = Math.max(after, last - Math.min(limit, TURNS_REMEMBERED_MAX)) + 1;
      const turns: TurnRow[] = [];
      for (let seq = oldest; seq <= last; seq += 1) {
        turns.push(present(ring[seq % TURNS_REMEMBERED_MAX]!));
      }
      return { since, turns };
    },
  });
}
