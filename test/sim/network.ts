// Network: carries boxes and receipts between the vats of a world, as honestly as a test lets it.

import type { VatId } from '../../src/core/ids.ts';
import type { PostResult } from '../../src/kernel/ports.ts';
import { type Agenda, makeAgenda, type Plan } from './agenda.ts';

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
  /** They are posted to that vat, whatever they are, by somebody who does not read the reply. */
  | {
      readonly type: 'stray';
      readonly bytes: Uint8Array;
      readonly delayMs: number;
      readonly at: VatId;
    }
  /** Nobody gets them; a proxy answers the sender by itself. */
  | {
      readonly type: 'answer';
      readonly bytes: Uint8Array;
      readonly delayMs: number;
      /** The sender's poster says this of it. */
      readonly reason?: string;
    };

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
  /** At these URLs nobody answers to this vat, not even to refuse. */
  setSilentUrls(isSilent: (url: string, from: VatId) => boolean): void;
  /** When the next thing happens; undefined when nothing is on its way. */
  nextMs(): number | undefined;
  /** Lets everything happen that is due. */
  runDue(): void;
  /** Every envelope that a vat put on the wire, in order. */
  readonly sent: Uint8Array[];
}

const TIMEOUT_MS = 10_000;

/** The network between the stations that there are at the time. */
export function makeNetwork(input: {
  readonly nowMs: () => number;
  readonly stations: () => readonly Station[];
  /** Shared with others, who let things happen then; its own otherwise. */
  readonly agenda?: Agenda;
}): Network {
  const { nowMs, stations, agenda = makeAgenda() } = input;
  const sent: Uint8Array[] = [];
  let wire = honestWire;
  let isSilent = (_url: string, _from: VatId): boolean => false;

  const after = (delayMs: number, run: () => void): Plan => agenda.add(nowMs() + delayMs, run);

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
      agenda.cancel(timeout);
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
          after(back.delayMs, () => (back.type === 'stray' ? stray(back) : answer(back.bytes)));
        }
      });
    };
    const stray = (fate: Extract<Fate, { type: 'stray' }>): void => {
      const station = stations().find(({ id, isUp }) => id === fate.at && isUp());
      station?.receive({ type: 'box', bytes: fate.bytes }, (reply) => {
        if (reply) carry(reply, { from: station.id, to: from, kind: 'receipt' });
      });
    };
    if (isSilent(url, from)) return;
    if (bytes === undefined) {
      after(1, () => {
        const station = listening();
        if (!station) return finish({ ok: false, reason: 'refused' });
        station.receive({ type: 'contact' }, answer);
      });
      return;
    }
    for (const fate of carry(bytes, { from, to, kind: 'box' })) {
      after(fate.delayMs, () => {
        if (fate.type === 'answer' && fate.reason !== undefined) finish(failure(fate.reason));
        else if (fate.type === 'answer') answer(fate.bytes);
        else if (fate.type === 'stray') stray(fate);
        else arrive(fate);
      });
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
    nextMs: agenda.nextMs,
    runDue() {
      // What is planned meanwhile is for the next time.
      const due: Plan[] = [];
      for (let at = agenda.nextMs(); at !== undefined && at <= nowMs(); at = agenda.nextMs()) {
        due.push(agenda.take()!);
      }
      for (const plan of due) if (!plan.isOff) plan.run();
    },
  };
}

const failure = (reason: string): PostResult => ({ ok: false, reason });
