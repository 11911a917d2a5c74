import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ARGS_BYTES_MAX,
  CALL_DEPTH_MAX,
  CODE_BYTES_MAX,
  MEMORY_BYTES_MAX,
  OUTCOME_BYTES_MAX,
  POWER_BYTES_MAX,
  POWER_NATIVE_KEY_MAX,
  POWER_NATIVES_MAX,
  TURN_LOGS_MAX,
  TURN_MEMORY_MAX,
  TURN_OBJECTS_MAX,
  TURN_SENDS_MAX,
} from '../../src/core/limits.ts';
import { isThorough } from '../thorough.ts';
import { type InstallOptions, type Kit, startKit } from './kit.ts';

describe('limits of a turn', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());

  const run = (body: string, options: InstallOptions = {}, slots = ['i1']) => {
    const code = `(args, power) => { const { memory, make_object } = power; const { ref } = args; ${body} }`;
    const object = kit.install(code, { grants: ['make_object', 'log'], ...options });
    return kit.turn(object, { ref: { $: 0 } }, { slots });
  };
  const statusOf = async (body: string, slots?: string[]) => {
    const outcome = await run(body, {}, slots);
    return outcome.status === 'done' ? 'done' : (outcome.failure.code ?? outcome.failure.message);
  };
  const poisoned = async (body: string, reason: RegExp, slots?: string[]) => {
    const outcome = await run(`try { ${body} } catch {}`, {}, slots);
    expect(outcome).toMatchObject({
      status: 'failed',
      failure: { code: 'QRT_TURN_POISONED', message: expect.stringMatching(reason) },
    });
  };

  const loop = (count: number, body: string) =>
    `for (let n = 0; n < ${count}; n += 1) { ${body}; }`;

  it(`${TURN_SENDS_MAX} sends, and one more poisons the turn`, async () => {
    expect(await statusOf(loop(TURN_SENDS_MAX, 'ref.sendOnly(n)'))).toBe('done');
    await poisoned(loop(TURN_SENDS_MAX + 1, 'ref.sendOnly(n)'), /1000 sends/);
  });

  it(`${TURN_OBJECTS_MAX} new objects, and one more poisons the turn`, async () => {
    expect(await statusOf(loop(TURN_OBJECTS_MAX, 'make_object("() => 1")'))).toBe('done');
    await poisoned(loop(TURN_OBJECTS_MAX + 1, 'make_object("() => 1")'), /100 new objects/);
  });

  it(`${TURN_LOGS_MAX} log lines, and one more poisons the turn`, async () => {
    expect(await statusOf(loop(TURN_LOGS_MAX, 'power.log("x")'))).toBe('done');
    await poisoned(loop(TURN_LOGS_MAX + 1, 'power.log("x")'), /1000 log lines/);
  });

  it(`${CALL_DEPTH_MAX} nested calls, and one more poisons the turn`, async () => {
    const callee = kit.install('({ self, n }) => (n > 1 ? self.call({ self, n: n - 1 }) : 1)');
    const nested = (n: number) => `ref.call({ self: ref, n: ${n} })`;
    expect(await statusOf(nested(CALL_DEPTH_MAX), [callee])).toBe('done');
    await poisoned(nested(CALL_DEPTH_MAX + 1), /nested more than 64 deep/, [callee]);
    // The limit itself has a code of its own for whoever catches it: QRT_CALL_DEEP.
    const seen = await run(
      `try { ${nested(CALL_DEPTH_MAX + 1)} } catch (error) { throw Error(error.code); }`,
      {},
      [callee],
    );
    expect(seen).toMatchObject({ status: 'failed', failure: { code: 'QRT_TURN_POISONED' } });
  });

  it('a poisoned turn gets nothing more done', async () => {
    await poisoned(
      `${loop(TURN_LOGS_MAX, 'power.log("x")')}
       const codes = new Set();
       for (let n = 0; n < 3; n += 1) try { power.log('x'); } catch (error) { codes.add(error.code); }
       try { ref.sendOnly(1); } catch (error) { codes.add(error.code); }
       try { make_object('() => 1'); } catch (error) { codes.add(error.code); }
       if ([...codes].join() !== 'QRT_LIMIT_REACHED,QRT_TURN_POISONED') for (;;);`,
      /log lines/,
    );
  });

  it(`more than ${TURN_MEMORY_MAX} memory slots poison the turn`, async () => {
    const many = Array.from({ length: TURN_MEMORY_MAX / 1000 + 1 }, (_, row) =>
      Array.from({ length: 1000 }, () => kit.install('() => 1', { memory: row })),
    );
    for (const [id, { power }] of kit.objects) {
      if (power.memory && kit.memories.get(power.memory)?.body.match(/^\d/)) {
        kit.memories.set(power.memory, { body: '{}', slots: [] });
      }
      if (!id) throw new Error('no id');
    }
    // Ten rows fit one message each; so the rows are objects that call their thousand.
    const rows = many.map((ids) =>
      kit.install('(args, { list }) => { for (const one of list) one.call(); }', {
        memory: null,
        data: { list: ids.map((_, index) => ({ $: index })) },
        slots: ids,
      }),
    );
    const caller = kit.install(
      '(args) => { try { for (const row of args) row.call(); } catch {} }',
    );
    const args = rows.map((_, index) => ({ $: index }));
    const outcome = await kit.turn(caller, args, { slots: rows });
    expect(outcome).toMatchObject({
      failure: { code: 'QRT_TURN_POISONED', message: expect.stringMatching(/memory slots/) },
    });
  }, 30_000);

  it('args, memory, power and code at and beyond their bytes', async () => {
    const text = (bytes: number) => `'x'.repeat(${bytes} - 2)`;
    const cases: [string, number][] = [
      ['ref.sendOnly(TEXT)', ARGS_BYTES_MAX],
      ['make_object("() => 1", { memory: [TEXT] })', MEMORY_BYTES_MAX - 2],
      ['make_object("() => 1", { a: TEXT })', POWER_BYTES_MAX - '{"a":}'.length],
      ['make_object("() => " + JSON.stringify(TEXT))', CODE_BYTES_MAX - '() => '.length],
      ['memory.a = TEXT', MEMORY_BYTES_MAX - '{"a":}'.length],
    ];
    for (const [body, bytes] of cases) {
      expect(await statusOf(body.replace('TEXT', text(bytes)))).toBe('done');
      const beyond = await statusOf(body.replace('TEXT', text(bytes + 1)));
      expect(beyond).toBe(body.includes('stringify') ? 'QRT_CODE_REFUSED' : 'QRT_DATA_OVERSIZE');
    }
    const caught =
      'try { ref.sendOnly("x".repeat(2 ** 28)); } catch (error) { memory.e = error.code; }';
    expect(await run(caught)).toMatchObject({
      status: 'done',
      memory: [{ value: { body: '{"e":"QRT_DATA_OVERSIZE"}' } }],
    });
  });

  it(`${POWER_NATIVES_MAX} native powers with keys of ${POWER_NATIVE_KEY_MAX}`, async () => {
    const make = (count: number, key: number) => `const newpower = {};
      ${loop(count, `newpower[String(n).padStart(${key}, 'k')] = make_object`)}
      make_object('() => 1', newpower);`;
    expect(await statusOf(make(POWER_NATIVES_MAX, POWER_NATIVE_KEY_MAX))).toBe('done');
    expect(await statusOf(make(POWER_NATIVES_MAX + 1, 4))).toBe('QRT_POWER_INVALID');
    expect(await statusOf(make(1, POWER_NATIVE_KEY_MAX + 1))).toBe('QRT_POWER_INVALID');
  });

  it(`${OUTCOME_BYTES_MAX} bytes of outcome in all, quotes escaped`, async () => {
    const send = (bytes: number) => `ref.sendOnly('x'.repeat(${bytes}))`;
    const count = Math.floor(OUTCOME_BYTES_MAX / (ARGS_BYTES_MAX + 100));
    expect(await statusOf(loop(count, send(ARGS_BYTES_MAX - 2)))).toBe('done');
    await poisoned(loop(count + 2, send(ARGS_BYTES_MAX - 2)), /bytes of effects/);
    // Each quote takes four bytes in the frame, but two in the body.
    const quotes = `ref.sendOnly('"'.repeat(${ARGS_BYTES_MAX / 2 - 1}))`;
    expect(await statusOf(loop(count / 2 - 1, quotes))).toBe('done');
    expect(await statusOf(loop(count - 1, quotes))).toBe('QRT_DATA_OVERSIZE');
  });

  describe('the end of the stack', () => {
    const sweep = (inner: string) => `
      // Goes to the end of the stack and tries there, at every depth on the way back.
      function down() { try { down(); } catch {} try { ${inner} } catch {} }
      down();`;

    it.each([
      ['a send', 'ref.sendOnly({ a: [1, { b: "x" }] })'],
      ['make_object', 'make_object("() => 1", { memory: {}, a: [1] })'],
      ['log', 'power.log({ a: [1] })'],
      ['a call', 'ref.call(1)'],
    ])('within %s poisons the turn, and the next turn is as ever', async (_name, inner) => {
      const callee = kit.install('(args, { memory }) => { memory.n = 1; }');
      for (let round = 0; round < (isThorough ? 3 : 1); round += 1) {
        const outcome = await run(sweep(inner), {}, [callee]);
        expect(outcome).toMatchObject({ failure: { code: 'QRT_TURN_POISONED' } });
      }
      expect(kit.memory(callee)).toEqual({});
      expect(
        await statusOf('ref.sendOnly(1); make_object("() => 1"); power.log("x"); ref.call(1)', [
          callee,
        ]),
      ).toBe('done');
      expect(kit.memory(callee)).toEqual({ n: 1 });
    });

    it('never breaks the exchange with the kernel, whatever is being loaded there', async () => {
      const seen = new Set<string>();
      await kit.done(
        kit.install('(args) => { args.call(); }'),
        { $: 0 },
        { slots: [kit.install('() => 1')] },
      );
      for (let distance = 0; distance < 600; distance += isThorough ? 5 : 40) {
        const fresh = kit.install('(args, { memory }) => { memory.n = 1; }', {
          data: { distance },
        });
        const outcome = await run(
          `function near(left, there) { if (left > 0) near(left - 1, there); else there(); }
           let isReal = false;
           const there = () => { if (isReal) ref.call(); };
           const fits = (left) => { try { near(left, there); return true; } catch { return false; } };
           // Until V8 has optimized it: then its frames keep their size. What is not compiled yet
           // would need 40 KB of stack just for that.
           for (let warm = 0; warm < 300; warm += 1) fits(1000);
           let low = 0, high = 1e5;
           while (high - low > 1) {
             const middle = (low + high) >> 1;
             if (fits(middle)) low = middle; else high = middle;
           }
           isReal = true;
           fits(low - ${distance});`,
          {},
          [fresh],
        );
        seen.add(outcome.status);
        // The worker is there and has not mixed up two replies.
        await kit.done(fresh);
        expect(kit.memory(fresh)).toEqual({ n: 1 });
      }
      expect([...seen].sort()).toEqual(['done', 'failed']);
    }, 30_000);

    it('crossing a call poisons the turn, as any RangeError does', async () => {
      const deep = kit.install('() => { const down = () => down() + 1; return down(); }');
      const range = kit.install('() => { throw new RangeError("mine"); }');
      const sub = kit.install('() => { throw new (class extends RangeError {})("mine"); }');
      for (const callee of [deep, range, sub]) {
        await poisoned('ref.call();', /RangeError crossed/, [callee]);
      }
    });

    it('that a guest meets and reports by itself is its own failure', async () => {
      const outcome = await run('const down = () => down() + 1; down();');
      expect(outcome).toMatchObject({ status: 'failed', failure: { name: 'RangeError' } });
    });
  });

  it('code nested as deep as the parser can go is refused or run, never a broken worker', async () => {
    for (const text of [
      `() => ${'['.repeat(249)}${']'.repeat(249)}`,
      `() => ${'!'.repeat(20_000)}1`,
      `() => ${Array(20_000).fill('1').join('+')}`,
      `() => ${'a=>'.repeat(10_000)}1`,
      `() => ${'`${'.repeat(240)}1${'}`'.repeat(240)}`,
      `() => {${'if(1){'.repeat(240)}${'}'.repeat(240)}}`,
    ]) {
      const status = await statusOf(`make_object(${JSON.stringify(text)})`);
      expect(['done', 'QRT_TURN_POISONED', 'QRT_CODE_REFUSED']).toContain(status);
      const checked = await kit.check(text);
      if ('reason' in checked) expect(checked.reason).toMatch(/nested/);
    }
    expect(await statusOf('memory.alive = true')).toBe('done');
  });
});
