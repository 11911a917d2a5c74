import { describe, expect, it } from 'vitest';
import { describeFailure } from '../../src/transport/failure-text.ts';

describe('failure text', () => {
  it('speaks of codes, and never of what an error’s message holds', () => {
    const error = (code?: unknown) => Object.assign(new Error('secret'), { code });
    expect(describeFailure(error('ECONNREFUSED'))).toBe('connection refused');
    expect(describeFailure(error('EWHATEVER'))).toBe('failed (EWHATEVER)');
    expect(describeFailure(error('a secret'))).toBe('failed');
    expect(describeFailure(error())).toBe('failed');
    expect(describeFailure('secret')).toBe('failed');
    expect(describeFailure(error('HPE_INVALID_VERSION'))).toBe('no valid HTTP in reply');
    expect(describeFailure(new Error('x', { cause: error('ENOTFOUND') }))).toBe('no such host');
    const all = new AggregateError([error('EHOSTUNREACH'), error('ECONNREFUSED')]);
    expect(describeFailure(all)).toBe('host unreachable');
  });
});
