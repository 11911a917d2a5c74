// Operators: people who ask by `qrt send --result` while nodes are killed, each time with an id.

import type { Askers } from './kill-askers.ts';
import type { World } from './kit.ts';

type Name = 'A' | 'B';

/** The questions of a run. */
export interface Operators {
  /** Asks the asker of the other node from this one, which may die meanwhile. Waits for nothing. */
  ask(from: Name): void;
  /** Questions of this node, or of both. */
  count(from?: Name): number;
  /** Asks all once more, under the same ids, with all nodes up; returns what is wrong. */
  review(): Promise<readonly string[]>;
}

interface Question {
  readonly id: string;
  readonly from: Name;
  readonly send: readonly string[];
  readonly number: number;
  readonly first: Promise<string>;
}

/** Larger than any number of an asker. */
const NUMBERS_FROM = 1_000_000_000;
/** There was no time, or no node: nothing is known, and asking again is right. */
const UNDECIDED: ReadonlySet<number> = new Set([69, 75, 124]);

export function makeOperators(world: World, askers: Askers): Operators {
  const questions: Question[] = [];

  const run = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await world.run(args);
    return UNDECIDED.has(code) ? 'undecided' : `${stdout}${stderr}`.trim();
  };

  const review = async ({ id, from, send, number, first }: Question): Promise<string[]> => {
    const answers = [
      await first,
      await run(send),
      await run(['result', from, id, '--timeout', '0']),
    ];
    const [early, ...known] = answers;
    const isRight = known.every((text) => text === String(number));
    const isEarlyRight = early === 'undecided' || early === String(number);
    return isRight && isEarlyRight ? [] : [`the answer to ${id} was ${JSON.stringify(answers)}`];
  };

  return Object.freeze({
    ask(from: Name) {
      const nth = questions.length + 1;
      const id = `operator-${nth}`;
      const number = NUMBERS_FROM + nth;
      const to = askers[from === 'A' ? 'B' : 'A'];
      const args = JSON.stringify({ op: 'answer', kind: nth % 2 ? 'now' : 'later', number });
      const send = ['send', '-d', from, to, args, '--result', '--id', id, '--timeout', '60'];
      questions.push({ id, from, send, number, first: run(send) });
    },
    count: (name?: Name) => questions.filter(({ from }) => from === (name ?? from)).length,
    async review() {
      const found: string[] = [];
      for (const question of questions) found.push(...(await review(question)));
      return found;
    },
  });
}
