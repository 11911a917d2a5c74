// Make test vat: a vat for one test, in which everything but time and the network is real.
//
//   const vat = await makeTestVat();
//   const counter = await vat.install({ path: 'vats/counter.js' });
//   await vat.answer(counter, { add: 2 }); // { count: 2 }
//   await vat.memory(counter); // { count: 2 }
//   await vat.close();

import { QrtError } from '../core/errors.ts';
import { isObjectId, type LocalId, parseQrid } from '../core/ids.ts';
import { RUN_TURNS_MAX, WAITING_SHOWN_MAX } from '../core/limits.ts';
import type { NodeLimits } from '../core/node-limits.ts';
import type { InstallReply } from '../kernel/ports.ts';
import { readLimits } from '../node/limit-choice.ts';
import type { ReadInstall } from '../node/live-install.ts';
import { guestProgram } from '../node/program.ts';
import { makeRequestId } from '../node/request-id.ts';
import { findSandbox } from '../worker/sandbox-finder.ts';
import { type Machine, makeMachine } from './machine.ts';
import { makeOrder } from './order.ts';
import {
  keyIn,
  makeReferenceBook,
  type ReferenceBook,
  type ReferenceKey,
} from './reference-book.ts';
import { readMs } from './test-answers.ts';
import { makeTestRequest, readTestInstall } from './test-install.ts';
import { TestObject, type TestObjectFields, TestPromise } from './test-reference.ts';
import { makeSends } from './test-sends.ts';
import { SINK_CODE, TestSink } from './test-sink.ts';
import type { TestMessage, TestVat, TestVatOptions, TurnResult } from './test-vat.ts';
import { describeTurn } from './turn-result.ts';
import { readInbox, readLog, readMemory, readOutbox } from './views.ts';

export type {
  OutsideReference,
  TestObject,
  TestPromise,
  TestReference,
} from './test-reference.ts';
export type {
  AnswerEnd,
  LogLine,
  OutboxEntry,
  RunOptions,
  SendOptions,
  Sink,
  TestAnswer,
  TestFailure,
  TestInstall,
  TestMessage,
  TestVat,
  TestVatOptions,
  TurnResult,
} from './test-vat.ts';

/**
 * A vat of its own, without objects. It MUST be closed at the end of its test.
 *
 * @example
 * const vat = await makeTestVat();
 * const counter = await vat.install({ path: 'counter.js' });
 * assert.deepEqual(await vat.answer(counter, { add: 2 }), { count: 2 });
 * assert.deepEqual(await vat.memory(counter), { count: 2 });
 * await vat.close();
 */
export async function makeTestVat(options: TestVatOptions = {}): Promise<TestVat> {
  const limits = parseLimits(options.limits);
  let turns: TurnResult[] = [];
  const machine = makeMachine({
    sandbox: await findSandbox({ program: guestProgram() }),
    limits,
    onTurn(ended) {
      const turn = describeTurn(book, ended);
      turns.push(turn);
      if (turn.target instanceof TestSink && turn.status === 'done') {
        TestSink.note(turn.target, turn.args);
      }
    },
  });
  const { store } = machine;
  const book: ReferenceBook = makeReferenceBook(machine);
  const tools = { machine, book };
  const order = makeOrder();

  const runTurns = async (turnsMax: number) => {
    turns = [];
    const { isIdle } = await machine.turns(turnsMax);
    return { isIdle, turns };
  };
  const runAll = async (turnsMax: number): Promise<readonly TurnResult[]> => {
    const ran = await runTurns(turnsMax);
    if (ran.isIdle) return ran.turns;
    const waiting = describeWaiting(readInbox(store(), book));
    throw new QrtError('QRT_TESTVAT_RESTLESS', { turns: turnsMax, waiting });
  };
  /** Reads what it is given at once: what the caller changes afterwards changes nothing. */
  const later = <Read, T>(read: () => Read, work: (given: Read) => Promise<T>): Promise<T> => {
    store();
    const given = read();
    return order.add(() => work(given));
  };

  return Object.freeze<TestVat>({
    install: async (what) =>
      later(
        () => readTestInstall({ book, limits }, what),
        (given) => install(tools, given, TestObject),
      ),
    sink: async () =>
      later(
        () => readTestInstall({ book, limits }, { code: SINK_CODE, name: 'sink' }),
        (given) => install(tools, given, TestSink),
      ),
    outside: (name) => book.outside(name),
    ...makeSends(tools, { later, runAll }),
    advance: async (ms) =>
      later(
        () => readMs('advance', ms),
        (given) => machine.advance(given),
      ),
    delete: async (object) =>
      later(
        () => idIn(book, { what: 'delete', value: object }),
        async (id) => {
          await machine.ask({ type: 'delete', id: makeRequestId(), object: id });
        },
      ),
    step: () => order.add(async () => (await runTurns(1)).turns[0]),
    run: ({ turnsMax = RUN_TURNS_MAX } = {}) =>
      order.add(async () => runAll(parseTurnsMax(turnsMax))),
    memory: async <Memory>(object: TestObject) =>
      later(
        () => idIn(book, { what: 'memory', value: object }),
        // What is in it is for the test to know.
        async (id) => readMemory(store(), book, id) as Memory,
      ),
    inbox: () => readInbox(store(), book),
    outbox: () => readOutbox(store(), book),
    log: () => readLog(store(), book),
    restart: () => order.now(machine.restart),
    close: () => order.now(machine.close),
  });
}

interface Tools {
  readonly machine: Machine;
  readonly book: ReferenceBook;
}

async function install<Kind extends TestObject>(
  { machine, book }: Tools,
  given: ReadInstall<ReferenceKey>,
  Made: new (fields: TestObjectFields) => Kind,
): Promise<Kind> {
  const request = await makeTestRequest(book, given);
  const { object: id, qrid } = await machine.ask<InstallReply>(request);
  const object = new Made({ id, name: given.name, vat: book.number });
  book.addInstalled({ object, qrid: parseQrid(qrid) });
  return object;
}

/** Throws also for an object outside, of which this vat knows nothing. */
function idIn(book: ReferenceBook, given: { what: string; value: unknown }): LocalId {
  const key = keyIn(book, given);
  if (isObjectId(key)) return key;
  const reason =
    given.value instanceof TestPromise
      ? `${String(given.value)} is no object`
      : `${String(given.value)} belongs to another vat, which is never reached`;
  throw new QrtError('QRT_ARGUMENT_INVALID', { what: given.what, reason });
}

/** Limits as `config.json` may have them. */
function parseLimits(limits: TestVatOptions['limits'] = {}): NodeLimits {
  const fail = (reason: string): QrtError =>
    new QrtError('QRT_ARGUMENT_INVALID', { what: 'limits', reason });
  return readLimits({ json: limits, fail });
}

/** A number of turns that comes to an end. */
function parseTurnsMax(turnsMax: number): number {
  if (Number.isSafeInteger(turnsMax) && turnsMax > 0) return turnsMax;
  const reason = `${String(turnsMax)} is no number of turns: give a whole number above 0`;
  throw new QrtError('QRT_ARGUMENT_INVALID', { what: 'turnsMax', reason });
}

/** Whom messages wait for, those with most of them first. */
function describeWaiting(messages: readonly TestMessage[]): string {
  const counts = new Map<string, number>();
  for (const { target } of messages) {
    counts.set(String(target), (counts.get(String(target)) ?? 0) + 1);
  }
  const most = [...counts].sort((a, b) => b[1] - a[1]);
  const shown = most.slice(0, WAITING_SHOWN_MAX).map(([target, count]) => `${count} for ${target}`);
  const rest = most.length - shown.length;
  return rest === 0 ? shown.join(', ') : `${shown.join(', ')}, and for ${rest} more objects`;
}
