// What a worker says of promises: each form and bound on its own, as the kernel relies on both.

import { describe, expect, it } from 'vitest';
import { isQrtError } from '../../src/core/errors.ts';
import type { Outcome } from '../../src/core/frames.ts';
import { ARGS_BYTES_MAX, CONTEXT_BYTES_MAX, DEADLINE_MS_MAX } from '../../src/core/limits.ts';
import { DEFAULT_TURN_LIMITS } from '../../src/core/turn-limits.ts';
import { parseWorkerFrame } from '../../src/core/worker-frames.ts';

type Fields = Readonly<Record<string, unknown>>;
type Done = Extract<Outcome, { status: 'done' }>;

const data = { body: '[]', slots: [] };
const PROMISE: Fields = { id: 'p3.0', maker: 'o1.0', kind: 'resolver', parts: data };
const SEND: Fields = { target: 'p3.0', args: data, sender: 'o1.0', answer: 'p3.1' };
const WHEN: Fields = { promise: 'p3.0', fulfilled: 'o1.0', sender: 'o1.0', answer: 'p3.2' };

/** A text of JSON with this many bytes. */
const text = (bytes: number): { body: string; slots: string[] } => ({
  body: `"${'x'.repeat(bytes - 2)}"`,
  slots: [],
});

function read(effects: Fields, limits = DEFAULT_TURN_LIMITS): Done | 'broken' {
  const none = { memory: [], objects: [], promises: [], sends: [], whens: [], logs: [] };
  const outcome = { type: 'outcome', turn: 3, status: 'done', ...none, ...effects };
  try {
    return parseWorkerFrame(Buffer.from(JSON.stringify(outcome)), limits) as Done;
  } catch (error) {
    if (!isQrtError(error, 'QRT_WORKER_BROKEN')) throw error;
    return 'broken';
  }
}

describe('what a worker says of promises', () => {
  it('is read as it was sent, and what is not given stays away', () => {
    const effects = { promises: [PROMISE], sends: [SEND], whens: [WHEN] };
    expect(read(effects)).toEqual({
      ...{ type: 'outcome', turn: 3, status: 'done', memory: [], objects: [], logs: [] },
      ...effects,
    });
    expect(read({ answer: data })).toMatchObject({ answer: data });
  });

  it.each(['resolver', 'all', 'first', 'settled'])('a promise may be of the kind %s', (kind) => {
    expect(read({ promises: [{ ...PROMISE, kind }] })).toMatchObject({ promises: [{ kind }] });
  });

  const wrong: readonly (readonly [string, Fields])[] = [
    ['no list of promises', { promises: undefined }],
    ['no list of continuations', { whens: undefined }],
    ['a promise without an id', { promises: [{ ...PROMISE, id: undefined }] }],
    ['a promise with the id of a resolver', { promises: [{ ...PROMISE, id: 's3.0' }] }],
    ['a promise with the id of an object', { promises: [{ ...PROMISE, id: 'o3.0' }] }],
    ['a promise of turn 0', { promises: [{ ...PROMISE, id: 'p0.0' }] }],
    ['a promise of an unknown kind', { promises: [{ ...PROMISE, kind: 'any' }] }],
    ['a promise of the kind of no own property', { promises: [{ ...PROMISE, kind: 'toString' }] }],
    ['a promise without a maker', { promises: [{ ...PROMISE, maker: undefined }] }],
    ['a promise without parts', { promises: [{ ...PROMISE, parts: undefined }] }],
    [
      'parts that hold a memory',
      { promises: [{ ...PROMISE, parts: { ...data, slots: ['m1.0'] } }] },
    ],
    ['an answer to a message that is no promise', { sends: [{ ...SEND, answer: 'o3.1' }] }],
    ['an answer to a message that is null', { sends: [{ ...SEND, answer: null }] }],
    ['a message to a memory', { sends: [{ ...SEND, target: 'm1.0' }] }],
    ['a deadline that is a text', { sends: [{ ...SEND, deadlineMs: '5' }] }],
    ['a deadline between two milliseconds', { sends: [{ ...SEND, deadlineMs: 0.5 }] }],
    ['a continuation of a memory', { whens: [{ ...WHEN, promise: 'm1.0' }] }],
    ['a continuation without an object', { whens: [{ ...WHEN, fulfilled: undefined }] }],
    ['a continuation that is null when rejected', { whens: [{ ...WHEN, rejected: null }] }],
    ['a context that is no capdata', { whens: [{ ...WHEN, context: 'x' }] }],
    ['a continuation of nobody', { whens: [{ ...WHEN, sender: 'p1.0' }] }],
    ['a continuation without a promise of its own', { whens: [{ ...WHEN, answer: undefined }] }],
    ['a continuation with a resolver as its promise', { whens: [{ ...WHEN, answer: 's3.2' }] }],
    ['an answer that is no capdata', { answer: 7 }],
    ['an answer that is null', { answer: null }],
    ['an answer that holds a memory', { answer: { body: '{"$":0}', slots: ['m1.0'] } }],
  ];
  it.each(wrong)('%s is a broken worker', (_name, effects) => {
    expect(read(effects)).toBe('broken');
  });

  const bounds: readonly (readonly [string, number, (size: number) => Fields])[] = [
    ['DEADLINE_MS_MAX', DEADLINE_MS_MAX, (deadlineMs) => ({ sends: [{ ...SEND, deadlineMs }] })],
    [
      'CONTEXT_BYTES_MAX',
      CONTEXT_BYTES_MAX,
      (bytes) => ({ whens: [{ ...WHEN, context: text(bytes) }] }),
    ],
    [
      'ARGS_BYTES_MAX in parts',
      ARGS_BYTES_MAX,
      (bytes) => ({ promises: [{ ...PROMISE, parts: text(bytes) }] }),
    ],
    ['ARGS_BYTES_MAX in an answer', ARGS_BYTES_MAX, (bytes) => ({ answer: text(bytes) })],
    ['the promises of a turn', 3, (count) => ({ promises: Array(count).fill(PROMISE) })],
    ['the continuations of a turn', 3, (count) => ({ whens: Array(count).fill(WHEN) })],
    [
      'all that a turn asks for',
      3,
      (count) => ({ promises: [PROMISE], sends: Array(count - 2).fill(SEND), whens: [WHEN] }),
    ],
  ];
  it.each(bounds)('%s holds, and one more is a broken worker', (_name, max, effects) => {
    const limits = { ...DEFAULT_TURN_LIMITS, turnSends: 3 };
    expect(read(effects(max), limits)).not.toBe('broken');
    expect(read(effects(max + 1), limits)).toBe('broken');
  });
});
