// What a worker sends: right frames are read, everything else is a broken worker and nothing else.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isQrtError } from '../../src/core/errors.ts';
import { encodeFrame, makeFrameSplitter, type WorkerFrame } from '../../src/core/frames.ts';
import { ERROR_TEXT_MAX, FRAME_BYTES_MAX } from '../../src/core/limits.ts';
import { parseWorkerFrame } from '../../src/core/worker-frames.ts';

const HASH = 'a'.repeat(64);
const data = { body: '{}', slots: ['o1.0', 'i2'] };
const power = { data, natives: { log: 'log', make: 'make_object' }, memory: 'm3.0' };
const FRAMES = [
  { type: 'ready', ses: '2', node: '20' },
  { type: 'ask', what: 'object', id: 'o1.0' },
  { type: 'ask', what: 'memory', id: 'm1.0' },
  { type: 'ask', what: 'code', id: HASH },
  { type: 'checked', text: 'function () {}', hash: HASH },
  { type: 'checked', reason: 'no', place: { line: 1, column: 2 } },
  {
    type: 'outcome',
    turn: 3,
    status: 'done',
    memory: [{ id: 'm3.0', value: data }],
    objects: [{ id: 'o3.1', code: HASH, text: 'f', power, maker: 'o1.0' }],
    promises: [{ id: 'p3.2', maker: 'o1.0', kind: 'all', parts: { body: '[]', slots: [] } }],
    sends: [
      { target: 'i2', args: data, sender: 'o1.0' },
      { target: 'p3.2', args: data, sender: 'o1.0', answer: 'p3.3', deadlineMs: -1 },
    ],
    whens: [
      { promise: 'p3.3', fulfilled: 'o1.0', sender: 'o1.0', answer: 'p3.4' },
      {
        ...{ promise: 'i2', fulfilled: 's3.2', rejected: 'p3.4', context: data },
        ...{ sender: 'o1.0', answer: 'p3.5' },
      },
    ],
    logs: [{ object: 'o1.0', text: 'line' }],
    answer: { body: '{"$":0}', slots: ['s3.2'] },
  },
  {
    type: 'outcome',
    turn: 3,
    status: 'failed',
    failure: { name: 'Error', message: 'm', code: 'QRT_NO_ROOM' },
  },
] as unknown as readonly WorkerFrame[];

/** The heap in use after all that nothing holds is gone, in bytes. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

const payloadOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** Reads a payload; what is refused MUST be refused as QRT_WORKER_BROKEN. */
function read(payload: Uint8Array): WorkerFrame | undefined {
  try {
    return parseWorkerFrame(payload);
  } catch (error) {
    if (!isQrtError(error, 'QRT_WORKER_BROKEN')) throw error;
    return undefined;
  }
}

/** Every copy of a value in which one part, at any depth, is replaced. */
function* replacements(value: unknown, part: unknown): Generator<unknown> {
  yield part;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    for (const replaced of replacements(each, part)) {
      if (Array.isArray(value)) yield value.map((old, n) => (`${n}` === key ? replaced : old));
      else yield { ...value, [key]: replaced };
    }
  }
}

describe('worker frames', () => {
  it('each frame that a worker may send is read as it was sent', () => {
    for (const frame of FRAMES) {
      const read = parseWorkerFrame(payloadOf(frame));
      expect(JSON.parse(JSON.stringify(read))).toEqual(frame);
    }
  });

  it('a frame with any part replaced by garbage is read or QRT_WORKER_BROKEN', () => {
    const parts: unknown[] = [null, 0, -1, 1.5, '', 'o1.0', 'x', [], {}, [null], true, 2 ** 60];
    parts.push({ __proto__: null, length: 3 }, ['o1.0'], 'm1.00', 'o1.99999', HASH.toUpperCase());
    for (const frame of FRAMES) {
      for (const part of parts) {
        for (const replaced of replacements(frame, part)) read(payloadOf(replaced));
      }
    }
  });

  it('an error text is cut at its bound, even through a pair, and otherwise as it was sent', () => {
    const sent = `\ud800é${'x'.repeat(ERROR_TEXT_MAX - 3)}😀${'y'.repeat(9)}`;
    const failure = { name: sent.slice(0, ERROR_TEXT_MAX), message: sent };
    const read = parseWorkerFrame(
      payloadOf({ type: 'outcome', turn: 3, status: 'failed', failure }),
    );
    const cut = sent.slice(0, ERROR_TEXT_MAX);
    expect(cut).toMatch(/\ud83d$/);
    expect(read).toMatchObject({ failure: { name: cut, message: cut } });
  });

  it('an error text that is kept does not keep the rest of its frame in memory', () => {
    const megabytes = 2 ** 20;
    const payload = payloadOf({
      type: 'outcome',
      turn: 3,
      status: 'failed',
      failure: { name: 'Error', message: 'x'.repeat(4 * megabytes) },
    });
    parseWorkerFrame(payload);
    const before = heapUsed();
    const kept = Array.from({ length: 10 }, () => parseWorkerFrame(payload));
    expect(heapUsed() - before).toBeLessThan(4 * megabytes);
    expect(kept).toHaveLength(10);
  });

  it('any bytes and any JSON are QRT_WORKER_BROKEN', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), (payload) => {
        expect(read(payload)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('a frame with any bit flipped is read or QRT_WORKER_BROKEN', () => {
    for (const frame of FRAMES) {
      const whole = payloadOf(frame);
      for (let bit = 0; bit < whole.length * 8; bit += 1) {
        const flipped = Uint8Array.from(whole);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        read(flipped);
      }
    }
  });

  it('a native power under the key __proto__ stays a key', () => {
    const natives = JSON.parse('{"__proto__":"log"}') as Record<string, string>;
    const effect = { id: 'o3.1', code: HASH, power: { data, natives }, maker: 'o1.0' };
    const none = { memory: [], promises: [], sends: [], whens: [], logs: [] };
    const done = { ...none, objects: [effect] };
    const frame = parseWorkerFrame(
      payloadOf({ type: 'outcome', turn: 3, status: 'done', ...done }),
    );
    expect(JSON.stringify(frame)).toContain('"natives":{"__proto__":"log"}');
  });
});

describe('frame splitter', () => {
  it('frames cut anywhere come out whole, in order', () => {
    const stream = Buffer.concat(FRAMES.map(encodeFrame));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 40 }), (cuts) => {
        const splitter = makeFrameSplitter();
        const payloads: Uint8Array[] = [];
        let at = 0;
        for (const cut of [...cuts, stream.length]) {
          payloads.push(...splitter.push(stream.subarray(at, at + cut)));
          at += cut;
        }
        expect(payloads.map((payload) => JSON.parse(Buffer.from(payload).toString()))).toEqual(
          FRAMES,
        );
      }),
    );
  });

  it(`a frame of more than ${FRAME_BYTES_MAX} bytes is QRT_WORKER_BROKEN before it came`, () => {
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(FRAME_BYTES_MAX);
    expect(makeFrameSplitter().push(length)).toEqual([]);
    length.writeUInt32BE(FRAME_BYTES_MAX + 1);
    expect(() => makeFrameSplitter().push(length)).toThrow(
      expect.objectContaining({ code: 'QRT_WORKER_BROKEN' }),
    );
  });
});
