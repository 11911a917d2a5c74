// Test sends: messages of a test to its vat, with an answer or without.

import { ARGS_BYTES_MAX, RUN_TURNS_MAX } from '../core/limits.ts';
import type { Capdata } from '../core/power.ts';
import { makeRequestId } from '../node/request-id.ts';
import type { Machine } from './machine.ts';
import { keyIn, type ReferenceBook, type ReferenceKey } from './reference-book.ts';
import { makeTestAnswer, readSendOptions, takeValue } from './test-answers.ts';
import { toCapdata, toOperatorData } from './test-data.ts';
import type { TestReference } from './test-reference.ts';
import type { SendOptions, TestVat, TurnResult } from './test-vat.ts';

interface Tools {
  readonly machine: Machine;
  readonly book: ReferenceBook;
}

interface Ways {
  /** Reads what it is given at once, and works on it when all is done that came before. */
  readonly later: <Read, T>(read: () => Read, work: (given: Read) => Promise<T>) => Promise<T>;
  /** Throws QRT_TESTVAT_RESTLESS. */
  readonly runAll: (turnsMax: number) => Promise<readonly TurnResult[]>;
}

/** The methods of a test vat that send. */
export function makeSends(
  tools: Tools,
  { later, runAll }: Ways,
): Pick<TestVat, 'send' | 'ask' | 'answer'> {
  const { book } = tools;
  return {
    send: async (target, args = null) =>
      later(
        () => readMessage(book, { what: 'send', target, args }),
        async (message) => void (await send(tools, message)),
      ),
    ask: async (target, args = null, options) =>
      later(
        () => readMessage(book, { what: 'ask', target, args, options }),
        async (message) => makeTestAnswer(tools, await send(tools, message)),
      ),
    answer: async <Value>(target: TestReference, args: unknown = null, options?: SendOptions) =>
      later(
        () => readMessage(book, { what: 'answer', target, args, options }),
        async (message) => {
          const answer = makeTestAnswer(tools, await send(tools, message));
          await runAll(RUN_TURNS_MAX);
          // What it is, is for the test to know.
          return takeValue(await answer.end()) as Value;
        },
      ),
  };
}

interface Message {
  readonly target: ReferenceKey;
  readonly args: Capdata<ReferenceKey>;
  /** There when an answer is wanted. */
  readonly answer?: SendOptions;
}

/** With `options`, also undefined ones, an answer is wanted. */
function readMessage(
  book: ReferenceBook,
  given: { what: string; target: unknown; args: unknown; options?: SendOptions | undefined },
): Message {
  const { what, target: value, args } = given;
  return {
    target: keyIn(book, { what, value }),
    args: toCapdata(book, { what: 'args', value: args, bytesMax: ARGS_BYTES_MAX }),
    ...('options' in given ? { answer: readSendOptions(given.options) } : {}),
  };
}

/** Queues it; returns the id of its request. */
async function send({ machine, book }: Tools, message: Message): Promise<string> {
  const { answer } = message;
  const target = await book.qridOf(message.target);
  const args = await toOperatorData(book, message.args);
  const id = makeRequestId();
  const wanted = answer === undefined ? {} : { answer: true, ...answer };
  await machine.ask({ type: 'send', id, target, args, wait: false, ...wanted });
  return id;
}
