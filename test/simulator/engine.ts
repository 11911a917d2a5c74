// Engine: the world of one run: its vats, its time, its network and everything that goes wrong.

import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VatId } from '../../src/core/ids.ts';
import type { Realm } from '../../src/guest/worker.ts';
import { makeAgenda } from '../sim/agenda.ts';
import { quarrels } from '../sim/checks.ts';
import { makeNetwork, type Passage } from '../sim/network.ts';
import { makeEntropy, streamOf } from './chance.ts';
import type { Faults } from './faults.ts';
import { makeOperators } from './operators.ts';
import type { RunPlan } from './plan.ts';
import { makeEngineVat } from './sim-vat.ts';
import type { Observer } from './stage.ts';
import { makeTimeFaults, type TimeRates } from './time-faults.ts';
import type { EngineVat } from './vat-parts.ts';
import { makeFaultyWire } from './wire-faults.ts';

export interface Engine {
  readonly vats: readonly EngineVat[];
  nowMs(): number;
  /** Since the world began. */
  pastMs(): number;
  /** Lets the next thing happen; false when nothing is left. */
  step(): boolean;
  /** Lets time pass, at most that long; returns whether nothing is left to happen. */
  run(ms: number): boolean;
  after(ms: number, run: () => void): void;
  /** Faults fall, those by the clock so often; what is well now is what is compared with later. */
  startFaults(times: TimeRates): void;
  /** No fault falls any more, all are up, find the others and are settled; returns what is not. */
  heal(): readonly string[];
  readonly choice: RunPlan['choice'];
  /** Vats that got an older disk since faults began to fall, or were run twice. */
  readonly rewound: ReadonlySet<VatId>;
  /** What is not as it must be between vats at rest. */
  quarrels(): readonly string[];
  envelopes(): number;
  /** Ends the world. The hash is that of everything on the wire and of all final databases. */
  close(): string;
}

export interface EngineInput {
  readonly seed: number;
  readonly plan: RunPlan;
  readonly faults: Faults;
  readonly realm: Realm;
  readonly observers: readonly Observer[];
}

const START_MS = 1_800_000_000_000;
/** Memory where there is some: what a flush costs changes nothing else. */
const TEMPORARY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
/** Longer than a stop takes, and the start after it. */
const RESTART_MS = 300_000;

/** Longer than a stop takes, and the start after it. */
const LATE_MS = 300_000;

export function makeEngine(input: EngineInput): Engine {
  const { seed, plan, faults, realm } = input;
  /** Vats that got an older disk since faults began to fall, or were run twice. */
  const restored = new Set<VatId>();
  const notice: Observer = {
    onRestore: ({ id }) => void restored.add(id),
    complaints: () => [],
  };
  const observers = [...input.observers, notice];
  const directory = mkdtempSync(join(TEMPORARY, 'qrt-sim-'));
  const agenda = makeAgenda();
  const wireHash = createHash('sha256');
  const entropy = makeEntropy(streamOf(seed, 'entropy'));
  const random = streamOf(seed, 'order');
  const vats: EngineVat[] = [];
  const clones: EngineVat[] = [];
  const everyone = (): EngineVat[] => [...vats, ...clones];
  let now = START_MS;
  let envelopes = 0;
  let places = 0;
  const nowMs = (): number => now;
  const nextUrl = (): string => {
    places += 1;
    return `http://127.0.0.1:${10_000 + places}`;
  };
  const times = makeTimeFaults({
    seed,
    faults,
    agenda,
    nowMs,
    vats: () => vats,
    clone: (vat) => clone(vat),
    nextUrl,
  });
  const network = makeNetwork({ nowMs, stations: everyone, agenda });
  const isCut = ({ from, to }: Passage): boolean => times.isCut(from, to);
  const faulty = makeFaultyWire({ seed, rates: plan.wire, faults, vats: () => vats, isCut });
  network.setWire((bytes, passage) => {
    envelopes += 1;
    wireHash.update(bytes);
    for (const observer of observers) observer.onEnvelope?.(bytes, passage);
    return faulty.carry(bytes, passage);
  });
  network.setSilentUrls((url, from) => {
    const to = vats.find((vat) => vat.url === url);
    return to !== undefined && times.isCut(from, to.id);
  });
  const add = (name: string, key: number): EngineVat =>
    makeEngineVat({
      name,
      path: join(directory, `${name}.db`),
      url: nextUrl(),
      key,
      seed,
      entropy,
      agenda,
      nowMs,
      network,
      realm,
      isParanoid: plan.isParanoid,
      limits: plan.limits,
      pace: plan.pace,
      strikeRates: plan.strikes,
      workerRates: plan.workers,
      faults,
      observers,
      random,
    });
  for (let index = 0; index < plan.vats; index += 1) vats.push(add(`v${index + 1}`, index));
  const clone = (vat: EngineVat): void => {
    const name = `${vat.name}c${clones.length + 1}`;
    for (const end of ['', '-wal', '-sum'].filter((each) => existsSync(vat.path + each))) {
      copyFileSync(vat.path + end, join(directory, `${name}.db${end}`));
    }
    for (const observer of observers) observer.onRestore?.(vat);
    clones.push(add(name, vats.indexOf(vat)));
  };
  const step = (): boolean => {
    const next = agenda.take();
    if (!next) return false;
    now = Math.max(now, next.atMs);
    next.run();
    return true;
  };
  const run = (ms: number): boolean => {
    const endMs = now + ms;
    for (;;) {
      const at = agenda.nextMs();
      if (at === undefined) return true;
      if (at > endMs) {
        now = endMs;
        return false;
      }
      step();
    }
  };
  const operators = makeOperators({ vats, restored, choice: plan.choice, run });

  /** The copies end. All greet while the others are up and found: so what does not fit shows. */
  const endClones = (): void => {
    for (const copy of clones) copy.close();
    if (restored.size === 0) return;
    // A copy elsewhere signed a newer record than the original, which is found again by a newer one.
    for (const vat of vats) if (restored.has(vat.id)) vat.stop(nextUrl());
    run(RESTART_MS);
    operators.introduce();
    for (const vat of vats) {
      vat.stop();
      run(RESTART_MS);
    }
  };

  return Object.freeze({
    vats,
    choice: plan.choice,
    rewound: restored,
    nowMs,
    pastMs: () => now - START_MS,
    step,
    run,
    after: (ms: number, act: () => void) => void agenda.add(now + ms, act),
    startFaults(rates: TimeRates) {
      restored.clear();
      faults.setOn(true);
      times.start(rates);
    },
    heal() {
      faults.setOn(false);
      times.heal();
      for (const vat of vats) vat.revive();
      operators.introduce();
      // Who was about to stop comes back only now, maybe at another URL, as its peer may as well.
      agenda.add(now + LATE_MS, operators.introduce);
      endClones();
      for (const vat of vats) vat.forgetBackups();
      const unsettled = operators.settle();
      // A box of a past that no disk knows any more would be a new doubt, and rightly so.
      if (restored.size > 0) faulty.forget();
      return unsettled;
    },
    quarrels: () => quarrels(vats),
    envelopes: () => envelopes,
    close() {
      for (const vat of everyone()) vat.close();
      for (const { path } of everyone()) wireHash.update(readFileSync(path));
      rmSync(directory, { recursive: true, force: true });
      return wireHash.digest('hex');
    },
  });
}
