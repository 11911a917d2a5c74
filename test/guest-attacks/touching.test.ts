// No code of a guest runs in ours: each hostile value in each place where one is taken.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Kit, startKit } from '../guest/kit.ts';

/** Expressions; `hit(name)` is what must never be called. */
const VALUES: Readonly<Record<string, string>> = {
  'a getter': "{ get a() { hit('get'); return 1; } }",
  'a getter deep inside': "{ a: [{ b: { get c() { hit('get'); } } }] }",
  toJSON: "{ toJSON() { hit('toJSON'); return 1; } }",
  'a getter of toJSON': "Object.defineProperty({ a: 1 }, 'toJSON', { get() { hit('toJSON'); } })",
  'a thenable': "Object.defineProperty({}, 'then', { get() { hit('then'); } })",
  'a proxy of a record': 'new Proxy({}, traps)',
  'a proxy of an array': 'new Proxy([], traps)',
  'a proxy of a function': 'new Proxy(() => 1, traps)',
  'a proxy of a reference': 'new Proxy(ref, traps)',
  'a proxy of an error': "new Proxy(new Error('x'), traps)",
  'a revoked proxy':
    '(() => { const made = Proxy.revocable({}, traps); made.revoke(); return made.proxy; })()',
  'a proxy inside': '{ a: [new Proxy({}, traps)] }',
  'a proxy as prototype': 'Object.create(new Proxy({}, traps))',
  'a proxy behind the prototype of an array': 'Object.setPrototypeOf([1], new Proxy([], traps))',
  'a proxy behind the prototype of an error':
    "Object.setPrototypeOf(new Error('x'), new Proxy({}, traps))",
  'a proxy behind the prototype of a function':
    'Object.setPrototypeOf(() => 1, new Proxy(() => 1, traps))',
  'toPrimitive, toString and valueOf':
    "{ [Symbol.toPrimitive]() { hit('toPrimitive'); }, toString() { hit('toString'); }, valueOf() { hit('valueOf'); } }",
  'a toString that is no own symbol':
    "{ toString() { hit('toString'); return '() => 1'; }, length: 1 }",
  'a tag': "{ get [Symbol.toStringTag]() { hit('tag'); } }",
  'an iterator': "{ [Symbol.iterator]() { hit('iterator'); } }",
  'an array with an iterator of its own':
    "Object.defineProperty([1], Symbol.iterator, { get() { hit('iterator'); } })",
  'an array with an accessor as item':
    "Object.defineProperty([1, 2], 0, { get() { hit('item'); } })",
  'an array with an accessor beside its items':
    "Object.defineProperty([1, 2], 'x', { get() { hit('x'); } })",
  'a subclass of arrays':
    "new (class extends Array { static get [Symbol.species]() { hit('species'); } get length2() { hit('g'); } map() { hit('map'); } })(1, 2)",
  'an array with another constructor':
    "Object.defineProperty([1], 'constructor', { get() { hit('constructor'); } })",
  'like an array': "{ get length() { hit('length'); return 1; }, 0: 1 }",
  'an error with getters':
    "Object.defineProperties(new Error('x'), Object.fromEntries(['name', 'message', 'stack', 'code', 'cause', 'toString'].map((key) => [key, { get() { hit(key); } }])))",
  'an error class with getters':
    "new (class extends RangeError { get name() { hit('name'); } get message() { hit('message'); } static [Symbol.hasInstance]() { hit('instance'); } })('x')",
  'a function with getters':
    "Object.defineProperties(function () { hit('call'); }, { name: { get() { hit('name'); } }, length: { get() { hit('length'); } }, prototype: { value: 1 } })",
  'a class': "class { static { } static get a() { hit('a'); } constructor() { hit('new'); } }",
  'a fake reference':
    "{ get sendOnly() { hit('sendOnly'); }, get call() { hit('call'); }, get target() { hit('target'); } }",
  'a child of a reference': 'Object.create(ref)',
  'a child of a power': "Object.create(power, { x: { get() { hit('x'); } } })",
  'an own __proto__':
    "Object.defineProperty({}, '__proto__', { get() { hit('proto'); }, enumerable: true })",
  'a symbol as key': "{ get [Symbol.for('x')]() { hit('symbol'); } }",
  'a memory with a getter': "{ memory: 1, get x() { hit('x'); } }",
  'a getter for memory': "{ get memory() { hit('memory'); return {}; } }",
  arguments:
    "(function () { return Object.defineProperty(arguments, 0, { get() { hit('0'); } }); })(1)",
  'a date': "Object.defineProperty(new Date(0), 'toJSON', { get() { hit('toJSON'); } })",
  'a map':
    "new (class extends Map { get size() { hit('size'); } get [Symbol.iterator]() { hit('iterator'); } })()",
  'a boxed text':
    "Object.defineProperty(new String('() => 1'), 'toString', { get() { hit('toString'); } })",
  'a text object in the clothes of a record':
    "Object.setPrototypeOf(new String('abc'), Object.prototype)",
  'a generator': "(function* () { hit('next'); yield 1; })()",
};

const ENTRIES: readonly string[] = [
  'add(V, {})',
  'add({}, V)',
  'add({ a: V }, { b: V })',
  'power.make_object(V)',
  'power.make_object(V, V)',
  "power.make_object('() => 1', V)",
  "power.make_object('() => 1', { memory: V })",
  "power.make_object('() => 1', { memory: { a: V } })",
  "power.make_object('() => 1', { a: V })",
  "power.make_object('() => 1', { a: [V] })",
  'ref.sendOnly(V)',
  'ref.sendOnly({ a: [V] })',
  'Q.sendOnly(ref, V)',
  'Q.sendOnly(V, 1)',
  'Q.call(V, 1)',
  'Q.call(ref, V)',
  'local.send(V)',
  'local.send(1, V)',
  'local.send(1, { deadlineMs: V })',
  'local.send.call(V, 1)',
  'Q.send(V, 1)',
  'Q.send(local, { a: [V] }, V)',
  'Q.when(V, { fulfilled: local })',
  'Q.when(local, V)',
  'Q.when(local, { fulfilled: V })',
  'Q.when(local, { fulfilled: local, rejected: V })',
  'Q.when(local, { fulfilled: local, context: V })',
  'Q.when(local, { fulfilled: local, context: { a: [V] } })',
  'Q.all(V)',
  'Q.all([V])',
  'Q.first(V)',
  'Q.settled([{ a: V }])',
  'Q.promise(V)',
  'ref.sendOnly.call(V, 1)',
  'ref.call.call(V, 1)',
  'power.log(V)',
  'power.log([V])',
  'Symbol.keyFor(V)',
  'Object.getPrototypeOf(Object).toString.call(V)',
  'local.call(() => V)',
  'local.call({ get a() { throw V; } })',
];

/** Every trap there is. */
const SETUP = `const { ref, local } = args;
  const traps = new Proxy({}, { get: (target, key) => { hit('trap ' + String(key)); } });`;

describe('the values of a guest', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());
  const grants = ['make_object', 'log'] as const;
  const callee = () =>
    kit.install('(args) => { if (typeof args === "function") throw args(); return args.a; }');
  const args = { ref: { $: 0 }, local: { $: 1 } };

  it.each(Object.entries(VALUES))(
    'are not touched where we take them: %s',
    async (_name, value) => {
      const object = kit.install(
        `(args, power) => { const hits = []; let entry;
        const hit = (name) => { hits.push(entry + ': ' + name); };
        ${SETUP}
        const tries = { ${ENTRIES.map((each, at) => `${at}: (V) => ${each}`).join(',\n')} };
        let done = 0;
        for (entry in tries) { const V = ${value}; hits.length = hits.length; try { tries[entry](V); done += 1; } catch {} }
        power.memory.hits = hits; power.memory.tries = entry; }`,
        { grants },
      );
      const outcome = await kit.turn(object, args, { slots: ['i1', callee()] });
      // A RangeError that crosses a call poisons, whoever made it: that it did is all there is to see.
      if (outcome.status === 'failed') {
        expect(outcome.failure.message).toMatch(/RangeError crossed/);
        return;
      }
      expect(kit.memory(object)).toEqual({ hits: [], tries: String(ENTRIES.length - 1) });
    },
  );

  it.each(Object.entries(VALUES))(
    'are not touched when the turn ends with them: %s',
    async (_name, value) => {
      // Were any of it run, it would never come back.
      const never = 'const hit = () => { for (;;); };';
      for (const end of [
        'throw V;',
        'return V;',
        'power.memory.v = V;',
        'power.memory.v = { a: [V] };',
        'Object.setPrototypeOf(power.memory, Object(V) === V ? V : null);',
        'local.call(() => V);',
        'harden([V].slice(1)); throw [V];',
        'throw Object.assign(new Error("x"), { cause: V });',
        'throw new AggregateError([V], "x", { cause: V });',
      ]) {
        const object = kit.install(
          `(args, power) => { ${never} ${SETUP} const V = ${value}; ${end} }`,
          { grants },
        );
        const options = { slots: ['i1', callee()], isAnswerWanted: true } as const;
        const outcome = await kit.turn(object, args, options);
        expect(['done', 'failed']).toContain(outcome.status);
      }
    },
  );
});
