// Answers: askers wait for promises of every kind. Each promise is told once to whoever waits for it,
// with what it has to become, and once faults have stopped none is left open.

import type { Qrid } from '../../../src/core/ids.ts';
import { pick } from '../../sim/random.ts';
import type { SimVat, Stage, Workload } from '../stage.ts';
import { ANSWERER, ASKER } from './answers-guests.ts';

const ASKERS_PER_VAT = 2;
const ANSWERERS_PER_VAT = 2;
const DRAWS = 12;
const DRAWN_MAX = 1_000_000;
const FAIL_CHANCE = 0.1;
const RING_CHANCE = 0.2;
/** At the end each is closed so often: the first time there may be no room for all that it answers. */
const CLOSINGS = 10;
const OPS = [
  ...['ask', 'ask', 'pipe', 'more', 'more', 'combine', 'combine', 'combine', 'go on', 'pass on'],
  ...['keep', 'keep', 'use', 'use', 'give', 'forget'],
];

interface Place {
  readonly vat: SimVat;
  readonly askers: readonly Qrid[];
  readonly answerers: readonly Qrid[];
}

interface AskerMemory {
  readonly open?: Readonly<Record<string, unknown>>;
  readonly wrong?: readonly string[];
  readonly told?: number;
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

export function makeAnswers(prefix = ''): Workload {
  const places: Place[] = [];
  let round = 1;

  const askersOf = (stage: Stage) =>
    places.flatMap(({ vat, askers }) =>
      askers.map((asker) => ({ vat, memory: (stage.memory(vat, asker) ?? {}) as AskerMemory })),
    );

  const checkAlways = (stage: Stage): readonly string[] =>
    askersOf(stage).flatMap(({ vat, memory }) =>
      (memory.wrong ?? []).map((what) => `answers: ${vat.name}: ${what}`),
    );

  const checkOpen = (stage: Stage): readonly string[] =>
    askersOf(stage).flatMap(({ vat, memory }) =>
      Object.keys(memory.open ?? {}).map((key) => `answers: ${vat.name} never hears of ${key}`),
    );

  return {
    name: 'answers',
    prepare(stage) {
      for (const vat of stage.vats) {
        const askers = range(ASKERS_PER_VAT).map(() => stage.install(vat, ASKER)!);
        const answerers = range(ANSWERERS_PER_VAT).map(() => stage.install(vat, ANSWERER)!);
        places.push({ vat, askers, answerers });
      }
      const everyone = places.flatMap(({ askers }) => askers);
      for (const { vat, askers, answerers } of places) {
        // Those of other vats count half.
        const far = places.filter((place) => place.vat !== vat).map((place) => place.answerers[0]!);
        askers.forEach((asker, at) => {
          const friend = everyone[(everyone.indexOf(asker) + 1) % everyone.length]!;
          const name = `${prefix}${vat.name}-${at}`;
          // One at a time: with small queues there is no room to redeem several QRIDs at once.
          const meet = (as: string, ref: Qrid): void => {
            stage.send(vat, asker, { op: 'meet', name, as, ref: { $: 0 } }, [ref]);
          };
          meet('me', asker);
          meet('friend', friend);
          for (const each of [...answerers, ...far]) meet('answerer', each);
        });
      }
    },
    act(stage) {
      const { random } = stage;
      const place = pick(random, places);
      const from = random() < 0.8 ? place.vat : pick(random, stage.vats);
      if (random() < RING_CHANCE) {
        stage.send(from, pick(random, place.answerers), { op: 'ring' });
        return;
      }
      const draws = range(DRAWS).map(() => Math.floor(random() * DRAWN_MAX));
      const op = pick(random, OPS);
      const fail = random() < FAIL_CHANCE;
      stage.send(from, pick(random, place.askers), { op, round, draws, fail });
    },
    finish(stage) {
      for (const { vat, answerers } of places) {
        for (const answerer of answerers) {
          for (const _ of range(CLOSINGS)) stage.send(vat, answerer, { op: 'close', round });
        }
      }
      round += 1;
    },
    checkAlways,
    checkQuiet: (stage) => [...checkAlways(stage), ...checkOpen(stage)],
    // What was told may be of a past that came back; but something is told to whoever waits.
    checkRewound: (stage, isQuiet) => (isQuiet ? checkOpen(stage) : []),
  };
}
