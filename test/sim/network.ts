// Network: carries boxes and receipts between the vats of a world, as honestly as a test lets it.

import type { VatId } from '../../src/core/ids.ts';
import type { PostResult } from '../../src/kernel/ports.ts';

/** Who sends what to whom. */
export interface Passage {
  readonly from: VatId;
  readonly to: VatId;
  readonly kind: 'box' | 'receipt';
}

/** What becomes of bytes on their way; several fates are several copies, none is a loss. */
export type Fate =
  /** They arrive, at whom they are for or at another. */
  | {
      readonly type: 'arrive';
      readonly bytes: Uint8Array;
      readonly delayMs: number;
      readonly at?: VatId;
    }
  /** Nobody gets them; a proxy answers the sender by itself. */
  | { readonly type: 'answer'; readonly bytes: Uint8Array; readonly delayMs: number };

/** Decides about everything that is sent. */
export type Wire = (bytes: Uint8Array, passage: Passage) => readonly Fate[];

/** Carries everything, at once. */
export const honestWire: Wire = (bytes) => [{ type: 'arrive', bytes, delayMs: 1 }];

/** Loses everything. */
export const cutWire: Wire = () => [];

/** What a network needs of a vat. */
export interface Station {
  readonly id: VatId;
  readonly url: string;
  isUp(): boolean;
  /** `end` gets the body of a 200, or undefined for any other status. */
  receive(
    input: { type: 'contact' } | { type: 'box'; bytes: Uint8Array },
    end: (bytes: Uint8Array | undefined) => void,
  ): void;
}

/** One attempt to reach a URL. */
interface Posting {
  readonly from: VatId;
  readonly to: VatId;
  readonly url: string;
  /** Absent when the contact record is asked for. */
  readonly bytes?: Uint8Array;
}

export interface Network {
  post(posting: Posting, end: (result: PostResult) => void): void;
  setWire(wire: Wire): void;
  /** At these URLs nobody answers, not even to refuse. */
  setSilentUrls(isSilent: (url: string) => boolean): void;
  /** When the next thing happens; undefined when nothing is on its way. */
  nextMs(): number | undefined;
  /** Lets everything happen that is due. */
  runDue(): void;
  /** Every envelope that a vat put on the wire, in order. */
  readonly sent: Uint8Array[];
}

const TIMEOUT_MS = 10_000;

interface Event {
  readonly atMs: number;
  readonly run: () => void;
}

/** The network between the stations that there are at the time. */
export function makeNetwork(input: {
  readonly nowMs: () => number;
  readonly stations: () => readonly Station[];
}): Network {
  const { nowMs, stations } = input;
  const events = new Set<Event>();
  const sent: Uint8Array[] = [];
  let wire = honestWire;
  let isSilent = (_url: string): boolean => false;

  const after = (delayMs: number, run: () => void): Event => {
    const event = { atMs: nowMs() + delayMs, run };
    events.add(event);
    return event;
  };

  const carry = (bytes: Uint8Array, passage: Passage): readonly Fate[] => {
    sent.push(bytes);
    return wire(bytes, passage);
  };

  const post = (posting: Posting, end: (result: PostResult) => void): void => {
    const { from, to, url, bytes } = posting;
    let isOver = false;
    const timeout = after(TIMEOUT_MS, () => finish({ ok: false, reason: 'timeout' }));
    const finish = (result: PostResult): void => {
      if (isOver) return;
      isOver = true;
      events.delete(timeout);
      end(result);
    };
    const answer = (reply: Uint8Array | undefined): void =>
      finish(reply ? { ok: true, bytes: reply } : { ok: false, reason: 'status' });
    const listening = (): Station | undefined =>
      stations().find((station) => station.url === url && station.isUp());
    const arrive = (fate: Extract<Fate, { type: 'arrive' }>): void => {
      const station = stations().find(({ id }) => id === fate.at) ?? listening();
      if (!station) return finish({ ok: false, reason: 'refused' });
      station.receive({ type: 'box', bytes: fate.bytes }, (reply) => {
        if (!reply) return answer(undefined);
        for (const back of carry(reply, { from: station.id, to: from, kind: 'receipt' })) {
          after(back.delayMs, () => answer(back.bytes));
        }
      });
    };
    if (isSilent(url)) return;
    if (bytes === undefined) {
      after(1, () => {
        const station = listening();
        if (!station) return finish({ ok: false, reason: 'refused' });
        station.receive({ type: 'contact' }, answer);
      });
      return;
    }
    for (const fate of carry(bytes, { from, to, kind: 'box' })) {
      after(fate.delayMs, () => (fate.type === 'answer' ? answer(fate.bytes) : arrive(fate)));
    }
  };

  return {
    post,
    sent,
    setWire: (next) => {
      wire = next;
    },
    setSilentUrls: (next) => {
      isSilent = next;
    },
    nextMs: () =>
      events.size === 0 ? undefined : Math.min(...[...events].map(({ atMs }) => atMs)),
    runDue() {
      const due = [...events].filter(({ atMs }) => atMs <= nowMs());
      for (const event of due.sort((one, other) => one.atMs - other.atMs)) {
        if (events.delete(event)) event.run();
      }
    },
  };
}
