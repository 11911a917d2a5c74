// Probe: a guest that walks over everything it can reach and says what it found.

/** Code that keeps, in \`memory.lines\`, one line for each value: where it is and what it is. */
export const PROBE = `function (args, power) {
  const lines = [];
  const seen = new Map();
  const kindOf = (thing) => {
    if (typeof thing === 'function') return 'function';
    if (Array.isArray(thing)) return 'array';
    return thing === null ? 'null' : typeof thing;
  };
  const nameOf = (key) => (typeof key === 'symbol' ? '[' + key.description + ']' : key);
  const queue = [];
  const note = (path, thing) => {
    if (Object(thing) !== thing) return;
    if (seen.has(thing)) return;
    seen.set(thing, path);
    queue.push([path, thing]);
    lines.push(path + ' ' + kindOf(thing) + (Object.isFrozen(thing) ? '' : ' MUTABLE'));
  };
  // Globals first, by name, so that paths are short and the same in every run.
  for (const key of Reflect.ownKeys(globalThis)) note(nameOf(key), globalThis[key]);
  note('power', power);
  // What the language itself hands out.
  note('%ThrowTypeError%', Object.getOwnPropertyDescriptor((function () { return arguments; })(), 'callee').get);
  note('%Function.prototype%', Object.getPrototypeOf(() => 1));
  note('%GeneratorFunction.prototype%', Object.getPrototypeOf(function* () {}));
  note('%ArrayIterator%', Object.getPrototypeOf([][Symbol.iterator]()));
  note('%MapIterator%', Object.getPrototypeOf(new Map().entries()));
  note('%SetIterator%', Object.getPrototypeOf(new Set().entries()));
  note('%StringIterator%', Object.getPrototypeOf(''[Symbol.iterator]()));
  note('%RegExpStringIterator%', Object.getPrototypeOf('x'.matchAll(/x/g)));
  while (queue.length > 0) {
    const [path, thing] = queue.shift();
    note(path + '.__proto__', Object.getPrototypeOf(thing));
    for (const key of Reflect.ownKeys(thing)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(thing, key);
      note(path + '.' + nameOf(key), value);
      note(path + '.' + nameOf(key) + ' (get)', get);
      note(path + '.' + nameOf(key) + ' (set)', set);
    }
  }
  const names = Reflect.ownKeys(globalThis).map(nameOf).sort();
  const report = { names, lines: lines.sort(), power: Reflect.ownKeys(power).map(nameOf) };
  if (power.memory) power.memory.report = report;
  return report;
}`;
