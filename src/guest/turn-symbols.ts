// Turn symbols: `Symbol.for` and `Symbol.keyFor` with a registry of their own for each turn.
//
// The engine never lets go of a key that was registered: guests could fill the worker with them,
// over many turns, until it ends in the turn of another. No symbol outlives its turn in any other
// way, so a guest cannot tell the difference.

let symbols = new Map<string, symbol>();
let keys = new Map<symbol, string>();

const METHODS = {
  for(key: unknown): symbol {
    // May run code of the guest, as that of the engine would: nothing is held open here.
    const text = `${key as string}`;
    const known = symbols.get(text);
    if (known !== undefined) return known;
    const made = Symbol(text);
    symbols.set(text, made);
    keys.set(made, text);
    return made;
  },
  keyFor(symbol: unknown): string | undefined {
    if (typeof symbol !== 'symbol') throw new TypeError('That is not a symbol');
    return keys.get(symbol);
  },
};

/** Puts them in place of the engine's. MUST come before intrinsics are hardened. */
export function replaceSymbolRegistry(shared: object): void {
  for (const name of ['for', 'keyFor'] as const) {
    Object.defineProperty(shared, name, { value: METHODS[name] });
  }
}

/** Begins a new registry. MUST be called between turns. */
export function forgetSymbols(): void {
  if (symbols.size === 0) return;
  symbols = new Map();
  keys = new Map();
}
