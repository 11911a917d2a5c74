// Live input: what a program hands over as values, where a person at the command line types text.

/** Where an object's code comes from, and what the object is given. */
export interface LiveInstall {
  /** A file, a folder with `main.js`, or the name of a guest that ships with qrt. */
  readonly path?: string;
  /** The text of one function, instead of a path. */
  readonly code?: string;
  /** For people: what log and errors call it; without, the file's name. */
  readonly name?: string;
  /** Static data and references: `{ depth: 3, server: counter }`. */
  readonly power?: Readonly<Record<string, unknown>>;
  /** Native powers beside `make_object`, which comes without asking: `['log']`. */
  readonly grants?: readonly string[];
}

/** A value, and how it is called in errors. */
export interface LiveValue {
  readonly what: string;
  readonly value: unknown;
  readonly bytesMax: number;
}
