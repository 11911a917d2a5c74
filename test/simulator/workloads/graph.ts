// Graph: objects that make objects, and send, call, keep, pass on and drop references of any vat.
//
// At every moment each message that an object has sent was received once by the object that its
// reference was given as, or is in flight; at rest all were received, in order.

import type { Qrid } from '../../../src/core/ids.ts';
import { makeDisks } from '../oracle/disks.ts';
import type { SimVat, Stage, Workload } from '../stage.ts';
import { NODE } from './graph-node.ts';
import { argsInFlight, argsInQuarantine, memoriesOf } from './in-flight.ts';

interface NodeMemory {
  readonly name: string;
  readonly held: readonly { readonly name: string; readonly via: string; readonly sent: number }[];
  readonly done: readonly (readonly [via: string, name: string, sent: number])[];
  readonly from: Readonly<Record<string, readonly [last: number, count: number]>>;
  readonly gaps: readonly (readonly [via: string, first: number, last: number])[];
  readonly faults: readonly string[];
  readonly calls: number;
  readonly called: number;
}

const FUEL_MAX = 7;
const SEEDS = 2 ** 32;

const REFUSED = `SELECT 1 FROM log
  WHERE text LIKE '%refused%QRT_TOO_FAR%' OR text LIKE '%refused%QRT_NO_ROOM%' LIMIT 1`;

export function makeGraph(prefix = ''): Workload {
  const disks = makeDisks();
  const roots: { readonly vat: SimVat; readonly qrid: Qrid; readonly name: string }[] = [];

  const nodesOf = (vat: SimVat): NodeMemory[] =>
    memoriesOf(disks, vat).filter(
      ({ vias, name }) => vias !== undefined && String(name).startsWith(`${prefix}r`),
    ) as unknown as NodeMemory[];

  /** A call is part of the turn of its caller. */
  const checkCalls = (vat: SimVat, nodes: readonly NodeMemory[]): string[] => {
    const calls = nodes.reduce((sum, node) => sum + node.calls, 0);
    const called = nodes.reduce((sum, node) => sum + node.called, 0);
    return calls === called ? [] : [`graph: ${vat.name}: ${called} calls ran ${calls} times`];
  };

  /** What was for another node, and calls that were undone by half. */
  const checkRewound = ({ vats }: Stage): string[] =>
    vats.flatMap((vat) => {
      const nodes = nodesOf(vat);
      const faults = nodes.flatMap(({ name, faults }) =>
        faults.filter(isMistaken).map((fault) => `graph: ${name}: ${fault}`),
      );
      return [...faults, ...checkCalls(vat, nodes)];
    });

  const check = ({ vats }: Stage): string[] => {
    const all = vats.map((vat) => ({ vat, nodes: nodesOf(vat) }));
    const nodes = all.flatMap((each) => each.nodes);
    const inFlight = countBy(argsInFlight(disks, vats).map(({ via }) => via));
    const byName = new Map(nodes.map((node) => [node.name, node]));
    const complaints = nodes.flatMap(({ name, faults }) =>
      faults.map((fault) => `graph: ${name}: ${fault}`),
    );
    complaints.push(...all.flatMap(({ vat, nodes: own }) => checkCalls(vat, own)));
    const sent = nodes.flatMap(({ held, done }) => [
      ...held.map(({ via, name, sent: count }) => [via, name, count] as const),
      ...done,
    ]);
    for (const [via, name, count] of sent) {
      const received = byName.get(name)?.from[via]?.[1] ?? 0;
      const moving = inFlight.get(via) ?? 0;
      if (count === received + moving) continue;
      complaints.push(`graph: ${via} to ${name}: ${count} = ${received} + ${moving} in flight?`);
    }
    const known = new Set(sent.map(([via, name]) => `${via} ${name}`));
    for (const { name, from } of nodes) {
      const strays = Object.keys(from).filter((via) => !known.has(`${via} ${name}`));
      complaints.push(...strays.map((via) => `graph: nobody sends by ${via} to ${name}`));
    }
    return complaints;
  };

  /**
   * A message that too many vats had passed on was refused, or one in a ring of vats without any room:
   * it is missing, and all that hangs on it.
   */
  const excuse = (stage: Stage, complaints: readonly string[]): readonly string[] => {
    if (complaints.length === 0) return complaints;
    const isRefused = stage.vats.some((vat) => disks.of(vat).one(REFUSED) !== undefined);
    return isRefused ? checkRewound(stage) : complaints;
  };

  /** What is missing in the order of a reference must have been taken out. */
  const checkGaps = ({ vats }: Stage): string[] => {
    const taken = new Set(argsInQuarantine(disks, vats).map(({ via, n }) => `${via} ${n}`));
    const gaps = vats.flatMap(nodesOf).flatMap((node) => node.gaps);
    return gaps
      .filter(([via, first, last]) => {
        for (let n = first; n <= last; n += 1) if (!taken.has(`${via} ${n}`)) return true;
        return false;
      })
      .map(([via, first, last]) => `graph: ${first} to ${last} by ${via} were jumped over`);
  };

  return {
    name: 'graph',
    onRestore: disks.forget,
    close: disks.close,
    prepare(stage) {
      for (const [at, vat] of stage.vats.entries()) {
        const name = `${prefix}r${at}`;
        const qrid = stage.install(vat, NODE, { name, code: NODE })!;
        roots.push({ vat, qrid, name });
        stage.send(vat, qrid, { seed: at, fuel: 3 });
      }
    },
    act(stage) {
      const draw = (below: number): number => Math.floor(stage.random() * below);
      const root = roots[draw(roots.length)]!;
      const from = stage.random() < 0.5 ? root.vat : stage.vats[draw(stage.vats.length)]!;
      const gift = roots[draw(roots.length)]!;
      const args = { to: root.name, seed: draw(SEEDS), fuel: 1 + draw(FUEL_MAX) };
      if (stage.random() < 0.5) stage.send(from, root.qrid, args);
      else {
        const given = { gift: { $: 0 }, giftName: gift.name };
        stage.send(from, root.qrid, { ...args, ...given }, [gift.qrid]);
      }
    },
    checkAlways: (stage) => excuse(stage, check(stage)),
    checkQuiet: (stage) => excuse(stage, [...check(stage), ...checkGaps(stage)]),
    checkRewound,
  };
}

/** A fault that no older disk excuses. */
const isMistaken = (fault: string): boolean => /^(it is for|called) /.test(fault);

function countBy(values: readonly unknown[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) {
    if (typeof value === 'string') counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}
