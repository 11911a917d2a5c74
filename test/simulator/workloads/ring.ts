// Token ring: tokens go round through all vats. Each is in exactly one place at every moment, and
// comes back to each station after one round and not after more or less.

import type { Qrid } from '../../../src/core/ids.ts';
import { makeDisks } from '../oracle/disks.ts';
import type { SimVat, Stage, Workload } from '../stage.ts';
import { argsInFlight, type Fields, memoriesOf } from './in-flight.ts';

const STATION = `function station({ op, ring, token, hop, left, next, size }, { memory }) {
  if (op === 'join') {
    memory.ring = ring;
    memory.next = next;
    memory.size = size;
    memory.seen = {};
    memory.parked = {};
    memory.faults = [];
    return;
  }
  if (op === 'go') {
    const [parked] = Object.keys(memory.parked);
    if (parked === undefined) return;
    memory.next.sendOnly({ op: 'pass', token: parked, hop: memory.parked[parked] + 1, left });
    delete memory.parked[parked];
    return;
  }
  const last = memory.seen[token];
  if (last !== undefined && hop !== last + memory.size) memory.faults.push([token, last, hop]);
  memory.seen[token] = hop;
  try {
    if (left > 0) return memory.next.sendOnly({ op: 'pass', token, hop: hop + 1, left: left - 1 });
  } catch (error) {
    if (error.code !== 'QRT_NO_ROOM') throw error;
  }
  memory.parked[token] = hop;
}`;

const STATIONS_PER_VAT = 2;
const TOKENS_PER_STATION = 3;
const ROUND_MAX = 30;

export function makeRing(prefix = ''): Workload {
  const disks = makeDisks();
  const stations: { readonly vat: SimVat; readonly qrid: Qrid }[] = [];
  /** Whether all tokens are there. */
  let isWhole = false;
  const tokenCount = (): number => stations.length * TOKENS_PER_STATION;
  const name = `${prefix}ring`;
  const tokenName = (number: number): string => `${prefix}${number}`;

  const passes = (vats: readonly SimVat[]): Fields[] =>
    argsInFlight(disks, vats).filter(
      ({ op, token }) => op === 'pass' && String(token).startsWith(prefix),
    );

  const check = ({ vats }: Stage, isQuiet: boolean): string[] => {
    const memories = vats
      .flatMap((vat) => memoriesOf(disks, vat))
      .filter(({ parked, ring }) => parked !== undefined && ring === name);
    const parked = memories.flatMap(({ parked: held = {} }) => Object.keys(held as Fields));
    const passing = passes(vats);
    const places = [...parked, ...passing.map(({ token }) => String(token))];
    const faults = memories.flatMap(({ faults: noted = [] }) => noted as unknown[]);
    const complaints = faults.map(
      (fault) => `ring: token, last hop, hop: ${JSON.stringify(fault)}`,
    );
    for (let number = 0; isWhole && number < tokenCount(); number += 1) {
      const token = tokenName(number);
      const count = places.filter((place) => place === token).length;
      if (count !== 1) complaints.push(`ring: token ${token} is in ${count} places`);
    }
    if (isQuiet && passing.length > 0) complaints.push('ring: there are tokens on their way');
    return complaints;
  };

  return {
    name: 'ring',
    onRestore: disks.forget,
    close: disks.close,
    prepare(stage) {
      for (let round = 0; round < STATIONS_PER_VAT; round += 1) {
        for (const vat of stage.vats) {
          stations.push({ vat, qrid: stage.install(vat, STATION)! });
        }
      }
      for (const [at, { vat, qrid }] of stations.entries()) {
        const next = stations[(at + 1) % stations.length]!.qrid;
        const size = stations.length;
        stage.send(vat, qrid, { op: 'join', ring: name, next: { $: 0 }, size }, [next]);
        for (let n = 0; n < TOKENS_PER_STATION; n += 1) {
          const token = tokenName(at * TOKENS_PER_STATION + n);
          stage.send(vat, qrid, { op: 'pass', token, hop: 0, left: 0 });
        }
      }
    },
    act(stage) {
      isWhole = true;
      const draw = (below: number): number => Math.floor(stage.random() * below);
      const { vat, qrid } = stations[draw(stations.length)]!;
      stage.send(vat, qrid, { op: 'go', left: draw(ROUND_MAX) });
    },
    checkAlways: (stage) => check(stage, false),
    checkQuiet: (stage) => check(stage, true),
    // A token of a past that came back may be there again, or gone.
    checkRewound: ({ vats }, isQuiet) =>
      isQuiet && passes(vats).length > 0 ? ['ring: there are tokens on their way'] : [],
  };
}
