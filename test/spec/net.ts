// Net: carries boxes and receipts between the test vats of one world, without HTTP.
//
// A wire stands between them like a proxy: it sees the bytes and decides what becomes of them. The
// clock runs with the real one and can be moved forward, so that days pass at once.

import { setTimeout as delay, setImmediate as nextMoment } from 'node:timers/promises';
import type { VatId } from '../../src/core/ids.ts';
import type { Clock, PostResult, StatusReply } from '../../src/kernel/ports.ts';

/** What is on its way. */
interface Passage {
  readonly from: VatId;
  readonly to: VatId;
  readonly url: string;
  /** `contact` asks for the record of `to` and has no bytes. */
  readonly kind: 'box' | 'contact';
  readonly bytes: Uint8Array;
}

/** Hands bytes to the vat that they are for, and brings what it answers. */
type Forward = (bytes: Uint8Array) => Promise<PostResult>;

/** A proxy between all vats. */
export type Wire = (passage: Passage, forward: Forward) => Promise<PostResult>;

/** Whatever can be reached: a test vat, or a stranger that a test plays by hand. */
export interface Station {
  readonly id: VatId;
  readonly url: string;
  /** Undefined when it is down. */
  status(): Promise<StatusReply | undefined>;
  receive(kind: Passage['kind'], bytes: Uint8Array): Promise<PostResult>;
  tick(): void;
}

/** Bytes that left a vat. */
export interface Sent {
  readonly from: VatId;
  readonly to: VatId;
  readonly kind: 'box' | 'receipt';
  readonly bytes: Uint8Array;
}

export interface TestNet {
  readonly clock: Clock;
  /** Everything that left a vat, in order. */
  readonly sent: Sent[];
  /** When an attempt to reach a vat began, on the monotonic clock. */
  readonly attempts: { readonly from: VatId; readonly to: VatId; readonly atMs: number }[];
  add(station: Station): void;
  remove(station: Station): void;
  setWire(wire: Wire): void;
  post(passage: Passage): Promise<PostResult>;
  /** Lets everything happen until no message waits anywhere and everything is receipted. */
  run(): Promise<void>;
  /** Lets `ms` pass, in steps, and everything happen that is due meanwhile. */
  pass(ms: number, stepMs?: number): Promise<void>;
}

export const honestWire: Wire = ({ bytes }, forward) => forward(bytes);

/** Nothing arrives. */
export const cutWire: Wire = async () => lost;

const lost: PostResult = { ok: false, reason: 'lost on the way' };
/** Less than a test may take: whoever waits in vain is to say for what. */
const RUN_MS_MAX = 100_000;
const STEP_MS = 1_000;

export function makeTestNet(): TestNet {
  const stations = new Set<Station>();
  const sent: Sent[] = [];
  const attempts: { from: VatId; to: VatId; atMs: number }[] = [];
  let offsetMs = 0;
  let inFlight = 0;
  let wire = honestWire;
  const clock: Clock = {
    nowMs: () => Date.now() + offsetMs,
    monotonicMs: () => performance.now() + offsetMs,
  };

  const advance = (ms: number): void => {
    offsetMs += ms;
    for (const station of stations) station.tick();
  };

  const carry = async (passage: Passage): Promise<PostResult> => {
    const { from, to, url, kind, bytes } = passage;
    attempts.push({ from, to, atMs: clock.monotonicMs() });
    if (kind === 'box') sent.push({ from, to, kind, bytes });
    const forward: Forward = async (given) => {
      const there = [...stations].find((station) => station.id === to && station.url === url);
      if (!there) return { ok: false, reason: 'refused' };
      const result = await there.receive(kind, given);
      if (kind === 'box' && result.ok) {
        sent.push({ from: to, to: from, kind: 'receipt', bytes: result.bytes });
      }
      return result;
    };
    return kind === 'contact' ? forward(bytes) : wire(passage, forward);
  };

  /** Whether turns run, messages wait for one, or something awaits its receipt. */
  const look = async (): Promise<{ busy: boolean; waiting: boolean; pulse: string }> => {
    const all = await Promise.all([...stations].map((station) => station.status()));
    const found = all.filter((status) => status !== undefined);
    const working = ({ inbox, worker }: StatusReply) =>
      inbox.rows > 0 || worker === 'busy' || worker === 'starting';
    return {
      busy: inFlight > 0 || found.some(working),
      waiting: found.some(({ outbox }) => outbox.rows > 0),
      pulse: found.map(({ turns, commits }) => `${turns} ${commits}`).join(),
    };
  };

  return {
    clock,
    sent,
    attempts,
    add: (station) => void stations.add(station),
    remove: (station) => void stations.delete(station),
    setWire: (next) => {
      wire = next;
    },
    async post(passage) {
      inFlight += 1;
      try {
        return await carry(passage);
      } finally {
        inFlight -= 1;
      }
    },
    async run() {
      const endMs = performance.now() + RUN_MS_MAX;
      let last: string | undefined;
      for (;;) {
        if (performance.now() > endMs) throw new Error('the vats do not come to rest');
        const { busy, waiting, pulse } = await look();
        const isQuiet = !busy && !waiting;
        if (isQuiet && pulse === last) return;
        last = isQuiet ? pulse : undefined;
        if (!busy && waiting) advance(STEP_MS);
        // Replies come at once: without a pause nothing else would ever happen.
        await delay(1);
      }
    },
    async pass(ms, stepMs = STEP_MS) {
      for (let passed = 0; passed < ms; passed += stepMs) {
        advance(Math.min(stepMs, ms - passed));
        do await nextMoment();
        while ((await look()).busy);
      }
    },
  };
}
