// Hoarders: each tries to keep something outside of memory, and returns what an earlier turn left.
//
// They get `(args, power, self)`, where `self` is the function of the object that runs them.

export const HOARDERS: Readonly<Record<string, string>> = {
  'a property of its function': `(args, power, self) => {
    const before = self.count; try { self.count = 1; } catch {}
    try { Object.defineProperty(self, 'count', { value: 1 }); } catch {} return before; }`,
  'the prototype of its function': `(args, power, self) => {
    const before = self.prototype.count; try { self.prototype.count = 1; } catch {}
    try { self.prototype = { count: 1 }; } catch {} return before; }`,
  'the prototype chain of its function': `(args, power, self) => {
    const before = Object.getPrototypeOf(self).count ?? self.count;
    try { Object.setPrototypeOf(self, { count: 1 }); } catch {} return before; }`,
  'a variable that nobody declared': `() => {
    const before = typeof leaked === 'undefined' ? undefined : leaked; try { leaked = 1; } catch {} return before; }`,
  'the global object': `() => {
    const before = globalThis.count; try { globalThis.count = 1; } catch {}
    try { Object.defineProperty(globalThis, 'count', { value: 1 }); } catch {}
    try { Object.setPrototypeOf(globalThis, { count: 1 }); } catch {} return before; }`,
  'globals that are functions': `() => { let before;
    for (const name of ['Q', 'add', 'harden', 'parseInt', 'Math', 'JSON', 'Reflect', 'Symbol', 'Map', 'Error']) {
      before ??= globalThis[name].count; try { globalThis[name].count = 1; } catch {}
      const real = globalThis[name]; try { globalThis[name] = { count: 1 }; } catch {}
      if (globalThis[name] !== real) before ??= name; } return before; }`,
  'prototypes of every literal': `() => { let before;
    const things = [{}, [], '', 1, true, 1n, Symbol.iterator, /x/, () => 1, function* () {}, (function* () {})(), new Error(),
      new Map(), new Set(), new WeakMap(), new WeakSet(), [].values(), new Map().keys(), new Set().keys(), ''[Symbol.iterator](),
      'x'.matchAll(/x/g), new Date(0), (function () { return arguments; })(), new Proxy({}, {})];
    for (const thing of things) for (let at = Object.getPrototypeOf(thing); at; at = Object.getPrototypeOf(at)) {
      before ??= Object.getOwnPropertyDescriptor(at, 'count')?.value; try { at.count = 1; } catch {}
      try { Object.defineProperty(at, 'count', { value: 1, configurable: true }); } catch {} }
    return before; }`,
  'an accessor on a prototype': `() => { const before = [].secret;
    try { Object.prototype.__defineGetter__.call(Array.prototype, 'secret', () => 1); } catch {} return before; }`,
  'the strings of a tagged template': `() => { const strings = ((s) => s)\`mark\`; const before = strings.count ?? strings.raw.count;
    for (const each of [strings, strings.raw]) { try { each.count = 1; } catch {} try { each[0] = 'x'; } catch {} }
    return before ?? (strings[0] === 'mark' ? undefined : strings[0]); }`,
  'a map from the strings of a tagged template': `() => { const key = ((s) => s)\`mark\`; const map = new WeakMap();
    const before = map.get(key); map.set(key, 1); return before; }`,
  'the registry of symbols': `() => { const symbol = Symbol.for('count'); let before;
    for (const each of [Symbol, Object(symbol), Symbol.prototype]) { before ??= each.count ?? each[symbol]; try { each[symbol] = 1; } catch {} }
    return before ?? globalThis[symbol]; }`,
  'default arguments': `() => { const take = (box = { count: 0 }, { list = [] } = {}) => { const before = box.count || list[0];
      box.count += 1; list.push(1); return before || undefined; }; return take(); }`,
  'literals of objects, arrays and patterns': `() => { const box = { list: [0] }; const pattern = /x/g;
    const before = box.list[1] ?? box.count ?? pattern.count ?? (pattern.lastIndex || undefined);
    box.list.push(1); box.count = 1; pattern.test('xx'); pattern.count = 1; return before; }`,
  'what patterns remember': `() => { const before = RegExp.$1 ?? RegExp.lastMatch ?? RegExp.input ?? RegExp['$&']; /(x)/.exec('x'); return before; }`,
  'static fields and private names': `() => { class Box { static #n = 0; static up() { return Box.#n++; } } return Box.up() || undefined; }`,
  generators: `() => { const count = (function* () { for (let n = 0; ; n += 1) yield n; })();
    const before = count.next().value; count.next(); const shared = Object.getPrototypeOf(count);
    const kept = shared.count; try { shared.count = 1; } catch {} return before || kept; }`,
  'settings of errors': `() => { const before = Error.stackTraceLimit === 77 ? 77 : undefined;
    try { Error.stackTraceLimit = 77; } catch {} try { Error.prepareStackTrace = () => 'kept'; } catch {}
    return before ?? (new Error('x').stack === 'kept' ? 'kept' : undefined); }`,
  'an error that the host gave': `(args) => { try { args.ref.sendOnly(1n); } catch (error) {
    const before = error.count; try { error.count = 1; } catch {}
    try { Object.getPrototypeOf(error).count = 1; } catch {} return before ?? new Error().count; } return 'nothing thrown'; }`,
  args: `(args) => { const before = args.count; args.count = 1; return before; }`,
  power: `(args, power) => { const before = power.count; try { power.count = 1; } catch {} return before; }`,
  'a native power': `(args, { make_object }) => { const before = make_object.count;
    try { make_object.count = 1; } catch {} try { make_object.prototype = { count: 1 }; } catch {} return before; }`,
  'a reference': `({ ref }) => { const before = ref.count ?? ref.sendOnly.count; for (const each of [ref, ref.sendOnly, Object.getPrototypeOf(ref)]) {
    try { each.count = 1; } catch {} try { Object.defineProperty(each, 'count', { value: 1 }); } catch {} } return before ?? ref.count; }`,
  'a map from a reference': `({ ref }) => { const map = new WeakMap(); const before = map.get(ref); map.set(ref, 1); return before; }`,
  'what memory does not carry': `(args, { memory }) => { const symbol = Symbol.for('count'); const before = memory[symbol] ?? memory.count;
    memory[symbol] = 1; delete memory[symbol]; Object.defineProperty(memory, 'count', { value: 1, configurable: true });
    delete memory.count; return before; }`,
  'numbers, dates and texts of the language': `() => { let before;
    for (const each of [Number, Date, String, Boolean, BigInt, Proxy, Object, Array, Function ?? 0].filter(Boolean)) {
      before ??= each.count; try { each.count = 1; } catch {} } return before; }`.replace(
    ', Function ?? 0',
    '',
  ),
  harden: `() => { const box = harden({ list: [1] }); const before = box.count; try { box.count = 1; } catch {}
    try { harden.known = 1; } catch {} return before ?? harden.known; }`,
  'what add returns': `(args, power) => { const made = add({ memory: power.memory }, { x: 1 }); const before = made.count ?? add.count;
    try { made.count = 1; } catch {} try { add.count = 1; } catch {} try { add.prototype.count = 1; } catch {} return before ?? add.prototype?.count; }`,
};
