// Requests: what the operator asks to be changed takes effect once per id.
//
// The reply is a row of the same transaction, and so is the promise of the answer that it holds.

import { QrtError } from '../core/errors.ts';
import type { LocalId } from '../core/ids.ts';
import { REQUEST_KEEP_MS, REQUEST_KEEP_ROWS } from '../core/limits.ts';
import type { AnswerRequest } from './answer-ports.ts';
import type { Island } from './island.ts';
import type { OperatorAnswers } from './operator-answers.ts';
import type { ControlRequest } from './ports.ts';
import type { RequestRows } from './request-rows.ts';

/** A request that takes effect once per id. */
export type Change = Exclude<Extract<ControlRequest, { id: string }>, AnswerRequest>;

/** The reply to keep, and the promise that the request holds, if any. */
interface Done<Stored> {
  readonly stored: Stored;
  readonly answer?: LocalId;
}

interface Parts {
  readonly answers: OperatorAnswers;
  readonly requestRows: RequestRows;
}

export interface Requests {
  /** `run` MUST throw before anything changed when it refuses. Throws QRT_REQUEST_REUSED. */
  once<Stored>(request: Change, run: () => Stored): Stored;
  /** The same for a request that may hold the promise of an answer. */
  onceHolding<Stored>(request: Change, run: () => Done<Stored>): Stored;
}

export function makeRequests(island: Island, { answers, requestRows }: Parts): Requests {
  const { store, sha256, clock } = island;

  const digestOf = (request: Change): Uint8Array => {
    // How it is replied to is no part of what is asked for.
    const content =
      request.type === 'send' ? { ...request, wait: false, brief: undefined } : request;
    return sha256(Buffer.from(JSON.stringify(content)));
  };

  /** Its id is new. Without an answer there is nothing to ask for later. */
  const doBriefly = <Stored>(request: Change, run: () => Done<Stored>): Stored => {
    const { id } = request;
    const { stored, answer } = run();
    if (answer === undefined) return stored;
    const timeMs = clock.nowMs();
    requestRows.insertBrief(id, {
      answer,
      makeRow: () => {
        const reply = JSON.stringify(stored);
        return { id, digest: digestOf(request), reply, timeMs, answer };
      },
    });
    answers.keep(answer);
    return stored;
  };

  const onceHolding = <Stored>(request: Change, run: () => Done<Stored>): Stored => {
    if (request.type === 'send' && request.brief) return doBriefly(request, run);
    const { id } = request;
    const digest = digestOf(request);
    const found = requestRows.get(id);
    if (found) {
      const isSame = Buffer.compare(found.digest, digest) === 0;
      if (!isSame) throw new QrtError('QRT_REQUEST_REUSED', { id });
      return JSON.parse(found.reply) as Stored;
    }
    const { stored, answer } = run();
    const timeMs = clock.nowMs();
    requestRows.insert({ id, digest, reply: JSON.stringify(stored), timeMs, answer });
    if (answer !== undefined) answers.keep(answer);
    answers.letGo(store.trimRequests(timeMs - REQUEST_KEEP_MS, REQUEST_KEEP_ROWS));
    return stored;
  };

  return Object.freeze({
    once: <Stored>(request: Change, run: () => Stored) =>
      onceHolding(request, () => ({ stored: run() })),
    onceHolding,
  });
}
