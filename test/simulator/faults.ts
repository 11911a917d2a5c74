// Faults: the book of what went wrong in a run, and which of it a repeated run leaves out.

/** What becomes of a run when it is told to have only some of its faults. */
export interface Faults {
  /** Whether faults fall at this time. */
  isOn(): boolean;
  setOn(isOn: boolean): void;
  /** Whether the fault of that id shall happen. */
  allows(id: string): boolean;
  /** It happened. */
  note(kind: string, id: string): void;
  /** Ids of those that happened, in order. */
  readonly happened: readonly string[];
  /** The same for people. */
  readonly story: readonly string[];
  /** How many of each kind. */
  readonly counts: ReadonlyMap<string, number>;
}

/** All faults, or those in `only`. */
export function makeFaults(only?: ReadonlySet<string>): Faults {
  const happened: string[] = [];
  const story: string[] = [];
  const counts = new Map<string, number>();
  let isOn = false;
  return Object.freeze({
    isOn: () => isOn,
    setOn(next: boolean) {
      isOn = next;
    },
    allows: (id: string) => only === undefined || only.has(id),
    note(kind: string, id: string) {
      happened.push(id);
      story.push(`${id} ${kind}`);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    },
    happened,
    story,
    counts,
  });
}
