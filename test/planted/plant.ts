// Plant: a bug that is put into a copy of the tree to see that a test notices it.

/** A change of one source file: `find` MUST occur in it exactly once. */
interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Plant {
  readonly name: string;
  /** The promise that it breaks. */
  readonly breaks: 'Confined' | 'Atomic' | 'Once';
  /** What is wrong with it, for people. */
  readonly what: string;
  readonly edits: readonly Edit[];
  /** The test that notices it when it is run alone: its file, and a part of its name. */
  readonly test: { readonly file: string; readonly name: string };
}

/** `text` of `edit.file` with the bug in it. Throws when it does not apply. */
export function applyEdit(text: string, edit: Edit): string {
  const parts = text.split(edit.find);
  if (parts.length === 2) return parts.join(edit.replace);
  throw new Error(`${edit.file} has ${parts.length - 1} places for a planted bug, not one`);
}
