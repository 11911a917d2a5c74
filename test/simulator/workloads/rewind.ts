// Rewind: numbered messages between vats that get older disks, or are run twice, and are settled.
//
// Where no older disk was in play each message has its effect once and in order. Elsewhere what was
// settled before stays as it is, nothing comes to another object, and an item that its operator
// discards has no second effect. After settling all goes on as if nothing had been.

import type { Qrid } from '../../../src/core/ids.ts';
import { pick } from '../../sim/random.ts';
import type { SimVat, Stage, Workload } from '../stage.ts';

const RECEIVER = `function ({ to, stream, n }, { memory, name }) {
  memory.got ??= {};
  memory.wrong ??= [];
  if (to !== name) memory.wrong.push(to);
  memory.got[stream] ??= [];
  memory.got[stream].push(n);
}`;

interface Memory {
  readonly got?: Readonly<Record<string, readonly number[]>>;
  readonly wrong?: readonly string[];
}

interface Stream {
  readonly from: SimVat;
  readonly to: { readonly vat: SimVat; readonly qrid: Qrid };
  readonly name: string;
  /** For each number of this round whether it is known to be committed. */
  readonly sent: Map<number, boolean>;
  /** Numbers that were sent after all was settled. */
  readonly sure: number[];
  /** What had come when all was last at rest. */
  before: readonly number[];
  last: number;
}

const SURE = 2;

export function makeRewind(): Workload {
  const streams: Stream[] = [];

  const send = (stage: Stage, stream: Stream): void => {
    const { from, to, name, sent } = stream;
    stream.last += 1;
    const args = { to: to.vat.name, stream: name, n: stream.last };
    sent.set(stream.last, stage.send(from, to.qrid, args));
  };

  const check = (stage: Stage, stream: Stream): string[] => {
    const { name, before, sent, sure, from, to } = stream;
    const isTouched = stage.rewound.has(from.id) || stage.rewound.has(to.vat.id);
    const memory = stage.memory(to.vat, to.qrid) as Memory;
    const got = memory.got?.[name] ?? [];
    const now = got.slice(before.length);
    const complaints = (memory.wrong ?? []).map(
      (what) => `rewind: ${name} got what is for ${what}`,
    );
    if (!before.every((n, at) => got[at] === n)) complaints.push(`rewind: ${name}: another past`);
    const strange = now.filter((n) => !sent.has(n) && !sure.includes(n));
    if (strange.length > 0) complaints.push(`rewind: ${name}: nobody sent ${strange}`);
    const twice = now.filter((n, at) => now.indexOf(n) !== at);
    const isSafe = !isTouched || stage.choice === 'discard';
    const bad = isSafe ? twice : twice.filter((n) => sure.includes(n));
    if (bad.length > 0) complaints.push(`rewind: ${name}: ${bad} came twice`);
    const wanted = isTouched ? [] : [...sent].flatMap(([n, is]) => (is ? [n] : []));
    const lost = [...wanted, ...sure].filter((n) => !now.includes(n));
    if (lost.length > 0) complaints.push(`rewind: ${name}: ${lost} never came`);
    if (!isTouched && now.some((n, at) => n < (now[at - 1] ?? 0)))
      complaints.push(`rewind: ${name}: out of order: ${now}`);
    Object.assign(stream, { before: got });
    return complaints;
  };

  return {
    name: 'rewind',
    prepare(stage) {
      const places = stage.vats.map((vat) => ({
        vat,
        qrid: stage.install(vat, RECEIVER, { name: vat.name })!,
      }));
      for (const from of stage.vats) {
        for (const to of places) {
          const name = `${from.name}>${to.vat.name}`;
          const none = { sent: new Map(), sure: [], before: [], last: 0 };
          streams.push({ from, to, name, ...none });
        }
      }
      for (const stream of streams) send(stage, stream);
    },
    act: (stage) =>
      send(
        stage,
        pick(() => stage.random(), streams),
      ),
    finish(stage) {
      for (let count = 0; count < SURE; count += 1) {
        for (const stream of streams) {
          stream.last += 1;
          const args = { to: stream.to.vat.name, stream: stream.name, n: stream.last };
          stage.send(stream.from, stream.to.qrid, args);
          stream.sure.push(stream.last);
        }
      }
    },
    checkQuiet(stage) {
      const complaints = streams.flatMap((stream) => check(stage, stream));
      for (const { sent, sure } of streams) {
        sent.clear();
        sure.length = 0;
      }
      return complaints;
    },
  };
}
