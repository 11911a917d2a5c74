// Agenda: what is to happen in a world and when; of two things at one moment the older goes first.

/** Something that is to happen. */
export interface Plan {
  readonly atMs: number;
  readonly run: () => void;
  /** Position in the order in which plans were made. */
  readonly number: number;
  isOff: boolean;
}

export interface Agenda {
  add(atMs: number, run: () => void): Plan;
  /** It will not happen. */
  cancel(plan: Plan): void;
  /** When the next thing happens; undefined when nothing does. */
  nextMs(): number | undefined;
  /** Takes the next thing out. */
  take(): Plan | undefined;
}

/** An empty agenda: a binary heap. */
export function makeAgenda(): Agenda {
  const heap: Plan[] = [];
  let made = 0;

  const isBefore = (a: Plan, b: Plan): boolean =>
    a.atMs < b.atMs || (a.atMs === b.atMs && a.number < b.number);

  const rise = (plan: Plan): void => {
    let at = heap.length;
    heap.push(plan);
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!isBefore(plan, heap[up]!)) break;
      heap[at] = heap[up]!;
      at = up;
    }
    heap[at] = plan;
  };

  const sink = (plan: Plan): void => {
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && isBefore(heap[down + 1]!, heap[down]!)) down += 1;
      if (!isBefore(heap[down]!, plan)) break;
      heap[at] = heap[down]!;
      at = down;
    }
    heap[at] = plan;
  };

  const pop = (): Plan | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) sink(last);
    return first;
  };

  const clean = (): void => {
    while (heap[0]?.isOff) pop();
  };

  return Object.freeze({
    add(atMs: number, run: () => void): Plan {
      made += 1;
      const plan = { atMs, run, number: made, isOff: false };
      rise(plan);
      return plan;
    },
    cancel(plan: Plan) {
      plan.isOff = true;
    },
    nextMs() {
      clean();
      return heap[0]?.atMs;
    },
    take() {
      clean();
      return pop();
    },
  });
}
