import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeFrame, makeFrameSplitter } from '../../src/core/frames.ts';
import type { LocalId } from '../../src/core/ids.ts';
import { parseWorkerFrame } from '../../src/core/worker-frames.ts';
import { type Kit, READINGS, startKit, WORKER } from './kit.ts';

describe('worker', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());

  it('says that it is ready, with its versions, and ends with code 0 when the kernel goes', () => {
    const { stdout, status, stderr } = spawnSync(process.execPath, [WORKER], {
      env: { TZ: 'UTC' },
      input: '',
    });
    const [payload] = makeFrameSplitter().push(stdout);
    expect(parseWorkerFrame(payload ?? new Uint8Array())).toEqual({
      type: 'ready',
      ses: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      node: process.version,
    });
    expect([status, String(stderr)]).toEqual([0, '']);
  });

  it('ends with code 0 when the kernel goes while a turn waits for an object', () => {
    const turn = { type: 'turn', turn: 1, target: 'o1.0' as LocalId } as const;
    const frame = encodeFrame({ ...turn, args: { body: '1', slots: [] }, readings: READINGS });
    const { stdout, status } = spawnSync(process.execPath, [WORKER], { input: frame });
    const frames = makeFrameSplitter()
      .push(stdout)
      .map((payload) => parseWorkerFrame(payload));
    expect(frames[1]).toEqual({ type: 'ask', what: 'object', id: 'o1.0' });
    expect(status).toBe(0);
  });

  it('takes frames in pieces, and large ones both ways', async () => {
    const echo = kit.install(
      '({ to, text }, { memory }) => { memory.text = text; to.sendOnly(text); }',
    );
    const text = '€"\\'.repeat(30_000);
    const { sends } = await kit.done(echo, { to: { $: 0 }, text }, { slots: ['i1'] });
    expect(JSON.parse(sends[0]?.args.body ?? '')).toBe(text);
    const other = await startKit();
    for (const byte of encodeFrame({ type: 'check', text: '() => 1', bytesMax: 99 })) {
      other.process.stdin?.write(Buffer.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(await other.check('() => 2')).toMatchObject({ text: '() => 1' });
    expect(await other.check('() => 3')).toMatchObject({ text: '() => 2' });
    await other.close();
  });

  it('asks only once for what it keeps', async () => {
    const callee = kit.install('(args, { memory }) => { memory.n = args; }');
    const caller = kit.install('({ to, n }) => { to.call(n); }');
    const before = kit.asks.length;
    for (let n = 0; n < 3; n += 1) {
      await kit.done(caller, { to: { $: 0 }, n }, { slots: [callee] });
    }
    const once = ['object', 'code', 'memory'];
    expect(kit.asks.slice(before).map((ask) => ask.split(' ')[0])).toEqual([...once, ...once]);
    expect(kit.memory(callee)).toEqual({ n: 2 });
  });

  it('forgets what the kernel says is no more, after the turns before it and before those after', async () => {
    const callee = kit.install('(args, { memory }) => { memory.n = args; }');
    const caller = kit.install(`({ to, n }, { memory }) => {
      try { to.call(n); memory.said = 'called'; } catch (error) { memory.said = error.code; }
    }`);
    const call = () => kit.turn(caller, { to: { $: 0 }, n: 1 }, { slots: [callee] });
    await call();
    const { memory } = kit.power(callee);
    const description = kit.objects.get(callee);
    kit.objects.delete(callee);
    // Not yet told, it goes on with what it keeps.
    await call();
    expect(kit.memory(caller)).toEqual({ said: 'called' });
    kit.post({ type: 'forget', ids: [callee, memory!] });
    await call();
    expect(kit.memory(caller)).toEqual({ said: 'QRT_NO_OBJECT' });
    // Were the memory still kept, this one would find it.
    kit.memories.set(memory!, { body: '{"n":"stored"}', slots: [] });
    kit.objects.set(callee, description!);
    await call();
    expect(kit.memory(callee)).toEqual({ n: 1 });
    expect(kit.asks.filter((ask) => ask === `memory ${memory}`)).toHaveLength(2);
  });

  it.each([
    ['a memory that is a number', { memory: 5 }],
    ['a memory that is malformed', { memory: { $: 7 } }],
    ['a power that is a list', { data: [1] as never }],
    ['a power with a slot that is not there', { data: { a: { $: 1 } }, slots: ['i1'] }],
  ])('%s fails the turn with QRT_DATA_MALFORMED', async (_name, options) => {
    const object = kit.install('() => {}', options);
    expect(await kit.failed(object)).toMatchObject({ code: 'QRT_DATA_MALFORMED' });
  });

  it('a memory that is a reference fails the turn with QRT_DATA_MALFORMED', async () => {
    const object = kit.install('() => {}');
    kit.memories.set(kit.power(object).memory ?? '', { body: '{"$":0}', slots: ['i1' as LocalId] });
    expect(await kit.failed(object)).toMatchObject({ code: 'QRT_DATA_MALFORMED' });
  });

  it('a failed turn leaves what is kept as it was', async () => {
    const object = kit.install(
      '(args, { memory }) => { memory.list = [...(memory.list ?? []), args]; if (args < 0) throw args; }',
    );
    for (const n of [1, -1, 2, -2, 3]) await kit.turn(object, n);
    expect(kit.memory(object)).toEqual({ list: [1, 2, 3] });
  });

  it('Q14 the same turns give the same outcomes, byte by byte, in another process', async () => {
    const other = await startKit();
    const code = `(args, { memory, make_object }) => {
      memory.list = [...(memory.list ?? []), Math.sin(args.n), Math.exp(args.n), 0.1 * args.n];
      memory.map = Object.fromEntries([...new Set(['z', 'a', '1', args.n])].map((key) => [key, key]));
      memory.sorted = ['b', 'a', 'ä', 'Z'].sort((a, b) => a.localeCompare(b));
      const child = make_object('(args, { memory }) => { memory.n = (memory.n ?? 0) + 1; return memory.n; }', { memory: {} });
      args.to.sendOnly({ child, n: child.call() });
    }`;
    const outcomes = await Promise.all(
      [kit, other].map(async (one) => {
        // The numbers of turns differ between the two kits; the ids then, too.
        const object = one.install(code);
        const all = [];
        for (let n = 0; n < 5; n += 1) {
          const { turn, ...rest } = await one.done(object, { n, to: { $: 0 } }, { slots: ['i1'] });
          const text = JSON.stringify(rest).replaceAll(`${turn}.`, 'T.');
          all.push(
            text.replaceAll(object, 'OBJECT').replaceAll(one.power(object).memory ?? '', 'M'),
          );
        }
        return all;
      }),
    );
    expect(outcomes[0]).toEqual(outcomes[1]);
    await other.close();
  });
});
