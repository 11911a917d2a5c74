import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isThorough } from '../thorough.ts';
import { type Kit, startKit } from './kit.ts';

/** Attempts to keep a count outside of memory: each returns what it finds from earlier turns. */
const KEEPERS: Record<string, string> = {
  'a property of the function': `function keeper() {
    const before = keeper.n; try { keeper.n = (before ?? 0) + 1; } catch {} return before; }`,
  'the prototype of the function': `function keeper() {
    const before = keeper.prototype.n; try { keeper.prototype.n = 1; } catch {} return before; }`,
  'its own name': `function keeper() {
    const before = typeof keeper; try { keeper = 1; } catch {} return before === 'function' ? undefined : before; }`,
  'a global': `() => { const before = globalThis.n; try { globalThis.n = 1; } catch {}
    try { undeclared = 1; } catch {} return before ?? (typeof undeclared === 'undefined' ? undefined : 1); }`,
  'a global by defineProperty': `() => { const before = globalThis.n;
    try { Object.defineProperty(globalThis, 'n', { value: 1, configurable: true }); } catch {} return before; }`,
  'a replaced global': `() => { const before = Q.kept ?? add.kept ?? harden.kept;
    for (const thing of [Q, add, harden, Q.call, Q.when]) { try { thing.kept = 1; } catch {} }
    try { Q = { kept: 1 }; } catch {} try { globalThis.Q = { kept: 1 }; } catch {} return before; }`,
  'Object.prototype': `() => { const before = ({}).kept;
    try { Object.prototype.kept = 1; } catch {} try { ({}).__proto__.kept = 1; } catch {} return before; }`,
  'the prototype of functions': `() => { const before = (() => 1).kept;
    try { Object.getPrototypeOf(() => 1).kept = 1; } catch {} return before; }`,
  'hidden prototypes': `() => { let before;
    for (const thing of [[][Symbol.iterator](), new Map().entries(), 'x'.matchAll(/x/g), (function* () {})(),
      Object.getPrototypeOf(function* () {}), /x/, new Error(), 1n, Symbol.iterator, new Proxy({}, {})]) {
      const prototype = Object.getPrototypeOf(thing);
      before ??= prototype.kept;
      try { prototype.kept = 1; } catch {}
    } return before; }`,
  'an accessor on a prototype': `() => { const before = ({}).kept;
    try { Object.defineProperty(Object.prototype, 'kept', { get: () => 1 }); } catch {} return before; }`,
  'an own property of every intrinsic': `() => { let before; const seen = new Set();
    const visit = (thing) => { if (Object(thing) !== thing || seen.has(thing)) return; seen.add(thing);
      before ??= Object.getOwnPropertyDescriptor(thing, 'kept')?.value;
      try { thing.kept = 1; } catch {}
      for (const key of Reflect.ownKeys(thing)) {
        const found = Object.getOwnPropertyDescriptor(thing, key);
        visit(found.value); visit(found.get); visit(found.set); }
      visit(Object.getPrototypeOf(thing)); };
    visit(globalThis); return before; }`,
  'the strings of a tagged template': `() => { const tag = (strings) => strings;
    const strings = tag\`x\`; const before = strings.kept ?? strings.raw.kept;
    for (const thing of [strings, strings.raw]) { try { thing.kept = 1; } catch {} try { thing.push(1); } catch {} }
    return before ?? (strings.length === 1 && strings.raw.length === 1 ? undefined : strings.length); }`,
  'a WeakMap on the strings of a tagged template': `() => { const tag = (strings) => strings;
    const map = new WeakMap(); const key = tag\`x\`; const before = map.get(key); map.set(key, 1); return before; }`,
  'the registry of symbols': `() => { const key = ['kept', 'of', 'symbols'].join(' ');
    const fresh = Symbol(key); const before = Symbol.keyFor(fresh); const made = Symbol.for(key);
    return before ?? (Symbol.for(key) === made && Symbol.keyFor(made) === key ? undefined : 'no registry'); }`,
  'the stacks of frozen things': `() => { const { get, set } = Object.getOwnPropertyDescriptor(new Error('x'), 'stack');
    if (set === undefined) return undefined;
    let before; for (const thing of [Error, Error.prototype, TypeError.prototype, Object.prototype, Object, Q, set, globalThis]) {
      before ??= get.call(thing); try { set.call(thing, 'kept'); } catch {} }
    return before === 'kept' ? before : undefined; }`,
  'Symbol.for': `() => { const symbol = Symbol.for('kept'); let before;
    for (const thing of [Symbol, symbol, Object(symbol)]) { before ??= thing.kept; try { thing.kept = 1; } catch {} }
    return before; }`,
  'a default argument': `function keeper(args, power, ...rest) {
    return ((box = { n: 0 }) => { const before = box.n; box.n += 1; return before || undefined; })(); }`,
  'the arguments of whatever evaluates it': `() => { const before = arguments.kept ?? arguments[0];
    try { arguments.kept = 1; } catch {} try { arguments[0] = 1; } catch {} return before; }`,
  'a literal object': `() => { const box = { list: [] }; const before = box.list[0]; box.list.push(1); return before; }`,
  'a literal regular expression': `() => { const pattern = /x/g; const before = pattern.lastIndex; pattern.test('xx');
    pattern.kept = 1; return before || undefined; }`,
  'the statics of RegExp': `() => { const before = RegExp.$1 ?? RegExp.lastMatch ?? RegExp.input; /(x)/.exec('x'); return before; }`,
  'a static field': `() => { class Box { static n = 0; } const before = Box.n; Box.n += 1; return before || undefined; }`,
  'a generator that stopped half-way': `() => { const count = (function* () { let n = 0; for (;;) yield n++; })();
    const before = count.next().value; count.next(); return before || undefined; }`,
  'the stack traces of errors': `() => { const before = Error.stackTraceLimit ?? Error.prepareStackTrace;
    try { Error.stackTraceLimit = 77; } catch {} try { Error.prepareStackTrace = () => 'kept'; } catch {}
    const stack = new Error('x').stack; return stack === 'kept' || before === 77 ? 'kept' : undefined; }`,
  'the args': `(args) => { const before = args.kept; args.kept = 1; return before; }`,
  'the power': `(args, power) => { const before = power.kept; try { power.kept = 1; } catch {} return before; }`,
  'static data': `(args, { data }) => { const before = data.list.kept ?? data.list[1];
    try { data.list.push(1); } catch {} try { data.list.kept = 1; } catch {} return before; }`,
  'a native power': `(args, { make_object }) => { const before = make_object.kept;
    try { make_object.kept = 1; } catch {} return before; }`,
  'a reference': `({ ref }) => { const before = ref.kept; try { ref.kept = 1; } catch {}
    try { Object.getPrototypeOf(ref).kept = 1; } catch {} return before ?? ({}).kept; }`,
  'a promise or resolver': `({ ref }) => { const made = Q.promise(); const { promise, resolver } = made;
    const before = promise.kept ?? resolver.kept ?? made.kept;
    for (const thing of [made, promise, resolver, Q.all([promise])]) { try { thing.kept = 1; } catch {} }
    return before; }`,
  'a property of memory that is not stored': `(args, { memory }) => { const before = memory[Symbol.iterator];
    try { Object.setPrototypeOf(memory, { kept: 1 }); Object.setPrototypeOf(memory, Object.prototype); } catch {}
    return before ?? memory.kept; }`,
};

describe('confinement', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());

  describe('Q12 X7 nothing is kept between turns', () => {
    it.each(Object.entries(KEEPERS))('in %s', async (_name, keeper) => {
      const code = `(args, power) => {
        const found = (${keeper})(args, power);
        if (found !== undefined) power.memory.found = String(found);
      }`;
      const object = kit.install(code, { data: { data: { list: [0] } } });
      const turns = Array.from({ length: 20 }, () =>
        kit.done(object, { ref: { $: 0 } }, { slots: ['i1'] }),
      );
      await Promise.all(turns);
      expect(kit.memory(object)).toEqual({});
    });

    it('in many turns of all of them together, under one function', async () => {
      // The walk over all intrinsics alone would take most of a minute.
      const quick = Object.entries(KEEPERS).filter(([name]) => !name.includes('every intrinsic'));
      const list = quick.map(([, keeper]) => `(${keeper})`);
      const code = `(args, power) => {
        for (const keeper of [${list.join(',\n')}]) {
          // Args of its own for each: within one turn they may find what another kept.
          const found = keeper({ ref: args.ref }, power);
          if (found !== undefined) power.memory.found = String(found) + ' by ' + keeper;
        }
      }`;
      const object = kit.install(code, { data: { data: { list: [0] } } });
      for (let batch = 0; batch < (isThorough ? 50 : 10); batch += 1) {
        const turns = Array.from({ length: 20 }, () =>
          kit.turn(object, { ref: { $: 0 } }, { slots: ['i1'] }),
        );
        for (const { status } of await Promise.all(turns)) expect(status).toBe('done');
      }
      expect(kit.memory(object)).toEqual({});
    });
  });

  describe('Q15 the host cannot be reached by', () => {
    const ATTACKS: Record<string, string> = {
      'the constructor of functions': `(() => 1).constructor('return process')()`,
      'the constructor of generators': `(function* () {}).constructor('return 1')`,
      'the constructor of a native power': `power.make_object.constructor('return process')()`,
      'the constructor of a reference': `new args.ref.constructor('o1.0').sendOnly(1)`,
      'the constructor of the method of a reference': `args.ref.sendOnly.constructor('return process')()`,
      process: 'process.version',
      require: `require('fs')`,
      module: 'module.exports',
      Buffer: 'Buffer.from("x")',
      fetch: 'fetch("http://127.0.0.1")',
      'indirect eval': '(0, globalThis.eval)("1")',
      Function: 'Function("return 1")()',
      Compartment: 'new Compartment()',
      lockdown: 'lockdown()',
      'the harden of SES': 'Object[Symbol.for("harden")](power)',
      'the harden of SES among all symbols':
        'Object.getOwnPropertySymbols(Object).map((key) => Object[key](power)).at(0).x',
      'a promise': 'Promise.resolve(1)',
      'the constructor of a promise of ours': `new (Q.promise().promise.constructor)('p1.0').send(1)`,
      'waiting for a promise of ours': `Q.promise().promise.then(() => 1)`,
      'the class of promises by Array.fromAsync': 'Array.fromAsync([]).constructor.resolve()',
      'a timer': 'setTimeout(() => 1)',
      'a microtask': 'queueMicrotask(() => 1)',
      structuredClone: 'structuredClone({})',
      'a typed array': 'new Uint8Array(8)',
      'an array buffer': 'new ArrayBuffer(8)',
      'shared memory': 'new SharedArrayBuffer(8)',
      WebAssembly: 'new WebAssembly.Memory({ initial: 1 })',
      WeakRef: 'new WeakRef({})',
      TextEncoder: 'new TextEncoder()',
      Intl: 'Intl.DateTimeFormat()',
      console: 'console.log(1)',
      'the clock': 'Date.now()',
      'the clock by a new date': 'new Date()',
      'the clock by Date as a function': 'Date()',
      chance: 'Math.random()',
      'the caller of a function': '(function f() { return f.caller.caller; })()',
      'arguments.callee': '(function () { return arguments.callee.caller; })()',
      'capturing a stack': 'Error.captureStackTrace({}).stack.x',
    };
    it.each(Object.entries(ATTACKS))('%s', async (_name, attack) => {
      const object = kit.install(`(args, power) => { ${attack}; }`);
      const { name, code } = await kit.failed(object, { ref: { $: 0 } }, { slots: ['i1'] });
      expect(['TypeError', 'ReferenceError', 'EvalError', 'Error']).toContain(name);
      expect(code).toBeUndefined();
    });

    it('the text of its functions', async () => {
      const object = kit.install(`(args, power) => {
        const { send, sendOnly, call } = args.ref;
        const ours = [...Object.values(Q), add, harden, send, sendOnly, call, power.make_object, Symbol.for, Date, Date.prototype.toString];
        power.memory.texts = [...new Set(ours.map(String).map((text) => text.replace(/^function \\w*/, 'function ')))];
        power.memory.mine = String((a) => a + 1);
      }`);
      await kit.done(object, { ref: { $: 0 } }, { slots: ['i1'] });
      expect(kit.memory(object)).toEqual({
        texts: ['function () { [native code] }'],
        mine: '(a) => a + 1',
      });
    });

    it('its errors: no stack, no path, and no property but name, code and message', async () => {
      const object = kit.install(`(args, power) => {
        const attempts = [() => null.x, () => args.ref.sendOnly(1n), () => power.make_object('('), () => { throw Error('mine'); }];
        power.memory.seen = attempts.map((attempt) => {
          try { attempt(); } catch (error) {
            return { keys: Reflect.ownKeys(error).sort(), stack: error.stack ?? '', cause: error.cause ?? null,
              isError: error instanceof Error, frozen: Object.isFrozen(error) };
          }
        });
      }`);
      await kit.done(object, { ref: { $: 0 } }, { slots: ['i1'] });
      const { seen } = kit.memory(object) as { seen: Record<string, unknown>[] };
      expect(seen.map(({ stack }) => stack)).toEqual(['', '', '', '']);
      expect(seen.slice(1, 3)).toEqual(
        Array(2).fill({
          keys: ['code', 'message', 'name'],
          stack: '',
          cause: null,
          isError: true,
          frozen: true,
        }),
      );
    });

    it('no text that a guest can make holds an id or a path of the host', async () => {
      const object = kit.install(`(args, power) => {
        const texts = [];
        const seen = new Set();
        const visit = (thing) => {
          if (typeof thing === 'string') texts.push(thing);
          if (Object(thing) !== thing || seen.has(thing)) return;
          seen.add(thing);
          try { texts.push(String(thing), JSON.stringify(thing) ?? ''); } catch (error) { texts.push(String(error.stack)); }
          for (const key of Reflect.ownKeys(thing)) { visit(String(key)); try { visit(thing[key]); } catch (error) { visit(error); } }
          visit(Object.getPrototypeOf(thing));
        };
        try { args.ref.call(1); } catch (error) { visit(error); }
        try { args.local.call(1); } catch (error) { visit(error); }
        const { promise, resolver } = Q.promise();
        for (const made of [promise, resolver, args.local.send(1), Q.all([promise])]) visit(made);
        for (const attempt of [() => promise.call(), () => Q.when(1), () => Q.all(1), () => Q.send()]) {
          try { attempt(); } catch (error) { visit(error); }
        }
        visit(args); visit(power); visit(Q); visit(globalThis);
        const text = texts.join(' ');
        power.memory.leaks = [/\\b[oimps][0-9]+/, /dist.guest/, /node:internal/, /file:/].filter((p) => p.test(text)).map(String);
        power.memory.length = text.length > 1000;
      }`);
      const args = { ref: { $: 0 }, local: { $: 1 } };
      await kit.done(object, args, { slots: ['i123', 'o99.9'] });
      expect(kit.memory(object)).toEqual({ leaks: [], length: true });
    });
  });

  it('what a turn registers as a symbol does not stay and fill the worker', async () => {
    const object = kit.install(`(n) => {
      for (let k = 0; k < 40; k += 1) Symbol.for('x'.repeat(1e5) + n + ' ' + k);
    }`);
    for (let n = 0; n < 60; n += 1) await kit.done(object, n);
  });
});
