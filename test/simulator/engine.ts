// Engine: the world of one run: its vats, its time, its network and everything that goes wrong.

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Realm } from '../../src/guest/worker.ts';
import { makeAgenda } from '../sim/agenda.ts';
import { quarrels } from '../sim/checks.ts';
import { makeNetwork, type Passage } from '../sim/network.ts';
import { makeEntropy, streamOf } from './chance.ts';
import type { Faults } from './faults.ts';
import type { RunPlan } from './plan.ts';
import { makeEngineVat } from './sim-vat.ts';
import type { Observer } from './stage.ts';
import { makeTimeFaults } from './time-faults.ts';
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
  startFaults(): void;
  /** No fault falls any more, everyone is up, and can find the others. */
  heal(): void;
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
const ASK_MS = 50;
const ASKS_MAX = 200;

export function makeEngine({ seed, plan, faults, realm, observers }: EngineInput): Engine {
  const directory = mkdtempSync(join(TEMPORARY, 'qrt-sim-'));
  const agenda = makeAgenda();
  const wireHash = createHash('sha256');
  const entropy = makeEntropy(streamOf(seed, 'entropy'));
  const random = streamOf(seed, 'order');
  const vats: EngineVat[] = [];
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
    rates: plan.times,
    faults,
    agenda,
    nowMs,
    vats: () => vats,
    nextUrl,
  });
  const network = makeNetwork({ nowMs, stations: () => vats, agenda });
  const isCut = ({ from, to }: Passage): boolean => times.isCut(from, to);
  const faulty = makeFaultyWire({ seed, rates: plan.wire, faults, vats: () => vats, isCut });
  network.setWire((bytes, passage) => {
    envelopes += 1;
    wireHash.update(bytes);
    for (const observer of observers) observer.onEnvelope?.(bytes, passage);
    return faulty(bytes, passage);
  });
  network.setSilentUrls((url, from) => {
    const to = vats.find((vat) => vat.url === url);
    return to !== undefined && times.isCut(from, to.id);
  });
  for (let index = 0; index < plan.vats; index += 1) {
    const name = `v${index + 1}`;
    vats.push(
      makeEngineVat({
        name,
        path: join(directory, `${name}.db`),
        url: nextUrl(),
        key: index,
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
      }),
    );
  }

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
  /** The operators tell each other where everyone is. */
  const introduce = (): void => {
    const askFor = (vat: EngineVat, request: Parameters<EngineVat['ask']>[0]): unknown => {
      for (let asks = 0; asks < ASKS_MAX; asks += 1) {
        const reply = vat.ask(request, true);
        if (reply?.ok) return reply.value;
        run(ASK_MS);
      }
      throw new Error(`${vat.name} does not reply to ${request.type}`);
    };
    const records = vats.map((vat) => ownRecord(askFor(vat, { type: 'contacts' })));
    for (const vat of vats) askFor(vat, { type: 'learn', records });
  };

  return Object.freeze({
    vats,
    nowMs,
    pastMs: () => now - START_MS,
    step,
    run,
    after: (ms: number, act: () => void) => void agenda.add(now + ms, act),
    startFaults() {
      faults.setOn(true);
      times.start();
    },
    heal() {
      faults.setOn(false);
      times.heal();
      for (const vat of vats) vat.revive();
      introduce();
    },
    quarrels: () => quarrels(vats),
    envelopes: () => envelopes,
    close() {
      for (const vat of vats) vat.close();
      for (const { path } of vats) wireHash.update(readFileSync(path));
      rmSync(directory, { recursive: true, force: true });
      return wireHash.digest('hex');
    },
  });
}

/** A vat's own contact record comes first. */
function ownRecord(value: unknown): string {
  return (value as { records: string[] }).records[0]!;
}
