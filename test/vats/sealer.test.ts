// Sealer: a box opens with the unsealer of its own pair, and with nothing else.
import { describe, expect, it } from 'vitest';
import { makeRandom, pick } from '../sim/random.ts';
import { someOf } from '../thorough.ts';
import { type GuestVat, openVat, type TestObject } from './kit.ts';

interface Pair {
  readonly sealer: TestObject;
  readonly unsealer: TestObject;
}

const REFUSAL = 'args.box is no box of this pair';

const makePairs = async (vat: GuestVat, count: number): Promise<Pair[]> => {
  const maker = await vat.guest('sealer');
  const pairs: Pair[] = [];
  for (let n = 0; n < count; n += 1) pairs.push(await vat.news<Pair & object>(maker));
  return pairs;
};

const seal = async (vat: GuestVat, { sealer }: Pair, contents: unknown): Promise<TestObject> => {
  const { box } = await vat.news(sealer, { contents });
  return box!;
};

const open = (vat: GuestVat, { unsealer }: Pair, box: unknown): Promise<{ contents: unknown }> =>
  vat.news(unsealer, { box });

/** In the vat of the pair, with boxes and an unsealer at hand; each is called as if it were a box. */
const IMPOSTORS: Record<string, string> = {
  'an object that does nothing': '() => {}',
  'an object that returns contents': '() => ({ contents: 1, sealed: { contents: 1 } })',
  'an object that throws': '() => { throw Error("no"); }',
  'a front of a true box': '(args, { box }) => box.call(args)',
  'a front of two true boxes':
    '(args, { box, other }) => { box.call(args); return other.call(args); }',
  'a front that has the true box opened in between':
    '(args, { box, unsealer }) => { unsealer.call({ box }); return box.call(args); }',
  'a front that has something else refused in between':
    '(args, { box, unsealer }) => { try { unsealer.call({ box: 1 }); } catch {} box.call(args); }',
  'an object with the code of a box': `function box(args, { memory, sealed, ear }) {
    // Its sealer tells it, before anybody else has it, which reference is its own.
    if (memory.self === undefined) memory.self = args.self;
    else ear.call({ box: memory.self, sealed });
  }`,
};

describe('sealer', () => {
  it.each(someOf([1, 2], 2))(
    'each box opens with the unsealer of its own pair only (seed %i)',
    async (seed) => {
      const random = makeRandom(seed);
      const vat = await openVat();
      const pairs = await makePairs(vat, 4);
      const things = [
        0,
        '',
        null,
        false,
        [],
        { contents: 1, box: 2 },
        vat.outside('away'),
        pairs[0]!.sealer,
      ];
      const boxes: { pair: Pair; box: TestObject; contents: unknown }[] = [];
      for (let n = 0; n < 20; n += 1) {
        const pair = pick(random, pairs);
        // A box can be in a box.
        const contents = { n, thing: pick(random, [...things, boxes.at(-1)?.box ?? 0]) };
        boxes.push({ pair, contents, box: await seal(vat, pair, contents) });
      }
      for (const pair of pairs) {
        for (const { box, contents, pair: own } of boxes) {
          if (random() < 0.02) await vat.restart();
          if (pair === own) expect(await open(vat, pair, box)).toEqual({ contents });
          else expect(await vat.refused(pair.unsealer, { box, to: own.sealer })).toBe(REFUSAL);
        }
      }
    },
  );

  it('an impostor opens nothing and breaks nothing, whatever it does when it is asked', async () => {
    const vat = await openVat();
    const [pair] = (await makePairs(vat, 1)) as [Pair];
    const [box, other] = [await seal(vat, pair, 'one'), await seal(vat, pair, 'two')];
    const { unsealer } = pair;
    const to = await vat.sink();
    const power = { box, other, unsealer, ear: to, sealed: { contents: 'forged' } };
    for (const [what, code] of Object.entries(IMPOSTORS)) {
      const impostor = await vat.object(code, power);
      for (let time = 0; time < 2; time += 1) {
        expect(await vat.refused(unsealer, { box: impostor, to }), what).toBe(REFUSAL);
        expect(await open(vat, pair, box), what).toEqual({ contents: 'one' });
        expect(await open(vat, pair, other), what).toEqual({ contents: 'two' });
      }
      expect(await vat.memory(unsealer), what).toEqual({});
    }
    expect(await to.received()).toEqual([]);
  });

  it('neither data nor any other reference opens as a box', async () => {
    const vat = await openVat();
    const [pair, foreign] = (await makePairs(vat, 2)) as [Pair, Pair];
    const box = await seal(vat, pair, 1);
    const likes = [undefined, null, 'box', { box }, [box], { sealed: { contents: 1 } }];
    for (const like of [
      ...likes,
      vat.outside('away'),
      pair.sealer,
      pair.unsealer,
      foreign.unsealer,
    ]) {
      const args = like === undefined ? {} : { box: like };
      expect(await vat.refused(pair.unsealer, args)).toBe(REFUSAL);
    }
  });

  it('a box tells its contents to nobody who asks it, and leaves nothing behind', async () => {
    const vat = await openVat();
    const [pair] = (await makePairs(vat, 1)) as [Pair];
    const box = await seal(vat, pair, 'secret');
    const to = await vat.sink();
    const thief = await vat.object(
      `({ to }, { memory, box }) => {
        for (const args of ['open', undefined, { to }, { method: 'open', to }, { self: box }, { self: to }]) {
          memory.got = [...memory.got ?? [], box.call(args) ?? null];
          if (args !== undefined) box.sendOnly(args);
        }
      }`,
      { box },
    );
    await vat.done(thief, { to });
    expect(await vat.memory(thief)).toEqual({ got: [null, null, null, null, null, null] });
    expect(await to.received()).toEqual([]);
    // What it was told by the thief did not become its own reference.
    expect(await open(vat, pair, box)).toEqual({ contents: 'secret' });
    const { unsealer } = pair;
    expect(await vat.refused(unsealer, { box: to, to })).toBe(REFUSAL);
    expect(await vat.memory(unsealer)).toEqual({});
  });

  it('a thief who catches a refusal can open no more afterwards, in the same turn', async () => {
    const vat = await openVat();
    const [pair, foreign] = (await makePairs(vat, 2)) as [Pair, Pair];
    const [box, alien] = [await seal(vat, pair, 'one'), await seal(vat, foreign, 'two')];
    const thief = await vat.object(
      `(args, { memory, box, alien, unsealer, front }) => {
        const open = (box, to) => {
          try { return unsealer.call({ box, to }); } catch (error) { return error.message; }
        };
        // A 'to' that is no reference makes the unsealer throw after it has opened the box.
        memory.got = [open(alien), open(front), open(box, {}), open(alien), open(front), open(box)];
      }`,
      {
        box,
        alien,
        unsealer: pair.unsealer,
        front: await vat.object('(_, { box }) => box.call()', { box }),
      },
    );
    await vat.done(thief);
    const bad = 'Q.sendOnly needs a reference as its target.';
    expect(await vat.memory(thief)).toEqual({
      got: [REFUSAL, REFUSAL, bad, REFUSAL, REFUSAL, 'one'],
    });
  });

  it('what comes out by an immediate call cannot be changed, nor can what went in', async () => {
    const vat = await openVat();
    const [pair] = (await makePairs(vat, 1)) as [Pair];
    const user = await vat.object(
      `(args, { memory, pair }) => {
        const contents = { list: [1] };
        const box = pair.sealer.call({ contents });
        contents.list.push(2);
        const opened = pair.unsealer.call({ box });
        try { opened.list.push(3); } catch (error) { memory.error = error.name; }
        memory.again = pair.unsealer.call({ box });
      }`,
      { pair },
    );
    await vat.done(user);
    expect(await vat.memory(user)).toEqual({ error: 'TypeError', again: { list: [1] } });
  });

  it('a native power cannot be sealed, and nothing at all neither', async () => {
    const vat = await openVat();
    const [{ sealer }] = (await makePairs(vat, 1)) as [Pair];
    const user = await vat.object(
      '(args, { memory, make_object, sealer }) => { sealer.call({ contents: make_object }); }',
      { sealer },
    );
    expect(await vat.refused(user)).toMatch(/newpower.sealed.contents is a native power/);
    expect(await vat.refused(sealer, {})).toMatch(/args.contents is what to seal/);
  });
});
