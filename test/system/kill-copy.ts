// Build copy: the compiled program in a directory of its own, so that its processes can be told
// from all others of this machine, stays as it is, and can have a bug planted in it.

import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One change of a compiled file: what `find` matches becomes `replace`. */
export interface Edit {
  readonly file: string;
  readonly find: RegExp;
  readonly replace: string;
}

/** Bugs that a test plants, and the kill harness must catch. */
export const PLANTS = {
  /** A box's receipt leaves at once, and its commit comes with that of the next 64 turns. */
  'receipt-before-commit': [
    {
      file: 'dist/kernel/transaction.js',
      find: /release\(output\) \{\s+if \(openedMs === undefined\)\s+emit\(output\);\s+else\s+held\.push\(output\);\s+\}/g,
      replace: 'release(output) { emit(output); }',
    },
    {
      file: 'dist/kernel/transaction.js',
      find: /return clock\.monotonicMs\(\) >= openedMs \+ COMMIT_WAIT_MS_MAX;/g,
      replace: 'return false;',
    },
  ],
  /** The worker keeps what a turn that threw did to its memory. */
  'forget-rollback': [
    {
      file: 'dist/guest/worker.cjs',
      find: /(?=return \{ type: "outcome", turn: frame\.turn, status: "failed", failure: describe\()/g,
      replace:
        'for (const live of turn.memories.values()) loader.learnMemory(live.id, encodeMemory(turn, live));',
    },
  ],
} as const satisfies Readonly<Record<string, readonly Edit[]>>;

/** The name of one of them. */
export type PlantName = keyof typeof PLANTS;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface CopyOptions {
  readonly dir: string;
  /** A bug to plant. */
  readonly edits?: readonly Edit[] | undefined;
}

/** Copies the build into `dir`; returns the path of its `qrt`. */
export function copyBuild({ dir, edits = [] }: CopyOptions): string {
  for (const name of ['bin', 'dist', 'vats', 'package.json']) {
    cpSync(join(ROOT, name), join(dir, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  for (const edit of edits) sow(dir, edit);
  return join(dir, 'bin', 'qrt');
}

function sow(dir: string, { file, find, replace }: Edit): void {
  const path = join(dir, file);
  const text = readFileSync(path, 'utf8');
  const found = [...text.matchAll(find)].length;
  if (found !== 1) throw new Error(`the place for a planted bug occurs ${found} times in ${file}`);
  writeFileSync(path, text.replace(find, replace));
}
