// Order: what a test asks for is done in the order of its calls, one after another.
//
// A vat that nobody waits for keeps no process alive; while something is being done, this does.

export interface Order {
  /** Runs `work` when all that was added before is done, and settles as it does. */
  add<T>(work: () => Promise<T>): Promise<T>;
  /** Runs `work` at once, whatever else is being done. */
  now<T>(work: () => Promise<T>): Promise<T>;
}

const HOUR_MS = 3_600_000;

export function makeOrder(): Order {
  let last: Promise<unknown> = Promise.resolve();
  return Object.freeze({
    add<T>(work: () => Promise<T>): Promise<T> {
      const next = hold(last.then(work));
      // Whoever called has the failure; what comes after it goes on.
      last = next.catch(() => undefined);
      return next;
    },
    now: <T>(work: () => Promise<T>): Promise<T> => hold(work()),
  });
}

/** Keeps the process until the work is done: none of a test vat's own parts does. */
function hold<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, HOUR_MS);
  return work.finally(() => clearInterval(timer));
}
