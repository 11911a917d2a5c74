// Escrow: traders exchange sums of several currencies, over and over, by the guests `escrow` and
// `mint` as they ship. Whatever happens, a mint has issued what is in its purses; and once faults
// have stopped each deal is made or undone, for both of its sides, and their wallets say so.

import type { Qrid } from '../../../src/core/ids.ts';
import { pick } from '../../sim/random.ts';
import { readGuestCode } from '../../vats/guest-code.ts';
import { makeDisks } from '../oracle/disks.ts';
import type { SimVat, Stage, Workload } from '../stage.ts';
import { HOUSE, TRADER } from './escrow-guests.ts';

const TRADERS_PER_VAT = 2;
const DRAWS = 7;
const DRAWN_MAX = 1_000_000;
/** A deal takes some twenty turns, and other workloads one or two for what they do at once. */
const DEAL_CHANCE = 0.25;
const FAIL_CHANCE = 0.1;
/** Of so many looks at the purses on the way, one is taken. */
const LOOKS_PER_COUNT = 8;

/** What is in purses, and what was issued. */
const SUMS = `SELECT total(json_extract(body, '$.balance')) AS held,
  total(json_extract(body, '$.issued')) AS issued, min(json_extract(body, '$.balance')) AS least
  FROM memory`;

interface Sums {
  readonly held: number;
  readonly issued: number;
  readonly least: number | null;
}

interface Trader {
  readonly vat: SimVat;
  readonly qrid: Qrid;
  readonly name: string;
}

interface TraderMemory {
  readonly due?: Readonly<Record<string, number>>;
  readonly has?: Readonly<Record<string, number>>;
  readonly deals?: object;
  readonly ends?: Readonly<Record<string, boolean>>;
  readonly asks?: Readonly<Record<string, { readonly step: string; readonly key: string }>>;
  readonly wrong?: readonly string[];
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

export function makeEscrow(prefix = ''): Workload {
  const disks = makeDisks();
  const traders: Trader[] = [];
  let round = 1;
  let looks = 0;

  const memoryOf = (stage: Stage, { vat, qrid }: Trader): TraderMemory =>
    (stage.memory(vat, qrid) ?? {}) as TraderMemory;

  const checkMints = ({ vats }: Stage): readonly string[] =>
    vats.flatMap((vat) => {
      const { held, issued, least } = disks.of(vat).one<Sums>(SUMS)!;
      const isRight = held === issued && (least ?? 0) >= 0;
      const found = `${held} in purses, ${issued} issued, ${least} in one of them`;
      return isRight ? [] : [`escrow: ${vat.name} has ${found}`];
    });

  const checkWrong = (stage: Stage): readonly string[] =>
    traders.flatMap((trader) =>
      (memoryOf(stage, trader).wrong ?? []).map((what) => `escrow: ${trader.name}: ${what}`),
    );

  const checkOpen = (stage: Stage): readonly string[] =>
    traders.flatMap((trader) =>
      Object.values(memoryOf(stage, trader).asks ?? {}).map(
        ({ step, key }) => `escrow: ${trader.name} never hears of ${step} ${key}`,
      ),
    );

  const checkDeals = (stage: Stage): readonly string[] => {
    const ends = new Map<string, boolean>();
    return traders.flatMap((trader) => {
      const { deals, due, has, ends: own = {} } = memoryOf(stage, trader);
      const halves = Object.entries(own).filter(([key, end]) => {
        const other = ends.get(key) ?? end;
        ends.set(key, end);
        return other !== end;
      });
      const isEqual = Object.entries(due ?? {}).every(([name, sum]) => has?.[name] === sum);
      const wallets = `has ${JSON.stringify(has)}, and is due ${JSON.stringify(due)}`;
      return [
        ...halves.map(([key]) => `escrow: half of ${key} is done`),
        ...Object.keys(deals ?? {}).map((key) => `escrow: ${trader.name} still has ${key} open`),
        ...(isEqual ? [] : [`escrow: ${trader.name} ${wallets}`]),
      ];
    });
  };

  return {
    name: 'escrow',
    onRestore: disks.forget,
    close: disks.close,
    prepare: (stage) => void traders.push(...openMarket(stage, prefix)),
    act(stage) {
      const { random } = stage;
      if (random() >= DEAL_CHANCE) return;
      const { vat, qrid, name } = pick(random, traders);
      const from = random() < 0.8 ? vat : pick(random, stage.vats);
      const draws = range(DRAWS).map(() => Math.floor(random() * DRAWN_MAX));
      const fail = random() < FAIL_CHANCE;
      stage.send(from, qrid, { op: 'deal', name, round, draws, fail });
    },
    finish(stage) {
      // The other side of a deal may have forgotten it.
      const isAlone = stage.rewound.size > 0;
      for (const { vat, qrid } of traders) stage.send(vat, qrid, { op: 'tidy', round, isAlone });
      round += 1;
    },
    checkAlways(stage) {
      looks += 1;
      const isCounted = looks % LOOKS_PER_COUNT === 0;
      return [...(isCounted ? checkMints(stage) : []), ...checkWrong(stage)];
    },
    checkQuiet: (stage) => [
      ...checkMints(stage),
      ...checkWrong(stage),
      ...checkOpen(stage),
      ...checkDeals(stage),
    ],
    // Who was given a purse may have forgotten it, and half of a deal; no money is made or lost.
    checkRewound: (stage, isQuiet) => [...checkMints(stage), ...(isQuiet ? checkOpen(stage) : [])],
  };
}

/** In each vat a mint, a house for its own currency and that of the next vat, and traders. */
function openMarket(stage: Stage, prefix: string): readonly Trader[] {
  const { vats } = stage;
  const [mint, escrow] = ['mint', 'escrow'].map(readGuestCode) as [string, string];
  const count = vats.length;
  const mints = vats.map((vat) => stage.install(vat, mint)!);
  const houses = vats.map((vat) => stage.install(vat, HOUSE, { escrow })!);
  const traders = vats.map((vat) =>
    range(TRADERS_PER_VAT).map((at) => ({
      vat,
      qrid: stage.install(vat, TRADER)!,
      name: `${prefix}${vat.name}-${at}`,
    })),
  );
  // One at a time: with small queues there is no room to redeem several QRIDs at once.
  const meet = (vat: SimVat, target: Qrid, ref: Qrid, more: object): void => {
    stage.send(vat, target, { op: 'meet', ref: { $: 0 }, ...more }, [ref]);
  };
  vats.forEach((vat, at) => {
    const [next, before] = [(at + 1) % count, (at + count - 1) % count];
    const house = houses[at]!;
    const own = { me: { $: 1 } };
    for (const [as, of] of [['money', at] as const, ['goods', next] as const]) {
      const args = { op: 'meet', as, ref: { $: 0 }, ...own };
      stage.send(vat, house, args, [mints[of]!, house]);
    }
    const near = [...new Set([before, at, next])];
    for (const { qrid } of traders[at]!) {
      meet(vat, qrid, qrid, { as: 'me' });
      for (const of of near) meet(vat, qrid, mints[of]!, { as: 'mint', currency: `c${of}` });
      for (const of of new Set([before, at])) {
        const [money, goods] = [`c${of}`, `c${(of + 1) % count}`];
        meet(vat, qrid, houses[of]!, { as: 'house', money, goods });
      }
      for (const of of near) {
        const partners = traders[of]!.filter((each) => each.qrid !== qrid);
        for (const each of partners) meet(vat, qrid, each.qrid, { as: 'partner', at: `c${of}` });
      }
    }
  });
  return traders.flat();
}
