import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Kit, READINGS, startKit } from './kit.ts';

describe('turn', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());

  it('a turn on an object that does not exist fails with QRT_NO_OBJECT', async () => {
    expect(await kit.failed('o99999.0')).toMatchObject({ code: 'QRT_NO_OBJECT' });
  });

  it('a turn on an object whose code is missing fails with QRT_CODE_UNKNOWN', async () => {
    const object = kit.install('() => "without text"');
    kit.codes.delete(kit.objects.get(object)?.code ?? '');
    expect(await kit.failed(object)).toMatchObject({ code: 'QRT_CODE_UNKNOWN' });
  });

  it('a turn with malformed args fails with QRT_DATA_MALFORMED', async () => {
    const object = kit.install('() => {}');
    expect(await kit.failed(object, { $: 3 })).toMatchObject({ code: 'QRT_DATA_MALFORMED' });
  });

  it('Q8a code is strict and may use modern syntax', async () => {
    const object = kit.install(`function (args, { memory }) {
      memory.strict = this === undefined;
      class Box { #inside = 1; static { this.made = true; } get inside() { return this.#inside; } }
      memory.box = [new Box().inside, Box.made];
      memory.spread = { ...args, more: [...'ab', ...(function* () { yield 1; })()] };
      memory.opt = args?.none?.deep ?? 'none';
      memory.maps = [new Map([[1, 2]]).get(1), new WeakMap([[args, 3]]).get(args)];
      memory.proxy = new Proxy({}, { get: () => 4 }).anything;
      memory.regexp = 'x1'.replace(/(?<letter>[a-z])/v, '$<letter>$<letter>');
      try { undeclared = 1; } catch (error) { memory.error = error.name; }
    }`);
    await kit.done(object, { a: 1 });
    expect(kit.memory(object)).toEqual({
      strict: true,
      box: [1, true],
      spread: { a: 1, more: ['a', 'b', 1] },
      opt: 'none',
      maps: [2, 3],
      proxy: 4,
      regexp: 'xx1',
      error: 'ReferenceError',
    });
  });

  it('a turn that throws reports nothing but the failure', async () => {
    const object = kit.install(`(args, power) => {
      power.memory.lost = 1; args.to.sendOnly(1); power.make_object('() => {}');
      throw TypeError('no');
    }`);
    const outcome = await kit.turn(object, { to: { $: 0 } }, { slots: ['i1'] });
    expect(outcome).toEqual({
      type: 'outcome',
      turn: expect.any(Number),
      status: 'failed',
      failure: { name: 'TypeError', message: 'no' },
    });
    expect(kit.memory(object)).toEqual({});
  });

  it('memory that did not change is not written', async () => {
    const object = kit.install('(args, { memory }) => { memory.a = args; }');
    expect((await kit.done(object, 1)).memory).toHaveLength(1);
    expect((await kit.done(object, 1)).memory).toEqual([]);
    expect((await kit.done(object, { $: 0 }, { slots: ['i1'] })).memory).toHaveLength(1);
    expect((await kit.done(object, { $: 0 }, { slots: ['i1'] })).memory).toEqual([]);
    expect((await kit.done(object, { $: 0 }, { slots: ['i2'] })).memory).toHaveLength(1);
  });

  it('Q10 memory that cannot be stored fails the turn with path and object', async () => {
    const object = kit.install('(args, { memory }) => { memory.list = [1, new Date(0)]; }');
    const { code, message } = await kit.failed(object);
    expect(code).toBe('QRT_DATA_UNCARRIED');
    expect(message).toContain(`power.memory.list[1] of object ${object}`);
    expect(kit.memory(object)).toEqual({});
  });

  it.each([
    ['a proxy', 'memory.x = new Proxy({}, traps)', 'power.memory.x'],
    [
      'a getter',
      'Object.defineProperty(memory, "x", { get: traps.get, enumerable: true })',
      'power.memory.x',
    ],
    ['toJSON', 'memory.toJSON = traps.get', 'power.memory.toJSON'],
    [
      'a proxy as its prototype',
      'Object.setPrototypeOf(memory, new Proxy({}, traps))',
      'power.memory',
    ],
    ['itself', 'memory.x = { memory }', 'power.memory.x.memory'],
    ['a function', 'memory.x = [() => 1]', 'power.memory.x[0]'],
    ['a native power', 'memory.x = power.make_object', 'power.memory.x'],
    ['its own power', 'memory.x = power', 'power.memory.x.make_object'],
  ])('memory that holds %s fails the turn and runs nothing', async (_name, attack, path) => {
    const object = kit.install(`(args, power) => {
      const { memory } = power;
      const loop = () => { for (;;); };
      const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, loop]));
      ${attack};
    }`);
    const { code, message } = await kit.failed(object);
    expect([code, message.split(' ')[0]]).toEqual(['QRT_DATA_UNCARRIED', path]);
  });

  it('Q24 args are copied when they are sent', async () => {
    const object = kit.install(`({ to }) => {
      const args = { list: [1] };
      to.sendOnly(args); args.list.push(2); to.sendOnly(args);
    }`);
    const { sends } = await kit.done(object, { to: { $: 0 } }, { slots: ['i1'] });
    expect(sends.map(({ args }) => args.body)).toEqual(['{"list":[1]}', '{"list":[1,2]}']);
  });

  it('Q23 sendOnly returns nothing, does nothing now, and works the same for far and gone targets', async () => {
    const object = kit.install(`({ here, far, gone }, { memory }) => {
      memory.returned = [here, far, gone].map((to) => [to.sendOnly('a'), Q.sendOnly(to, 'b')])
        .flat().every((value) => value === undefined);
    }`);
    const target = kit.install('() => { throw Error("ran now"); }');
    const slots = [target, 'i4', 'o77777.7'];
    const args = { here: { $: 0 }, far: { $: 1 }, gone: { $: 2 } };
    const { sends } = await kit.done(object, args, { slots });
    expect(kit.memory(object)).toEqual({ returned: true });
    expect(sends.map(({ target: to, sender }) => [to, sender])).toEqual(
      slots.flatMap((slot) => [
        [slot, object],
        [slot, object],
      ]),
    );
  });

  it('Q23 Q.send and Q.sendOnly refuse impostors without touching them', async () => {
    const object = kit.install(`({ real }, { memory }) => {
      let touched = 0;
      const touch = () => { touched += 1; return touch; };
      const traps = {};
      for (const trap of Object.getOwnPropertyNames(Reflect)) traps[trap] = touch;
      const fakes = [
        null, undefined, 5, 'o1.0', Symbol.iterator, {}, [], () => {}, Q,
        { get sendOnly() { return touch(); }, get call() { return touch(); } },
        new Proxy({}, traps), new Proxy(real, traps), Object.create(real),
        Object.setPrototypeOf({}, Object.getPrototypeOf(real)),
        { __proto__: Object.getPrototypeOf(real) }, { ...real },
      ];
      memory.codes = [];
      for (const fake of fakes) {
        for (const attack of [
          () => Q.send(fake, 1), () => Q.sendOnly(fake, 1), () => Q.call(fake, 1),
          () => real.send.call(fake, 1), () => real.sendOnly.call(fake, 1), () => real.call.call(fake, 1),
        ]) {
          try { attack(); memory.codes.push('it worked'); } catch (error) { memory.codes.push(error.code); }
        }
      }
      for (const bare of [real.send, real.sendOnly, real.call]) {
        try { bare(1); } catch (error) { memory.codes.push(error.code); }
      }
      memory.touched = touched;
    }`);
    const { sends } = await kit.done(object, { real: { $: 0 } }, { slots: ['i1'] });
    const { codes, touched } = kit.memory(object) as { codes: string[]; touched: number };
    expect([...new Set(codes)]).toEqual(['QRT_TARGET_INVALID']);
    expect([codes.length, touched, sends]).toEqual([99, 0, []]);
  });

  it('Q16 a reference is frozen, has nothing of its own, and is the same value for the same target', async () => {
    const object = kit.install(`({ a, again, b }, { memory }) => {
      const prototype = Object.getPrototypeOf(a);
      memory.own = Reflect.ownKeys(a).length;
      memory.inherited = Reflect.ownKeys(prototype).map(String);
      memory.frozen = [a, prototype, a.send, a.sendOnly, a.call, Q, Q.call].every(Object.isFrozen);
      memory.same = [a === again, a === b, Object.is(memory.kept ?? a, a)];
      memory.text = [String(a), JSON.stringify(a), Object.prototype.toString.call(a)];
      memory.constructor = a.constructor === Object;
      memory.kept = a;
      try { a.x = 1; } catch (error) { memory.write = error.name; }
    }`);
    const args = { a: { $: 0 }, again: { $: 0 }, b: { $: 1 } };
    await kit.done(object, args, { slots: ['i1', 'i2'] });
    expect(kit.memory(object)).toMatchObject({
      own: 0,
      inherited: ['send', 'sendOnly', 'call', 'Symbol(Symbol.toStringTag)'],
      frozen: true,
      same: [true, false, true],
      text: ['[object Reference]', '{}', '[object Reference]'],
      constructor: true,
      write: 'TypeError',
    });
    await kit.done(object, args, { slots: ['i1', 'i2'] });
    expect(kit.memory(object)).toMatchObject({ same: [true, false, true] });
  });

  it('a reference that travels through memory and args keeps its target', async () => {
    const object = kit.install(`(args, { memory }) => {
      if (args) memory.deep = { list: [args.to, args.to] };
      else memory.deep.list[1].sendOnly({ again: memory.deep.list[0] });
    }`);
    await kit.done(object, { to: { $: 1 } }, { slots: ['i1', 'i2'] });
    expect(kit.memories.get(kit.power(object).memory ?? '')).toEqual({
      body: '{"deep":{"list":[{"$":0},{"$":0}]}}',
      slots: ['i2'],
    });
    expect((await kit.done(object)).sends).toMatchObject([
      { target: 'i2', args: { body: '{"again":{"$":0}}', slots: ['i2'] } },
    ]);
  });

  it('Q11 data that looks like a reference stays data on every way', async () => {
    const lookalike = '{"$$":0,"$$$x":{"$$":1},"__proto__":{"$$":0},"@ref":0}';
    const object = kit.install(`(args, { memory, make_object }) => {
      memory.it = args; memory.isData = typeof args.$ === 'number';
      args.self = make_object('(args, power) => power.memory.x = [args, power.kept]', { kept: args, memory: {} });
      args.self.call(args);
    }`);
    const { objects, memory } = await kit.done(object, JSON.parse(lookalike));
    expect(memory[0]?.value.body).toBe(
      `{"it":${lookalike.slice(0, -1)},"self":{"$":0}},"isData":true}`,
    );
    expect(objects[0]?.power.data.body).toBe(`{"kept":${lookalike}}`);
    expect(memory[1]?.value.body).toBe(
      `{"x":[${lookalike.slice(0, -1)},"self":{"$":0}},${lookalike}]}`,
    );
  });

  it('power.log adds lines as part of the turn, cut to their bound', async () => {
    const object = kit.install(
      `(args, { log }) => {
        log('text\\nas it is'); log({ a: [1] }); log('€'.repeat(5000)); log('x\\ud800');
        try { log(undefined); } catch (error) { log(error.code); }
      }`,
      { grants: ['log'] },
    );
    const { logs } = await kit.done(object);
    expect(logs.map(({ text }) => text)).toEqual([
      'text\nas it is',
      '{"a":[1]}',
      '€'.repeat(1365),
      'x\ufffd',
      'QRT_DATA_UNCARRIED',
    ]);
    expect(new Set(logs.map((line) => line.object))).toEqual(new Set([object]));
  });

  describe('room', () => {
    const code = `({ to }, { memory }) => {
      memory.sent = 0;
      try { for (;;) { to.sendOnly('12345678'); memory.sent += 1; } } catch (error) { memory.code = error.code; }
    }`;
    const cases: [string, string, object, number][] = [
      ['rows of the inbox', 'o5.0', { inbox: { rows: 3, bytes: 1000 } }, 3],
      ['bytes of the inbox', 'o5.0', { inbox: { rows: 100, bytes: 25 } }, 2],
      ['rows of the outbox', 'i5', { outbox: { rows: 4, bytes: 1000 } }, 4],
      ['bytes of the outbox', 'i5', { outbox: { rows: 100, bytes: 10 } }, 1],
      ['nothing left', 'i5', { outbox: { rows: 0, bytes: 0 } }, 0],
    ];
    it.each(cases)('a send beyond the %s throws QRT_NO_ROOM and may be caught', async (...test) => {
      const [, target, room, sent] = test;
      const object = kit.install(code);
      const options = { slots: [target], readings: { ...READINGS, ...room } };
      const { sends } = await kit.done(object, { to: { $: 0 } }, options);
      expect(kit.memory(object)).toEqual({ sent, code: 'QRT_NO_ROOM' });
      expect(sends).toHaveLength(sent);
    });
  });
});
