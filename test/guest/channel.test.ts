// Channel: when the outcomes of turns leave the worker.

import { describe, expect, it } from 'vitest';
import { encodeFrame, type KernelFrame, makeFrameSplitter } from '../../src/core/frames.ts';
import type { LocalId } from '../../src/core/ids.ts';
import { parseWorkerFrame } from '../../src/core/worker-frames.ts';
import { makeChannel } from '../../src/guest/channel.ts';
import { READINGS } from './kit.ts';

const turnFrame = (turn: number): KernelFrame => {
  const args = { body: 'null', slots: [] };
  return { type: 'turn', turn, target: 'o1.0' as LocalId, args, readings: READINGS };
};

/** A channel that gets these turns at once and needs so long for each; when which outcome left. */
function run(turnsMs: readonly number[]): { readonly turn: number; readonly atMs: number }[] {
  const told: { turn: number; atMs: number }[] = [];
  let nowMs = 0;
  const chunks = [Buffer.concat(turnsMs.map((_, n) => encodeFrame(turnFrame(n + 1))))];
  const channel = makeChannel({
    read: () => {
      nowMs += 1_000;
      return chunks.shift() ?? new Uint8Array(0);
    },
    write: (bytes) => {
      for (const payload of makeFrameSplitter().push(bytes)) {
        told.push({ turn: (parseWorkerFrame(payload) as { turn: number }).turn, atMs: nowMs });
      }
    },
    nowMs: () => nowMs,
    exit: () => {
      throw new Error('the kernel is gone');
    },
  });
  const failure = { name: 'Error', message: '' };
  expect(() => {
    for (;;) {
      const frame = channel.next();
      if (frame.type !== 'turn') throw new Error('no turn');
      nowMs += turnsMs[frame.turn - 1]!;
      channel.write({ type: 'outcome', turn: frame.turn, status: 'failed', failure });
    }
  }).toThrow('gone');
  return told;
}

describe('channel', () => {
  it('outcomes of quick turns leave together', () => {
    const told = run([1, 1, 1]);
    expect(told.map(({ turn }) => turn)).toEqual([1, 2, 3]);
    expect(new Set(told.map(({ atMs }) => atMs)).size).toBe(1);
  });

  it('no outcome waits until a turn after it that takes its time', () => {
    expect(run([400, 500, 1, 1, 600, 1, 1])).toEqual([
      { turn: 1, atMs: 1_400 },
      { turn: 2, atMs: 1_900 },
      // The quick ones before it may wait: what they took is little.
      { turn: 3, atMs: 2_502 },
      { turn: 4, atMs: 2_502 },
      { turn: 5, atMs: 2_502 },
      { turn: 6, atMs: 2_504 },
      { turn: 7, atMs: 2_504 },
    ]);
  });
});
