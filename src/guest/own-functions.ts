// Own functions: what a guest reads as the text of those that we give it, nothing.
//
// The text of a function says which version of qrt this is, and how it is made inside.

const NATIVE = '{ [native code] }';
const own = new WeakSet<object>();
const { apply, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;

/** Marks functions that guests get from us. They look like those of the engine. */
export function hideText(...functions: readonly unknown[]): void {
  for (const each of functions) own.add(each as object);
}

/** Marks every function that can be reached from these: all that there is before a guest runs. */
export function hideTextsBehind(roots: readonly unknown[]): void {
  const found = new Set(roots);
  // A Set goes on with what is added to it on the way.
  for (const next of found) {
    if ((typeof next !== 'object' || next === null) && typeof next !== 'function') continue;
    if (typeof next === 'function') hideText(next);
    found.add(getPrototypeOf(next));
    for (const key of ownKeys(next)) {
      const descriptor = getOwnPropertyDescriptor(next, key);
      found.add(descriptor?.value).add(descriptor?.get).add(descriptor?.set);
    }
  }
}

/** Makes `Function.prototype.toString` know them. MUST come before intrinsics are hardened. */
export function hideOwnTexts(): void {
  // biome-ignore lint/complexity/noBannedTypes: any function may come.
  const read: (this: Function) => string = Function.prototype.toString;
  const methods = {
    // As a method it is no constructor, like the one that it stands for.
    toString(this: unknown): string {
      const text = apply(read, this, []);
      return own.has(this as object) && !text.endsWith(NATIVE) ? `function () ${NATIVE}` : text;
    },
  };
  Object.defineProperty(Function.prototype, 'toString', { value: methods.toString });
  hideText(methods.toString);
}
