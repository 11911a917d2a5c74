// Start command: with what Node a node is served well, however it is started.

import { fileURLToPath } from 'node:url';

/**
 * V8 lets its nursery grow to 32 MiB while modules load and keeps it: a node at rest would hold
 * 99 MB instead of 84.
 */
const NODE_FLAGS = ['--max-semi-space-size=2'];

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

/** The program and arguments that serve a node; `words` are those of `qrt run`. */
export function makeRunCommand(...words: readonly string[]): readonly string[] {
  return [process.execPath, ...NODE_FLAGS, MAIN, 'run', ...words];
}
