// Date texts: the texts of dates without the language of this machine, in which engines name a zone.

const NAMES = ['toString', 'toTimeString', 'toLocaleString', 'toLocaleTimeString'] as const;
/** The zone is always this one: see lockdown. */
const ZONE = '(Coordinated Universal Time)';
const { apply } = Reflect;

/** Puts them in place of the engine's. MUST come before intrinsics are hardened. */
export function levelDateTexts(): void {
  for (const name of NAMES) {
    const engine: (this: unknown) => string = Date.prototype[name];
    const methods = {
      // Named as the one that it stands for, and no constructor either.
      [name](this: unknown): string {
        const text = apply(engine, this, []);
        const at = text.indexOf('(');
        return at < 0 ? text : text.slice(0, at) + ZONE;
      },
    };
    Object.defineProperty(Date.prototype, name, { value: methods[name] });
  }
}
