// Streams: numbered messages from each vat to each, from desks and from objects, some echoed.
//
// A receiver takes only the next number of a stream and writes down every other one. Turns that
// fail on purpose send first: nothing of them may be seen.

import type { Qrid } from '../../../src/core/ids.ts';
import { pick } from '../../sim/random.ts';
import type { SimVat, Stage, Workload } from '../stage.ts';

const RECEIVER = `function ({ stream, n, back }, { memory }) {
  memory.last ??= {};
  memory.wrong ??= [];
  memory.unechoed ??= {};
  const last = memory.last[stream] ?? 0;
  if (n !== last + 1) memory.wrong.push(stream + ' ' + n + ' after ' + last);
  memory.last[stream] = n;
  if (back === undefined) return;
  try {
    Q.sendOnly(back, { echo: stream });
  } catch (error) {
    memory.unechoed[stream] = (memory.unechoed[stream] ?? 0) + 1;
  }
}`;

const SENDER = `function ({ to, me, stream, go, isEchoed, fail, echo }, { memory }) {
  memory.to ??= {};
  memory.sent ??= {};
  memory.wanted ??= {};
  memory.echoes ??= {};
  if (me !== undefined) memory.me = me;
  if (to !== undefined) {
    memory.to[stream] = to;
    return;
  }
  if (echo !== undefined) {
    memory.echoes[echo] = (memory.echoes[echo] ?? 0) + 1;
    return;
  }
  for (let k = 0; k < go; k += 1) {
    memory.sent[stream] = (memory.sent[stream] ?? 0) + 1;
    const message = { stream, n: memory.sent[stream] };
    if (isEchoed) {
      message.back = memory.me;
      memory.wanted[stream] = (memory.wanted[stream] ?? 0) + 1;
    }
    Q.sendOnly(memory.to[stream], message);
  }
  if (fail) throw Error('on purpose');
}`;

interface Place {
  readonly vat: SimVat;
  readonly sender: Qrid;
  readonly receiver: Qrid;
}

/** A stream from a desk: the next message is sent when the one before is known to be committed. */
interface DeskStream {
  readonly from: SimVat;
  readonly to: Place;
  readonly name: string;
  sent: number;
}

type Counts = Record<string, number>;
interface ReceiverMemory {
  readonly last?: Counts;
  readonly wrong?: string[];
  readonly unechoed?: Counts;
}
interface SenderMemory {
  readonly sent?: Counts;
  readonly wanted?: Counts;
  readonly echoes?: Counts;
}

const SENDS_MAX = 6;
const FAIL_CHANCE = 0.2;

export function makeStreams(prefix = ''): Workload {
  const places: Place[] = [];
  const desks: DeskStream[] = [];

  const sendFromDesk = (stage: Stage, desk: DeskStream): void => {
    const { from, to, name } = desk;
    const n = desk.sent + 1;
    const id = `desk ${name} ${n}`;
    if (stage.send(from, to.receiver, { stream: name, n }, [], id)) desk.sent = n;
  };

  return {
    name: 'streams',
    prepare(stage) {
      for (const vat of stage.vats) {
        places.push({
          vat,
          sender: stage.install(vat, SENDER)!,
          receiver: stage.install(vat, RECEIVER)!,
        });
      }
      for (const from of places) {
        for (const to of places) {
          const stream = `${from.vat.name}>${to.vat.name}`;
          const args = { stream, to: { $: 0 }, me: { $: 1 } };
          stage.send(from.vat, from.sender, args, [to.receiver, from.sender]);
          desks.push({ from: from.vat, to, name: `desk ${prefix}${stream}`, sent: 0 });
        }
      }
    },
    act(stage) {
      const { random } = stage;
      if (random() < 0.3) return sendFromDesk(stage, pick(random, desks));
      const from = pick(random, places);
      const to = pick(random, places);
      const args = {
        stream: `${from.vat.name}>${to.vat.name}`,
        go: 1 + Math.floor(random() * SENDS_MAX),
        isEchoed: random() < 0.3,
        fail: random() < FAIL_CHANCE,
      };
      stage.send(from.vat, from.sender, args);
    },
    checkAlways: (stage) => places.flatMap((place) => wrongAt(stage, place)),
    finish(stage) {
      for (const desk of desks) sendFromDesk(stage, desk);
    },
    checkQuiet(stage) {
      return places.flatMap((to) => [
        ...wrongAt(stage, to),
        ...places.flatMap((from) => unequal(stage, from, to)),
        ...desks.filter((desk) => desk.to === to).flatMap((desk) => missing(stage, desk)),
      ]);
    },
    // Between vats that have their disks, all is as ever.
    checkRewound(stage, isQuiet) {
      const has = ({ id }: SimVat): boolean => !stage.rewound.has(id);
      const left = places.filter(({ vat }) => has(vat));
      return left.flatMap((to) => [
        ...wrongAt(stage, to).filter((what) =>
          left.some(({ vat }) => what.includes(`${vat.name}>`)),
        ),
        ...(isQuiet ? left.flatMap((from) => unequal(stage, from, to)) : []),
        ...desks
          .filter((desk) => isQuiet && desk.to === to && has(desk.from))
          .flatMap((desk) => missing(stage, desk)),
      ]);
    },
  };
}

function wrongAt(stage: Stage, { vat, receiver }: Place): readonly string[] {
  const memory = stage.memory(vat, receiver) as ReceiverMemory | undefined;
  return (memory?.wrong ?? []).map((what) => `${vat.name} got ${what}`);
}

function unequal(stage: Stage, from: Place, to: Place): readonly string[] {
  const stream = `${from.vat.name}>${to.vat.name}`;
  const sender = stage.memory(from.vat, from.sender) as SenderMemory;
  const receiver = stage.memory(to.vat, to.receiver) as ReceiverMemory;
  const count = (counts: Counts | undefined): number => counts?.[stream] ?? 0;
  const found: string[] = [];
  if (count(sender.sent) !== count(receiver.last)) {
    found.push(`${stream}: ${count(sender.sent)} sent, ${count(receiver.last)} arrived`);
  }
  const due = count(sender.wanted) - count(receiver.unechoed);
  if (due !== count(sender.echoes)) {
    found.push(`${stream}: ${due} echoes are due, ${count(sender.echoes)} came`);
  }
  return found;
}

function missing(stage: Stage, { to, name, sent }: DeskStream): readonly string[] {
  const memory = stage.memory(to.vat, to.receiver) as ReceiverMemory;
  const last = memory.last?.[name] ?? 0;
  return last === sent ? [] : [`${name}: ${sent} were sent, ${last} arrived`];
}
