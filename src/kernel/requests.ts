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

/** A request that takes effect once per id. */
export type Change = Exclude<Extract<ControlRequest, { id: string }>, AnswerRequest>;

/** The reply to keep, and the promise that the request holds, if any. */
interface Done<Stored> {
  readonly stored: Stored;
  readonly answer?: LocalId;
}

export interface Requests {
  /** `run` MUST throw before anything changed when it refuses. Throws QRT_REQUEST_REUSED. */
  once<Stored>(request: Change, run: () => Stored): Stored;
  /** The same for a request that may hold the promise of an answer. */
  onceHolding<Stored>(request: Change, run: () => Done<Stored>): Stored;
}

export function makeRequests(island: Island, answers: OperatorAnswers): Requests {
  const { store, sha256, clock, transaction } = island;

  const onceHolding = <Stored>(request: Change, run: () => Done<Stored>): Stored => {
    const { id } = request;
    const content = request.type === 'send' ? { ...request, wait: false } : request;
    const digest = sha256(Buffer.from(JSON.stringify(content)));
    const found = store.request(id);
    if (found) {
      const isSame = Buffer.compare(found.digest, digest) === 0;
      if (!isSame) throw new QrtError('QRT_REQUEST_REUSED', { id });
      return JSON.parse(found.reply) as Stored;
    }
    const { stored, answer } = run();
    const timeMs = clock.nowMs();
    transaction.join(0);
    store.insertRequest({ id, digest, reply: JSON.stringify(stored), timeMs, answer });
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
