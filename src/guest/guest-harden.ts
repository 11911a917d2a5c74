// Guest harden: freezes what a guest gives it and all that is reachable from there.
//
// SES's own `harden` would also freeze the live memory that hangs below every power, and with it
// the rest of the turn; this one stops there. It leaves nothing behind that a later turn can see.

/** A `harden` for guests that leaves alone what `isSpared`. */
export function makeGuestHarden(isSpared: (value: object) => boolean): (value: unknown) => unknown {
  const known = new WeakSet<object>();

  return Object.freeze((value: unknown): unknown => {
    const found = new Set<object>();
    const note = (next: unknown): void => {
      if (!isObject(next) || known.has(next) || isSpared(next)) return;
      found.add(next);
    };
    note(value);
    // A Set goes on with what is added to it on the way.
    for (const next of found) {
      Object.freeze(next);
      note(Reflect.getPrototypeOf(next));
      for (const key of Reflect.ownKeys(next)) {
        const descriptor = Reflect.getOwnPropertyDescriptor(next, key);
        if (descriptor === undefined) continue;
        note(descriptor.value);
        note(descriptor.get);
        note(descriptor.set);
      }
    }
    // Only now: a proxy or the end of the stack may have stopped it half-way.
    for (const next of found) known.add(next);
    return value;
  });
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
