// Failures: what people and guests are told of a rejection, whatever is known of it.

import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../src/core/error-table.ts';
import type { ErrorCode } from '../../src/core/errors.ts';
import { codedFailure, refusalOf } from '../../src/kernel/failures.ts';

/** What a vat may refuse an item with: see the wire page. */
const REFUSALS: readonly ErrorCode[] = [
  'QRT_ITEM_MALFORMED',
  'QRT_NO_OBJECT',
  'QRT_DATA_OVERSIZE',
  'QRT_NAME_UNKNOWN',
  'QRT_TOO_FAR',
  'QRT_LINK_DROPPED',
  'QRT_NO_ROOM',
  'QRT_MESSAGE_QUARANTINED',
  'QRT_ANSWER_LOST',
  'QRT_ITEM_DISCARDED',
];

describe('a failure of which only the code is known', () => {
  it.each(REFUSALS)('%s has a message without gaps, that names no vat', (code) => {
    const failure = codedFailure(code);
    expect(failure).toEqual({ name: 'Error', code, message: expect.not.stringMatching(/[{}]/) });
    expect(refusalOf(code)).toEqual(failure);
  });

  it('has no gaps in its message whatever code a peer makes up', () => {
    const generic = 'the peer refused the message';
    for (const code of [...Object.keys(ERRORS), 'OTHER', '__proto__']) {
      expect(refusalOf(code)).toEqual({
        ...{ name: 'Error', code },
        message: expect.not.stringMatching(/[{}]/),
      });
    }
    expect(refusalOf('OTHER').message).toBe(generic);
    expect(refusalOf('QRT_NODE_LOCKED').message).toBe(generic);
  });
});
