// Run session: one session of a target from its seed, with what it saw and what it left in memory.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { makeRandom } from '../sim/random.ts';
import type { Session, Target } from './target.ts';

/** What a session came to. */
export interface SessionResult {
  readonly cases: number;
  /** How often each kind of case was seen. */
  readonly kinds: ReadonlyMap<string, number>;
}

/** A property that did not hold, or a failure without a code; `input` is what was fed last. */
export class FuzzFailure extends Error {
  readonly input: string;

  constructor(where: string, input: string, cause: unknown) {
    super(`${where}: ${cause instanceof Error ? cause.stack : String(cause)}`, { cause });
    this.input = input;
  }
}

/** Inputs are shown up to so many characters. */
const SHOWN_MAX = 4_000;

interface SessionBounds {
  /** No more cases than these; by default as many as the target says. */
  readonly casesMax?: number;
  /** Asked before each case. */
  readonly isOver?: () => boolean;
}

/** Runs one session. Throws FuzzFailure. */
export async function runSession(
  target: Target,
  seed: number,
  { casesMax = target.cases, isOver = () => false }: SessionBounds = {},
): Promise<SessionResult> {
  const kinds = new Map<string, number>();
  let input = '';
  let cases = 0;
  const note = (next: string): void => {
    input = next;
  };
  let session: Session | undefined;
  try {
    session = await target.open(makeRandom(seed));
    for (; cases < casesMax && !isOver(); cases += 1) {
      const kind = await session.run(note);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    await session.close();
  } catch (error) {
    const where = `${target.name}, seed ${seed}, case ${cases + 1}`;
    throw new FuzzFailure(where, input.slice(0, SHOWN_MAX), error);
  }
  return { cases, kinds };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are still reachable on the heap, and those of buffers. */
export function readMemory(): number {
  // The second waits until the buffers that the first has found are given back.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
