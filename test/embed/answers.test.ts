// Answers in a program: values and references both ways, rejections, and answers asked for again.

import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { type Reference, Rejection, type Vat } from '../../src/embed/open-vat.ts';
import { coded, makeBench } from './kit.ts';

const COUNTER = `({ add = 0 }, { memory }) => (memory.count = (memory.count ?? 0) + add)`;
/** Makes a box around a value, or shows what it was given. */
const MAKER = `(args, { make_object, memory }) => {
  if (args?.keep !== undefined) return { box: make_object('(_, { kept }) => kept', { kept: args.keep }) };
  return args;
}`;
/** Answers when it is rung: the promise lives in its memory. */
const BELL = `({ ring }, { memory }) => {
  if (ring !== undefined) return memory.resolver.sendOnly({ value: ring });
  const { promise, resolver } = Q.promise();
  memory.resolver = resolver;
  return promise;
}`;

interface Box {
  readonly box: Reference;
}

/** How many rows there are. */
function count(vat: Vat, table: 'request' | 'promise' | 'inbox'): number {
  const db = new Database(`${vat.dir}/vat.db`, { readonly: true });
  try {
    return db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
  } finally {
    db.close();
  }
}

describe('answers in a program', () => {
  it('are what the function returned, with references in args and answers both ways', async () => {
    const vat = await makeBench().open('one');
    const [counter, maker] = [
      await vat.install({ code: COUNTER }),
      await vat.install({ code: MAKER, name: 'maker' }),
    ];
    expect(await counter.send({ add: 2 })).toBe(2);
    expect(await counter.send({ add: 3 }, { deadlineMs: 60_000 })).toBe(5);
    const data = { list: [1, 'two', null, { $: 'dollar', __proto__: 1 }], empty: {} };
    expect(await maker.send(data)).toEqual(data);
    expect(await maker.send()).toBe(null);
    const { box } = await maker.send<Box>({ keep: { counter, n: 1 } });
    const kept = await box.send<{ counter: Reference; n: number }>();
    expect(kept.n).toBe(1);
    // It came back: the same object, whichever of its references is used.
    expect(await kept.counter.send({ add: 1 })).toBe(6);
    expect(await counter.send({})).toBe(6);
    const again = await maker.send<{ deep: [Reference] }>({ deep: [box] });
    expect(await again.deep[0].send()).toEqual(kept);
    expect(`${box} ${counter}`).toMatch(/^reference o\d+\.\d+ reference o\d+\.\d+$/);
  });

  it('a reference of an answer means nothing to another vat until it has a QRID', async () => {
    const bench = makeBench();
    const [one, two] = [await bench.open('one'), await bench.open('two', { listen: false })];
    const maker = await one.install({ code: MAKER });
    const { box } = await maker.send<Box>({ keep: 7 });
    const other = await two.install({ code: MAKER });
    const foreign = coded('QRT_REFERENCE_FOREIGN', String(box));
    await expect(other.send({ box })).rejects.toEqual(foreign);
    await expect(two.install({ code: MAKER, power: { box } })).rejects.toEqual(foreign);
    const qrid = await box.qrid();
    expect(await one.reference(qrid).send()).toBe(7);
    await other.sendOnly({ box: two.reference(qrid) });
  });

  it('a throw rejects with name, message and code; so does what qrt ends', async () => {
    const vat = await makeBench().open('one');
    const thrower = await vat.install({
      code: `({ what }) => {
        if (what === 'coded') throw Object.assign(RangeError('too much'), { code: 'QRT_NO_OBJECT' });
        if (what === 'text') throw 'only text';
        return undefined.x;
      }`,
    });
    const rejected = (await thrower.send({ what: 'coded' }).catch((error) => error)) as Rejection;
    expect(rejected).toBeInstanceOf(Rejection);
    expect(rejected).toBeInstanceOf(Error);
    const { name, message, code } = rejected;
    expect({ name, message, code }).toEqual({
      name: 'RangeError',
      message: 'too much',
      // None of qrt's own can be forged.
      code: undefined,
    });
    await expect(thrower.send({ what: 'text' })).rejects.toThrow('only text');
    await expect(thrower.send({})).rejects.toMatchObject({ name: 'TypeError', code: undefined });
    const bell = await vat.install({ code: BELL });
    const late = bell.send({}, { deadlineMs: 50 });
    await expect(late).rejects.toMatchObject({ code: 'QRT_DEADLINE_PASSED' });
    await expect(late).rejects.toBeInstanceOf(Rejection);
  });

  it('what cannot be sent is refused before anything is', async () => {
    const vat = await makeBench().open('one');
    const counter = await vat.install({ code: COUNTER });
    const { send } = counter;
    const refusals = [
      [{ add: () => 1 }, {}, 'QRT_DATA_UNCARRIED'],
      [new Proxy({}, {}), {}, 'QRT_DATA_UNCARRIED'],
      ['x'.repeat(300_000), {}, 'QRT_DATA_OVERSIZE'],
      [{}, { deadlineMs: -1 }, 'QRT_ARGUMENT_INVALID'],
      [{}, { deadlineMs: 31_622_400_001 }, 'QRT_ARGUMENT_INVALID'],
      [{}, { id: 'a b' }, 'QRT_ARGUMENT_INVALID'],
      [{}, { deadline: 5 }, 'QRT_ARGUMENT_INVALID'],
    ] as const;
    for (const [args, options, code] of refusals) {
      await expect(counter.send(args, options as object)).rejects.toEqual(coded(code));
    }
    expect(() => send.call({} as Reference, {})).toThrow(TypeError);
    expect(() => vat.reference('qrt:nonsense')).toThrow(coded('QRT_QRID_MALFORMED'));
    await expect(vat.install({ code: '() => {' })).rejects.toEqual(coded('QRT_CODE_REFUSED'));
    await expect(vat.install({ path: 'no such guest' })).rejects.toEqual(coded('QRT_CODE_MISSING'));
    expect(await counter.send({ add: 1 })).toBe(1);
  });

  it('args are read at once: what is changed afterwards changes nothing', async () => {
    const vat = await makeBench().open('one');
    const power = { deep: [1] };
    const installed = vat.install({ code: '(args, { deep }) => [args, deep]', power });
    power.deep.push(2);
    const echo = await installed;
    const args = { list: [1] };
    const sent = echo.send(args);
    args.list.push(2);
    expect(await sent).toEqual([{ list: [1] }, [1]]);
  });

  it('of one id are one: the effect is there once, and the answer is the same each time', async () => {
    const vat = await makeBench().open('one');
    const counter = await vat.install({ code: COUNTER, id: 'counter' });
    const same = await vat.install({ code: COUNTER, id: 'counter' });
    const asked = [1, 2, 3].map(() => counter.send({ add: 1 }, { id: 'first' }));
    expect(await Promise.all([...asked, same.send({ add: 1 }, { id: 'first' })])).toEqual([
      1, 1, 1, 1,
    ]);
    expect(await vat.result('first')).toBe(1);
    await same.sendOnly({ add: 10 }, { id: 'only' });
    await counter.sendOnly({ add: 10 }, { id: 'only' });
    expect(await counter.send({})).toBe(11);
    const other = counter.send({ add: 2 }, { id: 'first' });
    await expect(other).rejects.toEqual(coded('QRT_REQUEST_REUSED', 'first'));
    await expect(vat.result('never')).rejects.toEqual(coded('QRT_REQUEST_UNKNOWN', 'never'));
    await expect(vat.result('only')).rejects.toEqual(coded('QRT_ANSWER_UNWANTED', 'only'));
  });

  it('that are there leave nothing behind, but those that hold promises do', async () => {
    const vat = await makeBench().open('one');
    const counter = await vat.install({ code: COUNTER });
    const installs = count(vat, 'request');
    for (let n = 1; n <= 20; n += 1) {
      await counter.sendOnly({ add: 1 });
      expect(await counter.send({})).toBe(n);
    }
    expect([count(vat, 'request'), count(vat, 'promise')]).toEqual([installs, 0]);
    const asker = await vat.install({
      code: '({ whom }) => ({ later: whom.send({}) })',
    });
    const bell = await vat.install({ code: BELL });
    const { later } = await asker.send<{ later: Reference }>({ whom: bell });
    // A message for what the promise becomes: it is settled with the counter after that.
    const added = later.send({ add: 5 });
    await bell.sendOnly({ ring: counter });
    expect(await added).toBe(25);
    expect(await later.send({ add: 1 })).toBe(26);
  });

  it('are told at close to come later, and are there after the next opening', async () => {
    const bench = makeBench();
    const vat = await bench.open('one');
    const bell = await vat.install({ code: BELL });
    const waiting = [bell.send({}), bell.send({}, { id: 'mine' })].map((asked) =>
      asked.catch((e) => e),
    );
    await expect.poll(() => count(vat, 'promise'), { timeout: 20_000 }).toBeGreaterThan(1);
    await vat.close();
    const [drawn, mine] = await Promise.all(waiting);
    expect(drawn).toEqual(coded('QRT_ANSWER_PENDING', /vat\.result\("(.*)"\)/));
    expect(mine).toEqual(coded('QRT_ANSWER_PENDING', /vat\.result\("mine"\)/));
    const again = await bench.open('one');
    const later = [
      again.result((drawn as { details: { id: string } }).details.id),
      again.result('mine'),
    ];
    const rung = again.reference(await bell.qrid());
    await rung.sendOnly({ ring: 'late' });
    expect(await later[1]).toBe('late');
    expect(await again.result('mine')).toBe('late');
    await again.close();
    await expect(later[0]).rejects.toEqual(coded('QRT_ANSWER_PENDING'));
  });

  it('64 callers that wait each get their own, and share commits', async () => {
    const vat = await makeBench().open('one');
    const counter = await vat.install({ code: COUNTER });
    const [callers, each] = [64, 20];
    const commits = () => {
      const db = new Database(`${vat.dir}/vat.db`, { readonly: true });
      const found = db.prepare('SELECT commits FROM counters').pluck().get() as number;
      db.close();
      return found;
    };
    const before = commits();
    const answers: number[] = [];
    const call = async (): Promise<void> => {
      for (let n = 0; n < each; n += 1) answers.push(await counter.send<number>({ add: 1 }));
    };
    await Promise.all(Array.from({ length: callers }, call));
    const wanted = Array.from({ length: callers * each }, (_, n) => n + 1);
    expect(answers.toSorted((one, other) => one - other)).toEqual(wanted);
    expect(commits() - before).toBeLessThan((callers * each) / 2);
    expect([count(vat, 'request'), count(vat, 'promise'), count(vat, 'inbox')]).toEqual([1, 0, 0]);
  });
});
