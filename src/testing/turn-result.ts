// Turn result: one ended turn as a test sees it.

import { unreachable } from '../core/errors.ts';
import type { Outcome } from '../core/frames.ts';
import type { ReferenceBook } from './reference-book.ts';
import { fromCapdata } from './test-data.ts';
import type { TurnResult } from './test-vat.ts';
import type { EndedTurn } from './turn-watch.ts';

const NOTHING = { sends: [], logs: [], made: [] } as const;

/** Puts the references of `book` in place of ids. */
export function describeTurn(book: ReferenceBook, { message, end }: EndedTurn): TurnResult {
  const target = book.objectOf(message.target);
  const head = { target, args: fromCapdata(book, message.args), status: end.status };
  switch (end.status) {
    case 'done':
      return { ...head, ...describeEffects(book, end) };
    case 'failed':
      return { ...head, failure: end.failure, ...NOTHING };
    case 'quarantined': {
      const code = 'QRT_MESSAGE_QUARANTINED';
      return { ...head, failure: { name: 'QrtError', message: end.message, code }, ...NOTHING };
    }
    case 'interrupted':
      return { ...head, ...NOTHING };
    default:
      return unreachable(end);
  }
}

function describeEffects(
  book: ReferenceBook,
  { sends, logs, objects }: Extract<Outcome, { status: 'done' }>,
): Pick<TurnResult, 'sends' | 'logs' | 'made'> {
  return {
    sends: sends.map((send) => ({
      target: book.referenceOf(send.target),
      args: fromCapdata(book, send.args),
    })),
    logs: logs.map(({ text }) => text),
    made: objects.map(({ id }) => book.objectOf(id)),
  };
}
