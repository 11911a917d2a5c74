// Answers: what a message with its answer and a continuation costs, beside one that wants no answer.

import { parseQrid } from '../../src/core/ids.ts';
import type { VatOutput } from '../../src/kernel/ports.ts';
import { runInside } from './inside.ts';
import { type Place, until } from './nodes.ts';

const CALLEE = '({ n }, { memory }) => { memory.n = n; return n; }';
/** Sends so many messages in each of its turns, one way or the other. */
const CALLER = `({ from, to, isAnswered }, { callee, ends }) => {
  for (let n = from; n < to; n += 1) {
    if (isAnswered) Q.when(callee.send({ n }), { fulfilled: ends });
    else callee.sendOnly({ n });
  }
}`;
const ENDS = '({ value }, { memory }) => { memory.n = value; }';
const MESSAGES_A_TURN = 100;

/** Microseconds for each message, by how it was sent. */
export interface AnswerTimes {
  readonly onlyUs: number;
  readonly answeredUs: number;
}

/** Sends so many messages, a multiple of 100, each way, `pairs` times in turn. */
export async function measureAnswers(
  place: Place,
  { messages, pairs }: { readonly messages: number; readonly pairs: number },
): Promise<readonly AnswerTimes[]> {
  place.qrt('create-node', 'ANSWERS');
  const refs = ['callee', 'ends'].flatMap((name) => {
    const code = name === 'callee' ? CALLEE : ENDS;
    return ['--ref', `${name}=${place.install('ANSWERS', code)}`];
  });
  const caller = parseQrid(place.install('ANSWERS', CALLER, refs));
  const watch = makeWatch();
  const running = await runInside(place, { name: 'ANSWERS', spare: 'warm', watch, meterFactor: 1 });
  const run = async (count: number, isAnswered: boolean): Promise<number> => {
    const turns = count * (isAnswered ? 2 : 1) + count / MESSAGES_A_TURN;
    const began = watch.turns();
    const beganMs = performance.now();
    for (let from = 0; from < count; from += MESSAGES_A_TURN) {
      running.send(caller, { from, to: from + MESSAGES_A_TURN, isAnswered });
    }
    await until(() => watch.turns() - began >= turns && watch.isOnDisk(), 2);
    return ((performance.now() - beganMs) * 1_000) / count;
  };
  const times: AnswerTimes[] = [];
  try {
    for (const isAnswered of [false, true]) await run(MESSAGES_A_TURN, isAnswered);
    for (let pair = 0; pair < pairs; pair += 1) {
      times.push({ onlyUs: await run(messages, false), answeredUs: await run(messages, true) });
    }
  } finally {
    await running.end();
  }
  return times;
}

/** Counts turns that were begun, and knows whether the last ones are on disk. */
function makeWatch() {
  let turns = 0;
  let onDisk = 0;
  return Object.freeze({
    turns: () => turns,
    isOnDisk: () => onDisk === turns,
    noteOutput(output: VatOutput): void {
      if (output.type === 'worker-frame' && output.frame.type === 'turn') turns += 1;
    },
    noteOutcomesOnDisk(): void {
      onDisk = turns;
    },
  });
}
