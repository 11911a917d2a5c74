// Victims: objects of others in the vat of an attack, which must answer exactly, before and after.

/** Uses much of what the language offers, so that a change to any of it shows in what it returns. */
export const NEIGHBOUR = `function neighbour({ n }) {
  const words = ['pear', 'fig', 'apple'].map((word) => word.toUpperCase()).sort();
  const { first } = /^(?<first>[A-Z])\\w*$/.exec(words[0]).groups;
  const squares = new Map([...'123'].map((digit) => [Symbol.for(digit), Number(digit) ** 2]));
  const strange = [{}, [], '', 1, true, 1n, () => 1, /x/, new Map(), new Error()].flatMap((thing) => {
    const found = []; for (const key in thing) found.push(key); return found; });
  const tag = (strings, ...values) => strings.raw.join('|') + values.join('+');
  class Box { #n = n; static made = 0; read() { Box.made += 1; return this.#n; } }
  const names = Reflect.ownKeys(globalThis).filter((key) => typeof key === 'string');
  return {
    n: new Box().read(),
    words: words.join('-').replace(/fig/i, (fig) => fig.toLowerCase()),
    first, strange,
    sum: [...squares.values()].reduce((sum, square) => sum + square, 0),
    json: JSON.stringify(JSON.parse('{"a":[1,{"__proto__":2}],"b":null}')),
    day: new Date(0).toISOString(),
    text: tag\`<\${n}>\${[3, 2, 1].toSorted()}\`,
    own: Object.entries({ x: 1 }).concat(Object.getOwnPropertyNames('ab').slice(0, 1)),
    big: String(2n ** 70n),
    // How many there are differs between versions of Node; what is added by a guest would show.
    globals: names.filter((name) => !/^[A-Z]|^(globalThis|undefined|add|harden|is|parse|(de|en)code)/.test(name)),
    round: Math.round(2.5) + Math.max(...[1, 5, 3]),
    error: (() => { try { null.x; } catch (error) { return [error instanceof TypeError, error.stack ?? '']; } })(),
  };
}`;

/** What `NEIGHBOUR` returns. */
export const answerOf = (n: number): unknown => ({
  n,
  words: 'APPLE-fig-PEAR',
  first: 'A',
  strange: [],
  sum: 14,
  json: '{"a":[1,{"__proto__":2}],"b":null}',
  day: '1970-01-01T00:00:00.000Z',
  text: `<|>|${n}+1,2,3`,
  own: [['x', 1], '0'],
  big: '1180591620717411303424',
  globals: [],
  round: 8,
  error: [true, ''],
});

/** Keeps what it answered, and how often it was asked. */
export const VICTIM = `function victim({ n }, { memory, neighbour }) {
  memory.count = (memory.count ?? 0) + 1;
  memory.answer = neighbour.call({ n });
}`;

/** Calls an attack, then a neighbour in the same turn, and keeps what both returned. */
export const ASKER = `function asker({ n, target, args }, { memory, neighbour }) {
  memory.n = n;
  delete memory.value;
  const value = target.call(args);
  if (value !== undefined) memory.value = value;
  memory.answer = neighbour.call({ n });
}`;
