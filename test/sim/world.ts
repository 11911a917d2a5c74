// World: vats in one process for tests; clock, network, entropy and worker are faked by hand and
// fed from a seed, kernel, store and NaCl are the real ones.

import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalId, Qrid, VatId } from '../../src/core/ids.ts';
import { parseEnvelope } from '../../src/core/wire.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { makeNetwork, type Wire } from './network.ts';
import { makeRandom } from './random.ts';
import { runProgram } from './scripted-worker.ts';
import { makeStranger, type Stranger } from './stranger.ts';
import { makeTestVat, type TestVat } from './test-vat.ts';

export interface World {
  /** A new vat whose objects run the programs in their messages. */
  vat(name: string): TestVat;
  /** A second vat with the key of `original` and a copy of its database. */
  clone(original: TestVat, name: string): TestVat;
  vats(): readonly TestVat[];
  /** A peer that keeps to no rule. */
  stranger(): Stranger;
  /** Lets time pass up to `ms`; returns whether nothing more is due. */
  run(ms?: number): boolean;
  /** Lets time pass in which no vat does anything, as if its process were held. */
  stall(ms: number): void;
  setWire(wire: Wire): void;
  setSilentUrls(isSilent: (url: string) => boolean): void;
  nowMs(): number;
  /** Every envelope that a vat put on the wire. */
  readonly sent: readonly Uint8Array[];
  random(): number;
  /** Ends the world. Throws when a vat used a nonce twice. */
  close(): void;
}

/** Longer than a change waits for its commit. */
const WAIT_MS = 10;
const START_MS = 1_800_000_000_000;
/** Memory where there is some: a flush that costs nothing changes nothing else. */
const TEMPORARY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export function makeWorld(seed = 1): World {
  const directory = mkdtempSync(join(TEMPORARY, 'qrt-world-'));
  const random = makeRandom(seed);
  const entropy = (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => Math.floor(random() * 256));
  let nowMs = START_MS;
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs - START_MS + 1 };
  const vats: TestVat[] = [];
  const seeds = new Map<TestVat, Uint8Array>();
  const strangers: Stranger[] = [];
  const network = makeNetwork({ nowMs: () => nowMs, stations: () => [...vats, ...strangers] });

  const wait = (): void => void run(WAIT_MS);
  const add = (name: string, vatSeed: Uint8Array): TestVat => {
    const url = `http://127.0.0.1:${10_000 + vats.length}`;
    const path = join(directory, `${name}.db`);
    const vat = makeTestVat({ name, path, url, seed: vatSeed, entropy, clock, network, wait });
    vat.setScript(runProgram);
    vats.push(vat);
    seeds.set(vat, vatSeed);
    return vat;
  };

  /** The next moment at which anything happens. */
  const nextMs = (): number | undefined => {
    const wakes = vats.map((vat) => vat.wakeAtMs()).filter((at) => at !== undefined);
    const times = wakes.map((at) => at + START_MS - 1);
    const event = network.nextMs();
    if (event !== undefined) times.push(event);
    return times.length === 0 ? undefined : Math.max(Math.min(...times), nowMs + 1);
  };

  const run = (ms = 600_000): boolean => {
    const endMs = nowMs + ms;
    for (;;) {
      for (const vat of vats) vat.settle();
      const next = nextMs();
      if (next === undefined) return true;
      if (next > endMs) {
        nowMs = endMs;
        return false;
      }
      nowMs = next;
      network.runDue();
      for (const vat of vats) {
        const wake = vat.wakeAtMs();
        if (wake !== undefined && wake <= clock.monotonicMs()) vat.handle({ type: 'tick' });
      }
    }
  };

  return {
    vat: (name) => add(name, entropy(32)),
    clone(original, name) {
      for (const end of ['', '-wal', '-sum'].filter((each) => existsSync(original.path + each))) {
        copyFileSync(original.path + end, join(directory, `${name}.db${end}`));
      }
      return add(name, seeds.get(original)!);
    },
    vats: () => vats,
    stranger() {
      const url = `http://127.0.0.1:${20_000 + strangers.length}`;
      const stranger = makeStranger({ url, seed: entropy(32), entropy, serial: nowMs });
      strangers.push(stranger);
      return stranger;
    },
    sent: network.sent,
    random,
    setWire: network.setWire,
    setSilentUrls: network.setSilentUrls,
    nowMs: () => nowMs,
    run,
    stall(ms) {
      nowMs += ms;
    },
    close() {
      for (const vat of vats) vat.halt();
      rmSync(directory, { recursive: true, force: true });
      const ours = new Set(vats.map(({ id }) => id));
      assertFreshNonces(network.sent, (id) => ours.has(id));
    },
  };
}

/** No two envelopes of one key may have a nonce in common. */
function assertFreshNonces(sent: readonly Uint8Array[], isOurs: (id: VatId) => boolean): void {
  const seen = new Set<string>();
  for (const bytes of sent) {
    const envelope = parseEnvelope(bytes);
    // Strangers send what they like.
    if (!envelope || !isOurs(envelope.from)) continue;
    const { from, nonce } = envelope;
    const key = `${from} ${Buffer.from(nonce).toString('hex')}`;
    if (seen.has(key)) throw new Error(`vat ${from} used a nonce twice`);
    seen.add(key);
  }
}

/** The local id of an object of a world's vat, by its QRID. */
export function localIdOf(vat: TestVat, qrid: Qrid): LocalId {
  const id = vat.store().objectOfSwissHash(sha256(Buffer.from(qrid.swissnum)));
  if (!id) throw new Error('no such object');
  return id;
}

/** What an object noted, in order. */
export function notesOf(vat: TestVat, qrid: Qrid): readonly unknown[] {
  const { memory } = vat.store().object(localIdOf(vat, qrid))!.power;
  const { body } = vat.store().memory(memory!)!;
  return (JSON.parse(body) as { notes?: unknown[] }).notes ?? [];
}
