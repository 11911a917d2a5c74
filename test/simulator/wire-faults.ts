// Wire faults: what an enemy on the way does to boxes and receipts, decided by their number.

import type { VatId } from '../../src/core/ids.ts';
import { parseEnvelope } from '../../src/core/wire.ts';
import type { Fate, Passage, Wire } from '../sim/network.ts';
import { pick } from '../sim/random.ts';
import { below, type Random, streamOf } from './chance.ts';
import type { Faults } from './faults.ts';

/** What can happen to one envelope. */
export const WIRE_FAULTS = [
  /** Never arrives. */
  'lose',
  /** Arrives two or three times. */
  'repeat',
  /** Arrives late, up to long after its sender gave up. */
  'delay',
  /** Arrives a little late, after what was sent after it. */
  'reorder',
  'truncate',
  'flip',
  /** Comes back to its sender. */
  'reflect',
  /** Arrives at another vat. */
  'cross-deliver',
  /** Arrives, and something old with it, at whom it was for or at anyone. */
  'replay',
  /** Does not arrive: something old does. */
  'replace',
  /** An old envelope comes back as the reply, before the true one. */
  'old reply',
  /** Bytes without sense come back as the reply. */
  'nonsense reply',
] as const;
type WireFault = (typeof WIRE_FAULTS)[number];

export interface WireRates {
  /** How many envelopes of 1 meet a fault. */
  readonly chance: number;
  readonly kinds: readonly WireFault[];
  /** Usual time on the way, at most. */
  readonly latencyMsMax: number;
}

const DELAY_MS_MAX = 40_000;
const REORDER_MS_MAX = 300;
const KEPT_MAX = 500;
const NONSENSE_BYTES_MAX = 300;

export interface WireFaultsInput {
  readonly seed: number;
  readonly rates: WireRates;
  readonly faults: Faults;
  readonly vats: () => readonly { readonly id: VatId }[];
  /** Whether nothing passes between the two now. */
  readonly isCut: (passage: Passage) => boolean;
}

export interface FaultyWire {
  readonly carry: Wire;
  /** Nothing that was sent until now comes again. */
  forget(): void;
}

export function makeFaultyWire(input: WireFaultsInput): FaultyWire {
  const { seed, rates, faults, vats, isCut } = input;
  /** The last envelopes, in a ring. */
  const kept: Uint8Array[] = [];
  let count = 0;

  const carry: Wire = (bytes, passage) => {
    count += 1;
    const random = streamOf(seed, 'wire', count);
    const delayMs = 1 + Math.floor(random() ** 3 * rates.latencyMsMax);
    const isStruck = random() < rates.chance;
    const fault = pick(random, rates.kinds);
    kept[count % KEPT_MAX] = bytes;
    if (!faults.isOn()) return [{ type: 'arrive', bytes, delayMs }];
    if (isCut(passage)) return [];
    const id = `w${count}`;
    if (!isStruck || fault === undefined || !faults.allows(id)) {
      return [{ type: 'arrive', bytes, delayMs }];
    }
    faults.note(fault, id);
    return fatesOf(fault, { bytes, passage, delayMs, random, kept, vats: vats() });
  };
  return Object.freeze({
    carry,
    forget() {
      kept.length = 0;
    },
  });
}

interface Struck {
  readonly bytes: Uint8Array;
  readonly passage: Passage;
  readonly delayMs: number;
  readonly random: Random;
  readonly kept: readonly Uint8Array[];
  readonly vats: readonly { readonly id: VatId }[];
}

function fatesOf(fault: WireFault, struck: Struck): readonly Fate[] {
  const { bytes, passage, delayMs, random, kept, vats } = struck;
  const arrive = (what: Uint8Array, afterMs: number, at?: VatId): Fate =>
    at === undefined
      ? { type: 'arrive', bytes: what, delayMs: afterMs }
      : { type: 'arrive', bytes: what, delayMs: afterMs, at };
  /** Sometimes the reply comes back to who sent it; a receipt has no reply. */
  const astray = (what: Uint8Array, afterMs: number, at: VatId): Fate =>
    passage.kind === 'box' && random() < 0.5
      ? arrive(what, afterMs, at)
      : { type: 'stray', bytes: what, delayMs: afterMs, at };
  const later = (): number => 1 + below(random, DELAY_MS_MAX);
  const old = (): Uint8Array => pick(random, kept.filter(Boolean));
  switch (fault) {
    case 'lose':
      return [];
    case 'repeat': {
      const more = random() < 0.5 ? [arrive(bytes, 1 + below(random, 100))] : [];
      return [arrive(bytes, delayMs), ...more, arrive(bytes, later())];
    }
    case 'delay':
      return [arrive(bytes, later())];
    case 'reorder':
      return [arrive(bytes, delayMs + below(random, REORDER_MS_MAX))];
    case 'truncate':
      return [arrive(bytes.subarray(0, below(random, bytes.length)), delayMs)];
    case 'flip': {
      const flipped = Uint8Array.from(bytes);
      flipped[below(random, bytes.length)]! ^= 1 << below(random, 8);
      return [arrive(flipped, delayMs)];
    }
    case 'reflect':
      return [astray(bytes, delayMs, random() < 0.5 ? passage.from : passage.to)];
    case 'cross-deliver':
      return [astray(bytes, delayMs, pick(random, vats).id)];
    case 'replay':
      return [arrive(bytes, delayMs), replay(struck, old())];
    case 'replace':
      return [replay(struck, old())];
    case 'old reply':
      return [
        { type: 'answer', bytes: old(), delayMs: below(random, delayMs + 1) },
        arrive(bytes, delayMs),
      ];
    case 'nonsense reply': {
      const nonsense = Uint8Array.from({ length: below(random, NONSENSE_BYTES_MAX) }, () =>
        below(random, 256),
      );
      return [{ type: 'answer', bytes: nonsense, delayMs: 1 }];
    }
  }
}

/** Something old, at whom it was for or at anyone. */
function replay({ random, vats }: Struck, bytes: Uint8Array): Fate {
  const to = random() < 0.8 ? parseEnvelope(bytes)?.to : undefined;
  const at = to ?? pick(random, vats).id;
  return { type: 'stray', bytes, delayMs: 1 + below(random, DELAY_MS_MAX), at };
}
