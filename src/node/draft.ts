// Draft: what is being made, in a directory of its own beside its place, until it is whole.

import { mkdtempSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { QrtError } from '../core/errors.ts';
import { isNode } from './base-dir.ts';

/** Makes a directory beside `path`, with mode 0700. Throws QRT_DIR_UNUSABLE. */
export function makeDraft(path: string): string {
  try {
    return mkdtempSync(join(dirname(path), `.${basename(path)}-`));
  } catch (error) {
    throw unusable({ dir: dirname(path), reason: (error as Error).message, cause: error });
  }
}

/** Puts a draft in its place. Throws QRT_NODE_EXISTS, QRT_DIR_UNUSABLE. */
export function renameDraft({ draft, dir }: { draft: string; dir: string }): void {
  try {
    renameSync(draft, dir);
  } catch (error) {
    // Somebody was faster: a directory with something in it is never replaced.
    throw isNode(dir)
      ? new QrtError('QRT_NODE_EXISTS', { dir }, error)
      : unusable({ dir, reason: (error as Error).message, cause: error });
  }
}

interface Unusable {
  readonly dir: string;
  readonly reason: string;
  readonly cause?: unknown;
}

/** The error of a directory in which something cannot be made. */
export function unusable({ dir, reason, cause }: Unusable): QrtError {
  return new QrtError('QRT_DIR_UNUSABLE', { dir, reason }, cause);
}
