import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { type ErrorCode, QrtError } from '../../src/core/errors.ts';

describe('exit code', () => {
  it.each<[ErrorCode, number]>([
    ['QRT_NO_OBJECT', 1],
    ['QRT_JSON_MALFORMED', 2],
    ['QRT_CODE_REFUSED', 3],
    ['QRT_NODE_STOPPED', 69],
    ['QRT_STORE_CORRUPT', 70],
    ['QRT_DISK_FULL', 75],
    ['QRT_WAIT_EXPIRED', 124],
    ['QRT_ANSWER_LATE', 124],
  ])('of %s is %d', (code, exit) => {
    expect(exitCodeOf(new QrtError(code, {}))).toBe(exit);
  });
});
