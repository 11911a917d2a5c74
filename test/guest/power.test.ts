import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InstallOptions, type Kit, startKit } from './kit.ts';

describe('power', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());

  /** Runs a body once as the function of a new object. */
  const run = async (body: string, options: InstallOptions = {}, slots: string[] = ['i1']) => {
    const object = kit.install(
      `(args, power) => { const { memory, make_object } = power; ${body} }`,
      {
        memory: {},
        ...options,
      },
    );
    const outcome = await kit.done(object, { ref: { $: 0 } }, { slots });
    return { object, outcome, memory: kit.memory(object) as Record<string, unknown> };
  };
  const errorsOf = async (expressions: readonly string[]) => {
    const tries = expressions.map((text) => `() => ${text}`).join(',\n');
    const { memory, outcome } = await run(`
      memory.errors = [${tries}].map((attempt) => {
        try { attempt(); return 'it worked'; } catch (error) { return error.code + ' ' + error.message; }
      });`);
    expect(outcome.objects).toEqual([]);
    return memory['errors'] as string[];
  };

  it('Q9 power holds memory, references at any depth, natives and static data', async () => {
    const { memory } = await run(
      `memory.seen = {
        keys: Object.keys(power), deep: power.deep.list[1].ref === args.ref,
        native: typeof make_object, frozen: Object.isFrozen(power) && Object.isFrozen(power.deep.list),
      };`,
      { data: { deep: { list: [0, { ref: { $: 0 } }] }, text: 'x' }, slots: ['i1'] },
    );
    expect(memory['seen']).toEqual({
      keys: ['deep', 'text', 'make_object', 'memory'],
      deep: true,
      native: 'function',
      frozen: true,
    });
  });

  it('Q9 a native power below the top level is refused by its path', async () => {
    expect(
      await errorsOf([
        'make_object("() => {}", { tools: { make_object } })',
        'make_object("() => {}", { tools: [1, { a: make_object }] })',
        'make_object("() => {}", { memory: { make_object } })',
        'make_object("() => {}", { memory: make_object })',
      ]),
    ).toEqual([
      expect.stringMatching(/^QRT_POWER_INVALID .*newpower\.tools\.make_object is a native power/),
      expect.stringMatching(/^QRT_POWER_INVALID .*newpower\.tools\[1\]\.a is a native power/),
      expect.stringMatching(/^QRT_POWER_INVALID .*newpower\.memory\.make_object is a native power/),
      expect.stringMatching(/^QRT_POWER_INVALID .*newpower\.memory is neither/),
    ]);
  });

  it('memory can change but not be replaced', async () => {
    const { memory } = await run(`
      memory.errors = [
        () => { power.memory = {}; }, () => { delete power.memory; },
        () => { Object.defineProperty(power, 'memory', { get: () => ({}) }); },
        () => { Object.setPrototypeOf(power, null); },
      ].map((attempt) => { try { attempt(); } catch (error) { return error.name; } });
      memory.list = [1]; delete memory.list;`);
    expect(memory).toEqual({ errors: Array(4).fill('TypeError') });
  });

  it('Q32 a new object can be used in the same turn and exists only if the turn is done', async () => {
    const { outcome, object } = await run(`
      const child = make_object('(args, { memory }) => { memory.got = args; return memory.start; }', { memory: { start: 7 } });
      memory.answer = child.call('hello'); child.sendOnly('later'); memory.child = child;`);
    const [child] = outcome.objects;
    expect(kit.memory(object)).toMatchObject({ answer: 7 });
    expect(outcome.sends).toMatchObject([{ target: child?.id }]);
    expect(kit.memory(child?.id ?? '')).toEqual({ start: 7, got: 'hello' });
    const failing = kit.install(`(args, { make_object }) => { make_object('() => 1'); throw 1; }`);
    const before = kit.objects.size;
    await kit.failed(failing);
    expect(kit.objects.size).toBe(before);
  });

  it('ids of what a turn makes are counted without gaps', async () => {
    const { outcome } = await run(`
      make_object('() => 1', { memory: [] });
      try { make_object('() =>'); } catch {}
      try { make_object('() => 1', { x: 1n }); } catch {}
      make_object('() => 1'); make_object('() => 2', { memory: {} });`);
    const made = outcome.objects.map(({ id, power }) => [id, power.memory]);
    const { turn } = outcome;
    expect(made).toEqual([
      [`o${turn}.0`, `m${turn}.1`],
      [`o${turn}.2`, undefined],
      [`o${turn}.3`, `m${turn}.4`],
    ]);
    expect(outcome.objects.map(({ text }) => text)).toEqual(['() => 1', undefined, '() => 2']);
  });

  it('the text of a code comes with the first object of each turn, known or not', async () => {
    const parent = kit.install(`(args, { make_object }) => {
      make_object('/* before */ () => "known" // after'); if (args) throw 1;
    }`);
    await kit.failed(parent, true);
    for (let turn = 0; turn < 2; turn += 1) {
      expect((await kit.done(parent)).objects[0]?.text).toBe('() => "known"');
    }
  });

  it('Q33 newpower === power clones memory slot, natives and references', async () => {
    const { outcome, object } = await run('make_object("() => {}", power);', {
      grants: ['make_object', 'log'],
      data: { ref: { $: 0 }, n: 1 },
      slots: ['i4'],
    });
    expect(outcome.objects[0]?.power).toEqual(kit.power(object));
  });

  it('Q34 without power or with an empty one a child is powerless', async () => {
    const { outcome } = await run(`
      make_object('() => {}'); make_object('() => {}', null); make_object('() => {}', {});
      memory.keys = make_object('(args, power) => Object.keys(power)').call();`);
    for (const { power } of outcome.objects) {
      expect(power).toEqual({ data: { body: '{}', slots: [] }, natives: {} });
    }
    expect(outcome.objects).toHaveLength(4);
  });

  it('Q35 static data is copied for the child and frozen', async () => {
    const { memory, outcome } = await run(`
      const data = { list: [{ n: 1 }, args.ref] };
      const child = make_object(\`(args, power) => {
        try { power.data.list[0].n = 2; } catch (error) { return [error.name, power.data.list[0].n]; }
      }\`, { data });
      data.list[0].n = 9;
      memory.result = child.call();`);
    expect(memory['result']).toEqual(['TypeError', 1]);
    expect(outcome.objects[0]?.power.data).toEqual({
      body: '{"data":{"list":[{"n":1},{"$":0}]}}',
      slots: ['i1'],
    });
  });

  it('Q36 memory identical to the root shares the slot; an equal copy does not', async () => {
    const { outcome, object } = await run(`
      make_object('() => {}', { memory }); make_object('() => {}', { memory: { ...memory } });`);
    const [shared, copied] = outcome.objects.map(({ power }) => power.memory);
    expect(shared).toBe(kit.power(object).memory);
    expect(copied).toBe(`m${outcome.turn}.2`);
  });

  it('Q37 memory comes no other way than by newpower.memory', async () => {
    const { outcome, object } = await run(
      `make_object('() => {}', { memory: undefined }); make_object('() => {}', { memory: null });
       make_object('() => {}', { other: memory, list: [memory] });
       args.ref.sendOnly(memory);`,
      { memory: { n: 1 } },
    );
    const powers = outcome.objects.map(({ power }) => power);
    expect(powers.map(({ memory }) => memory)).toEqual([undefined, undefined, undefined]);
    expect(powers[2]?.data.body).toBe('{"other":{"n":1},"list":[{"n":1}]}');
    expect(outcome.sends[0]?.args.body).toBe('{"n":1}');
    expect(kit.memory(object)).toEqual({ n: 1 });
  });

  it("Q37 another object's live root becomes a copy in a new slot", async () => {
    const other = kit.install('(args, { memory }) => memory', { memory: { secret: 1 } });
    const { outcome } = await run(
      `const lent = args.ref.call(); make_object('() => {}', { memory: lent }); lent.secret = 2;`,
      {},
      [other],
    );
    expect(outcome.objects[0]?.power.memory).toBe(`m${outcome.turn}.1`);
    expect(kit.memory(outcome.objects[0]?.id ?? '')).toEqual({ secret: 1 });
    expect(kit.memory(other)).toEqual({ secret: 2 });
  });

  it('Q38 other memory becomes a new slot with that content, references kept', async () => {
    const { outcome } = await run(`
      make_object('() => {}', { memory: { list: [args.ref] } }); make_object('() => {}', { memory: [] });`);
    expect(outcome.memory.map(({ value }) => value)).toEqual([
      { body: '{"list":[{"$":0}]}', slots: ['i1'] },
      { body: '[]', slots: [] },
    ]);
  });

  it('Q39 add makes variations, keeps natives and the identity of memory, and changes nothing', async () => {
    const { memory, outcome, object } = await run(
      `const variants = [
        add(power, { stuff: 'foo' }), add(power, { memory: {} }), add(power, { memory: null }),
        add(power, { memory: undefined }), add(add({}, power), { n: 2, log: null }), add(power, {}),
      ];
      for (const variant of variants) make_object('() => {}', variant);
      memory.kept = variants.map((variant) => [variant.memory === memory, Object.isFrozen(variant)]);
      memory.keys = Object.keys(power);`,
      { data: { n: 1 }, grants: ['make_object', 'log'] },
    );
    const own = kit.power(object).memory;
    expect(outcome.objects.map(({ power }) => [power.memory, power.data.body])).toEqual([
      [own, '{"n":1,"stuff":"foo"}'],
      [`m${outcome.turn}.2`, '{"n":1}'],
      [undefined, '{"n":1}'],
      [undefined, '{"n":1}'],
      [own, '{"n":2,"log":null}'],
      [own, '{"n":1}'],
    ]);
    expect(outcome.objects.map(({ power }) => Object.keys(power.natives).length)).toEqual([
      2, 2, 2, 2, 1, 2,
    ]);
    expect(memory['kept']).toEqual(
      [true, false, false, false, true, true].map((isKept) => [isKept, true]),
    );
    expect(memory['keys']).toEqual(['n', 'make_object', 'log', 'memory']);
  });

  it('a newpower that is no plain record of data is refused', async () => {
    const errors = await errorsOf([
      'make_object("() => {}", 5)',
      'make_object("() => {}", [])',
      'make_object("() => {}", args.ref)',
      'make_object("() => {}", () => {})',
      'make_object("() => {}", Object.create({ x: 1 }))',
      'make_object("() => {}", new Proxy({}, { ownKeys() { throw Error("trap ran"); } }))',
      'make_object("() => {}", { get x() { throw Error("getter ran"); } })',
      'make_object("() => {}", { [Symbol("x")]: 1 })',
      'make_object("() => {}", { memory: new Proxy({}, {}) })',
      'make_object("() => {}", { memory: new Proxy([], {}) })',
      'make_object("() => {}", { memory: args.ref })',
      'make_object("() => {}", { memory: "text" })',
      'make_object("() => {}", { memory: new Map() })',
      'add(power, { get x() { throw Error("getter ran"); } })',
      'add(new Proxy(power, {}), {})',
      'add(power)',
    ]);
    expect(errors.map((text) => text.split(' ')[0])).toEqual(Array(16).fill('QRT_POWER_INVALID'));
    const uncarried = await errorsOf([
      'make_object("() => {}", { x: undefined })',
      'make_object("() => {}", { x: { y: [1n] } })',
      'make_object("() => {}", { memory: { when: new Date(0) } })',
    ]);
    expect(uncarried).toEqual([
      'QRT_DATA_UNCARRIED newpower.x cannot be carried: undefined',
      'QRT_DATA_UNCARRIED newpower.x.y[0] cannot be carried: a bigint',
      'QRT_DATA_UNCARRIED newpower.memory.when cannot be carried: a Date',
    ]);
  });

  it('Q13 make_object refuses bad code with its place', async () => {
    const [error] = await errorsOf(['make_object("(args) => {\\n  await args;\\n}")']);
    expect(error).toMatch(/^QRT_CODE_REFUSED line 2, column \d+: `await` is not allowed/);
  });

  it('harden leaves live memory alone, however it is reached', async () => {
    const { memory } = await run(`
      const inner = { list: [1] };
      const hard = harden({ power, memory, inner, self: null });
      harden(power);
      memory.n = 1;
      memory.frozen = [hard, inner, inner.list].every(Object.isFrozen);
      memory.same = harden(memory) === memory;
      class Point { constructor() { this.x = 1; } }
      memory.prototype = Object.isFrozen(Object.getPrototypeOf(harden(new Point())));`);
    expect(memory).toEqual({ n: 1, frozen: true, same: true, prototype: true });
  });
});
