import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Kit, startKit } from './kit.ts';

describe('call', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());

  const runWith = async (code: string, targets: readonly string[], memory?: unknown) => {
    const object = kit.install(code, memory === undefined ? {} : { memory });
    const args = targets.map((_, index) => ({ $: index }));
    const outcome = await kit.done(object, args, { slots: targets });
    return { outcome, memory: kit.memory(object) as Record<string, unknown>, object };
  };

  it('Q27 a call runs now, returns the value and passes exceptions on', async () => {
    const callee = kit.install(`(args) => {
      if (args === 'throw') throw args;
      return args * 2;
    }`);
    const { memory } = await runWith(
      `([to], { memory }) => {
        memory.results = [to.call(1), Q.call(to, 2)];
        try { to.call('throw'); } catch (error) { memory.caught = error; }
      }`,
      [callee],
    );
    expect(memory).toEqual({ results: [2, 4], caught: 'throw' });
  });

  it('Q27 objects may call back into the caller', async () => {
    const callee = kit.install('({ back, n }) => (n === 0 ? "end" : back.call({ again: n - 1 }))');
    const caller = kit.install(
      `(args, { memory, to }) => {
        memory.calls = (memory.calls ?? 0) + 1;
        return to.call({ back: memory.self ??= args.self, n: args.again });
      }`,
      { data: { to: { $: 0 } }, slots: [callee] },
    );
    await kit.done(caller, { self: { $: 0 }, again: 3 }, { slots: [caller] });
    expect(kit.memory(caller)).toMatchObject({ calls: 4 });
  });

  it('Q28 a call passes functions and live values; a send or memory refuses them', async () => {
    const callee = kit.install('({ fn, list }) => { list.push(fn(20)); return { fn, list }; }');
    const { memory } = await runWith(
      `([to, far], { memory, make_object }) => {
        const list = [];
        const result = to.call({ fn: (n) => n + 1, list, make_object });
        memory.list = list;
        memory.same = result.list === list;
        try { far.sendOnly({ f: [result.fn] }); } catch (error) { memory.error = error.message; }
        try { far.sendOnly({ make_object }); } catch (error) { memory.native = error.code; }
      }`,
      [callee, 'i1'],
    );
    expect(memory).toEqual({
      list: [21],
      same: true,
      error: 'args.f[0] cannot be carried: a function',
      native: 'QRT_DATA_UNCARRIED',
    });
  });

  it('Q29 a call to another vat throws QRT_CALL_REMOTE, to nothing QRT_NO_OBJECT', async () => {
    const { memory, outcome } = await runWith(
      `([far, gone], { memory }) => {
        memory.codes = [far, gone].map((to) => { try { to.call(1); } catch (error) { return error.code; } });
      }`,
      ['i1', 'o88888.0'],
    );
    expect(memory).toEqual({ codes: ['QRT_CALL_REMOTE', 'QRT_NO_OBJECT'] });
    expect(outcome.sends).toEqual([]);
  });

  it('Q30 what a callee did stays when the caller catches what it threw', async () => {
    const callee = kit.install(`({ to }, { memory }) => {
      memory.n = 1; to.sendOnly('from callee'); throw Error('after');
    }`);
    const { outcome, object } = await runWith(
      `([to, far]) => { try { to.call({ to: far }); } catch {} far.sendOnly('from caller'); }`,
      [callee, 'i1'],
    );
    expect(kit.memory(callee)).toEqual({ n: 1 });
    expect(outcome.sends.map(({ sender, args }) => [sender, args.body])).toEqual([
      [callee, '"from callee"'],
      [object, '"from caller"'],
    ]);
  });

  it('Q30 caller and callee fail as one', async () => {
    const callee = kit.install('(args, { memory }) => { memory.n = 1; }');
    const caller = kit.install('([to], { memory }) => { memory.n = 1; to.call(); throw Error(); }');
    await kit.failed(caller, [{ $: 0 }], { slots: [callee] });
    expect([kit.memory(caller), kit.memory(callee)]).toEqual([{}, {}]);
  });

  it('Q40 shared memory is one live value in a turn, and no update is lost', async () => {
    const { memory, outcome } = await runWith(
      `(args, power) => {
        const { memory, make_object } = power;
        const child = make_object('(args, { memory }) => { memory.n += 10; return memory; }', power);
        const before = memory.n;
        const seen = child.call();
        memory.n += 1;
        memory.result = { before, same: seen === memory };
        memory.child = child;
      }`,
      [],
      { n: 5 },
    );
    expect(memory).toMatchObject({ n: 16, result: { before: 5, same: true } });
    const child = outcome.objects[0]?.id ?? '';
    await kit.done(child);
    expect(kit.memory(child)).toMatchObject({ n: 26 });
  });

  it('each object has one power in a turn', async () => {
    const callee = kit.install('(args, power) => power');
    const { memory } = await runWith(
      '([to], { memory }) => { memory.same = to.call() === to.call(); }',
      [callee],
    );
    expect(memory).toEqual({ same: true });
  });

  it('the sender of a message is the object whose function runs, and a maker the one that was given the power', async () => {
    const callee = kit.install(`({ lent, far }) => { far.sendOnly(1); lent('() => {}'); }`);
    const { outcome, object } = await runWith(
      `([to, far], { make_object }) => {
        to.call({ lent: make_object, far });
        far.sendOnly(2);
      }`,
      [callee, 'i1'],
    );
    expect(outcome.sends.map(({ sender }) => sender)).toEqual([callee, object]);
    expect(outcome.objects.map(({ maker }) => maker)).toEqual([object]);
  });

  it('loads an object in the middle of a turn while other turns wait', async () => {
    const late = kit.install('(args, { memory }) => { memory.n = (memory.n ?? 0) + 1; return 1; }');
    const caller = kit.install(`([to]) => { to.call(); }`);
    const outcomes = Array.from({ length: 20 }, () =>
      kit.turn(caller, [{ $: 0 }], { slots: [late] }),
    );
    const all = await Promise.all(outcomes);
    expect(all.map(({ status }) => status)).toEqual(Array(20).fill('done'));
    expect(all.map(({ turn }) => turn)).toEqual(all.map((_, n) => (all[0]?.turn ?? 0) + n));
    expect(kit.memory(late)).toEqual({ n: 20 });
  });
});
