// Last words: the end of what a worker's process writes to its standard error.
//
// Guests cannot write there; Node and V8 do when they die, and only so can one tell from outside
// that a heap was full. The rest is dropped.

import type { WorkerEnd } from '../kernel/ports.ts';

const KEPT_BYTES = 4_096;
const LINE_CHARS_MAX = 200;
/** An honest worker writes once, when it dies. */
export const WORDS_BYTES_MAX = 1024 * 1024;

/** Said by V8 and by the C++ library, each in its own way, when memory runs out. */
const OUT_OF_MEMORY =
  /heap out of memory|process out of memory|Fatal JavaScript (invalid size|out of memory)|bad_alloc/;
/**
 * The signals by which V8 ends itself, and what bubblewrap makes of them. The first process of a
 * process space cannot abort: it ends by the invalid instruction that comes after that.
 */
const ABORTS: ReadonlySet<unknown> = new Set([
  ...['SIGABRT', 'SIGTRAP', 'SIGILL', 'SIGSEGV'],
  ...[134, 133, 132, 139],
]);

/** Collects standard error. */
export interface LastWords {
  push(chunk: Buffer): void;
  /** How much there was in all. */
  bytes(): number;
  /** How a process ended that nobody killed. */
  judge(exit: { code: number | null; signal: string | null }): Exclude<WorkerEnd, 'killed'>;
  /** One line for the operator, without control characters. */
  text(): string;
}

/** Keeps the last bytes only, but sees what goes by: V8's reason comes before a long stack. */
export function makeLastWords(): LastWords {
  let kept = '';
  let bytes = 0;
  let isOutOfMemory = false;

  return Object.freeze<LastWords>({
    bytes: () => bytes,
    push(chunk) {
      bytes += chunk.length;
      kept += chunk.toString('latin1');
      isOutOfMemory ||= OUT_OF_MEMORY.test(kept);
      kept = kept.slice(-KEPT_BYTES);
    },
    judge({ code, signal }) {
      return isOutOfMemory && ABORTS.has(signal ?? code) ? 'heap' : 'unknown';
    },
    text() {
      const lines = kept.split('\n').map((line) => line.replace(/[^ -~]+/g, ' ').trim());
      const line = lines.find((each) => /error|fatal|terminate/i.test(each)) ?? lines.at(-1) ?? '';
      return line.slice(0, LINE_CHARS_MAX);
    },
  });
}
