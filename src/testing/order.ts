// Order: what a test asks for is done in the order of its calls, one after another.
//
// A vat that nobody waits for keeps no process alive; while something is being done, this does.

export interface Order {
  /** Runs `work` when all that was added before is done, and settles as it does. */
  add<T>(work: () => Promise<T>): Promise<T>;
}

const HOUR_MS = 3_600_000;

export function makeOrder(): Order {
  let last: Promise<unknown> = Promise.resolve();
  return Object.freeze({
    add<T>(work: () => Promise<T>): Promise<T> {
      const hold = setInterval(() => undefined, HOUR_MS);
      const next = last.then(work).finally(() => clearInterval(hold));
      // Whoever called has the failure; what comes after it goes on.
      last = next.catch(() => undefined);
      return next;
    },
  });
}
