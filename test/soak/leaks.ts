// Leaks: bugs that can be planted in the program under a soak, to see that it finds them.

import type { Edit } from '../system/kill-copy.ts';

/** What a node keeps for nobody, by name. */
export const LEAKS = {
  /** Each message that was ever stored stays in memory, too. */
  'keep-messages': [
    {
      file: 'dist/store/inbox.js',
      find: /insertInbox: \(row\) => void insert\.run\(/g,
      replace: 'insertInbox: (row) => ((globalThis.kept ??= []).push(row), insert).run(',
    },
  ],
  /** A file is opened with each reply to a box, and never closed. */
  'keep-descriptors': [
    {
      file: 'dist/transport/listener.js',
      find: /const reply = waiting\.take\(ticket\);/g,
      replace:
        "const reply = waiting.take(ticket); process.getBuiltinModule('node:fs').openSync('/dev/null');",
    },
  ],
} as const satisfies Readonly<Record<string, readonly Edit[]>>;

/** The name of one of them. */
export type LeakName = keyof typeof LEAKS;
