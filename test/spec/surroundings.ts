// Surroundings: what a guest sees of where it runs, and programs that must not depend on it.

/** Everything that can be reached, in the order in which it can be read, with its attributes. */
export const SURVEY = `(args, power) => {
  const lines = [];
  const seen = new Set();
  const nameOf = (key) => (typeof key === 'symbol' ? '@@' + key.description : key);
  const visit = (thing, path) => {
    if (Object(thing) !== thing || seen.has(thing)) return;
    seen.add(thing);
    const own = Reflect.ownKeys(thing).map((key) => {
      const found = Object.getOwnPropertyDescriptor(thing, key);
      const value = 'value' in found ? (Object(found.value) === found.value ? typeof found.value : String(found.value)) : 'accessor';
      return nameOf(key) + '=' + value + (found.writable ? 'w' : '') + (found.enumerable ? 'e' : '') + (found.configurable ? 'c' : '');
    });
    lines.push(path + ' ' + typeof thing + ' ' + (Object.isFrozen(thing) ? 'frozen ' : '') + own.join(' ') +
      (typeof thing === 'function' ? ' ' + Function_toString.call(thing) : ''));
    for (const key of Reflect.ownKeys(thing)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(thing, key);
      visit(value, path + '.' + nameOf(key));
      visit(get, path + '.' + nameOf(key) + '<get>');
      visit(set, path + '.' + nameOf(key) + '<set>');
    }
    visit(Object.getPrototypeOf(thing), path + '.[[Prototype]]');
  };
  const Function_toString = Object.getPrototypeOf(Object).toString;
  const caught = (run) => { try { return run(); } catch (error) { return error; } };
  visit(globalThis, 'globalThis');
  const things = { power, args, fn: () => 1, method: { m() {} }.m, generator: function* () {}, running: (function* () {})(),
    klass: class A { static x = 1; }, callee: (function () { return arguments; })(), outer: arguments,
    array: [].values(), map: new Map().keys(), set: new Set().keys(), text: ''[Symbol.iterator](), match: 'x'.matchAll(/x/g),
    pattern: /x/dgimsuy, date: new Date(0), bound: (() => 1).bind(), boxed: Object(1n), symbol: Object(Symbol.for('x')),
    strings: ((s) => s)\`a\${1}b\`, proxy: new Proxy({}, {}), error: new Error('x', { cause: 1 }), many: new AggregateError([], 'x'),
    ours: caught(() => args.ref.sendOnly(1n)), remote: caught(() => args.ref.call()), code: caught(() => power.make_object(1)),
    late: caught(() => Q.call({})), data: caught(() => add(1, {})), engine: caught(() => null.x), range: caught(() => 'x'.repeat(-1)),
    deep: caught(() => { const down = () => down() + 1; return down(); }), clock: caught(() => Date.now()),
    chance: caught(() => Math.random()), made: power.make_object('() => 1'), hard: harden({}), added: add(power, {}),
    later: Q.promise(), each: Q.all([1]), unasked: caught(() => Q.when(1)), mistaken: caught(() => Q.first(1)) };
  for (const [name, thing] of Object.entries(things)) visit(thing, name);
  power.memory.lines = lines;
  power.memory.this = typeof this;
}`;

/** Programs by name: an expression of args \`n\` whose value must be the same everywhere. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  arithmetic:
    '[n / 3, n * 0.1, n % 0.7, n ** 5, -n % 3, n << 3, n >>> 1, ~n, 0.1 + 0.2, 1e21 + n, 5e-324, 2 ** 53 + 1]',
  rounding:
    '[1.5, 2.5, -1.5, -0.4, 1e300].map((x) => [Math.round(x), Math.trunc(x), Math.floor(x), Math.ceil(x), Math.sign(x)].map((y) => y + 0))',
  'exact functions':
    '[Math.sqrt(n), Math.fround(0.1), Math.imul(n, 1e9), Math.clz32(n), Math.abs(-n), Math.max(1, n), Math.min()].map(String)',
  'texts of numbers':
    '[(n / 7).toFixed(3), (n / 7).toPrecision(4), (1e21).toString(), (255).toString(16), (0.1).toString(3), (12345.678).toExponential(2), (1e-7).toString()]',
  'numbers of texts':
    "[parseFloat('1e-7x'), parseInt('0x1f'), Number('  12 '), Number('1_0') || 'nan', Number('0b11'), parseInt('9'.repeat(30))]",
  bigints:
    '[String(2n ** 100n), String(-7n / 2n), String(BigInt.asIntN(8, 255n)), (123456789n ** 5n).toString(36), String(BigInt(2 ** 60))]',
  'a stable sort':
    "Array.from({ length: 600 }, (_, k) => [k % 7, k]).sort((a, b) => a[0] - b[0]).map(([a, b]) => a + ':' + b).join()",
  'a sort without an order':
    'Array.from({ length: 40 }, (_, k) => k).sort((a, b) => ((a * 7 + b * 3) % 5) - 2).join()',
  'a sort of texts': "['b', 'a', 'B', 'ä', 'Z', 'z', '10', '9', '', 'a\\u0301'].sort()",
  'a sort by locale, tamed':
    "['b', 'a', 'B', 'ä', 'Z', 'z', '10', '9'].sort((a, b) => a.localeCompare(b))",
  'cases of letters':
    "['straße', 'İ', 'ΑΣ', 'ﬀ', 'ǆ'].map((x) => [x.toUpperCase(), x.toLowerCase(), x.toLocaleUpperCase('tr')])",
  normalization:
    "['e\\u0301', 'ﬁ', '\\u1e9b\\u0323', 'Å'].flatMap((x) => ['NFC', 'NFD', 'NFKC', 'NFKD'].map((form) => x.normalize(form)))",
  'pieces of texts':
    "['a-b--c'.split('-'), 'abc'.padStart(5, '*'), 'x'.repeat(3), ' a\\u00a0'.trim(), 'abc'.at(-1), [...'a😀b'].length, '😀'.codePointAt(0), 'aXbX'.replaceAll('X', (m, at) => m + at), 'a\\ud800'.isWellFormed(), 'a\\ud800'.toWellFormed()]",
  patterns:
    "['2026-11-22'.match(/(?<y>\\d+)-(?<m>\\d+)/).groups.y, 'aBc'.replace(/b/i, '[$&$`]'), 'a1b22'.split(/(\\d+)/), [...'aXbX'.matchAll(/X/g)].map((m) => m.index), /(?<!a)b/.test('ab'), /^\\p{Lu}+$/u.test('ÀÉ'), /[\\p{L}--[a-z]]/v.test('a'), 'ſ'.match(/s/iu)?.[0] ?? null, [.../(a*)*b/.exec('aab')]]",
  'dates of numbers':
    '[0, 1.7e12, -1, 8.64e15, 951782400000].map((t) => { const d = new Date(t); return [d.toISOString(), d.toString(), d.toUTCString(), d.toLocaleString(), d.getTimezoneOffset(), d.getDay(), d.getHours(), d.toJSON()]; })',
  'dates of texts':
    "['2026-11-22', '2026-11-22T01:02:03', '2026-11-22T01:02:03+05:30', '22 Nov 2026', 'Nov 22, 2026 1:02 PM', '2026/11/22', 'Sun, 22 Nov 2026 01:02:03 GMT', '+010000-01-01T00:00:00Z', 'x'].map((t) => String(Date.parse(t)))",
  'dates of parts':
    '[new Date(2020, 0, 31, 25).getTime(), Date.UTC(99, 0), new Date(2020, 6).toISOString(), new Date(0).setMonth(13)]',
  json: "[JSON.stringify({ b: 1, a: [undefined, () => 1, NaN, -0], 2: 1, 1: 2, u: '\\u2028\\ud800\\u0007' }), JSON.stringify([1, { a: 2 }], null, 2), JSON.parse('{\"a\":[1,{\"__proto__\":2}]}', (k, v) => (k === '0' ? 7 : v)).a[0], JSON.stringify('é😀')]",
  'order of keys':
    "Reflect.ownKeys({ b: 1, 2: 1, a: 1, 1: 1, [Symbol.iterator]: 1, '01': 1, '-1': 1, 4294967295: 1, 4294967294: 1 }).map(String)",
  'order of maps and sets':
    "[[...new Map([['b', 1], ['a', 2], ['b', 3]])], [...new Set([3, 1, 3, NaN, NaN, 0, -0])].map(String), (() => { const s = new Set([1, 2, 3]); const seen = []; for (const x of s) { seen.push(x); if (x === 1) { s.delete(2); s.add(2); } } return seen; })()]",
  arrays:
    "[[1, [2, [3, [4]]]].flat(2), [3, 1, 2].toSorted(), [1, 2, 3].with(1, 9), [1, 2, 3].toSpliced(1, 1), Array.from('abc'), [1, 2, 3].findLast((x) => x < 3), [, 1].includes(undefined), [5, 1, 10].sort(), [1, 2, 3].copyWithin(0, 1), Array.from({ length: 2 }, (_, k) => k)]",
  'texts of things':
    // biome-ignore lint/suspicious/noTemplateCurlyInString: code of a guest.
    "[String([1, [2]]), String({}), `${() => 1}`, String(Symbol('x')), Object.prototype.toString.call(new Map()), Object.prototype.toString.call((function () { return arguments; })()), String(new Error('x')), String(Math.max), String(class A { b() {} }), String(Q.call), String(harden), String(power.make_object)]",
  'texts in some locale, tamed':
    "[(1234567.891).toLocaleString(), new Date(0).toLocaleDateString('de'), (12n).toLocaleString(), [1.5, 'x'].toLocaleString('de'), 'I'.toLocaleLowerCase('tr'), 'a'.localeCompare('B', 'sv')]",
  generators: '[...(function* () { const got = yield n; yield* [1, 2]; return got; })()]',
  classes: 'new (class A { #x = n; static s = 1; get x() { return this.#x + A.s; } })().x',
  proxies:
    "Reflect.ownKeys(new Proxy({ a: 1 }, { ownKeys: () => ['a', 'z'], getOwnPropertyDescriptor: () => ({ value: 1, configurable: true, enumerable: true }) }))",
  'names of functions':
    '[(() => 1).name, (function () {}).name, class {}.name, { m() {} }.m.name, (() => 1).bind().name, Date.name, Error.name, RegExp.name, Symbol.name, Map.name, Q.call.name, ...Object.values(Q).map((each) => each.name + each.length), add.name, harden.name, power.make_object.name, args.ref.sendOnly.name]',
  'errors of ours':
    "[() => args.ref.sendOnly(NaN), () => args.ref.call(), () => Q.call({}), () => add(new Proxy({}, {}), {}), () => power.make_object('('), () => power.make_object('() => { debugger }'), () => power.make_object('() => 1', { a: () => 1 }), () => power.log(undefined)].map((run) => { try { return run(); } catch (error) { return [error.name, error.code, error.message]; } })",
  'promises of ours':
    "(() => { const { promise, resolver } = Q.promise(); const made = [promise, resolver, Q.all([promise]), Q.first([1]), Q.settled([]), Q.when(promise, { fulfilled: resolver }), promise.send(1)]; return [new Set(made).size, 'then' in promise, String(promise), JSON.stringify(made), Reflect.ownKeys(Object.getPrototypeOf(promise)).map(String), [() => promise.call(), () => Q.when(promise, () => 1), () => Q.all(promise), () => promise.send(1, { late: 1 }), () => promise.then(1)].map((run) => { try { return run(); } catch (error) { return [error.name, error.code ?? null, error.message]; } })]; })()",
  'what is missing':
    "[typeof Promise, typeof Intl, typeof WeakRef, typeof Iterator, typeof Temporal, typeof structuredClone, 'groupBy' in Object, 'union' in Set.prototype, 'rawJSON' in JSON, 'map' in [].values(), 'try' in Object, 'escape' in RegExp, 'isError' in Error, 'fromAsync' in Array, 'f16round' in Math, 'sumPrecise' in Math]",
  'the clock, chance and depth':
    "[() => Date.now(), () => new Date(), () => Date(), () => Math.random(), () => new Error('x').stack.length, () => Error.stackTraceLimit === undefined].map((run) => { try { return run(); } catch (error) { return error.name; } })",
};

/** One object for all programs: what each returned is in its memory. */
export function makeProgram(programs: Readonly<Record<string, string>>): string {
  const entries = Object.entries(programs).map(
    ([name, text]) => `memory[${JSON.stringify(name)}] = ${text};`,
  );
  return `(args, power) => { const { memory } = power; const { n } = args;\n${entries.join('\n')}\n args.ref.sendOnly(memory); power.make_object('(args, power) => power.memory', { memory }).call(); power.log(n); }`;
}
