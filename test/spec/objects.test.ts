// Objects: code and power, and what the things in a power give away.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';
import { makeTestNet } from './net.ts';

describe('objects', () => {
  let vat: TestVat;
  let peer: TestVat;
  beforeAll(async () => {
    const net = makeTestNet();
    vat = await openTestVat({ net, objects: { sink: '() => {}' } });
    peer = await openTestVat({ net, objects: { sink: '() => {}' } });
  });
  afterAll(closeTestVats);

  it('Q8a code is strict without saying so, also code that an object makes', async () => {
    const probe = `function () {
      const attempts = {
        undeclared: () => { undeclaredName = 1; },
        frozen: () => { Object.freeze([]).push(1); },
        readOnly: () => { Object.freeze({ x: 1 }).x = 2; },
        undeletable: () => { delete Object.freeze({ x: 1 }).x; },
        primitive: () => { 'text'.x = 1; },
        callee: () => arguments.callee,
      };
      const thrown = {};
      for (const [name, attempt] of Object.entries(attempts)) {
        try { attempt(); thrown[name] = 'nothing'; } catch (error) { thrown[name] = error.name; }
      }
      const unaliased = (function (a) { arguments[0] = 2; return a; })(1) === 1;
      return { thisIs: typeof this, innerThisIs: (function () { return typeof this; })(), unaliased, thrown };
    }`;
    const strict = {
      thisIs: 'undefined',
      innerThisIs: 'undefined',
      unaliased: true,
      thrown: {
        undeclared: 'ReferenceError',
        frozen: 'TypeError',
        readOnly: 'TypeError',
        undeletable: 'TypeError',
        primitive: 'TypeError',
        callee: 'TypeError',
      },
    };
    const root = await vat.install('strict', probe);
    expect(await vat.value('args.root.call()', { root })).toEqual(strict);
    const text = JSON.stringify(probe);
    expect(await vat.value(`power.make_object(${text}).call()`)).toEqual(strict);
    const refused = ['() => { with ({}) {} }', '() => 010', '(a, a) => a', '(a) => { delete a; }'];
    const reasons = await vat.value(
      `args.map((code) => {
      try { power.make_object(code); return 'made'; } catch (error) { return error.code; }
    })`,
      refused,
    );
    expect(reasons).toEqual(refused.map(() => 'QRT_CODE_REFUSED'));
  });

  it('Q8a modern syntax runs', async () => {
    const found = await vat.value(`(() => {
      class Box { #x = 1; static made = 0; static { Box.made = 1; } get x() { return this.#x; } has(o) { return #x in o; } }
      const { a = 5, ...rest } = { b: 2, c: 3 };
      const [first, , third = 9] = [1, 2];
      let n = null; n ??= 4; n ||= 0; n **= 2;
      function* count() { yield* [1, 2]; yield 3; }
      const { groups } = /(?<year>\\d{4})/u.exec('in 2024');
      label: for (const i of [1, 2]) { for (;;) continue label; }
      const big = 2n ** 64n;
      return [new Box().x, new Box().has(new Box()), Box.made, a, rest, first, third, n, [...count()],
        groups.year, String(big), ({}).missing?.deep?.(), 1_000, [3, 1, 2].toSorted?.() ?? [1, 2, 3],
        [1, [2, [3]]].flat(Infinity), 'aXbX'.replaceAll('X', '-'), [1, 2, 3].at(-1),
        Object.fromEntries([['k', \`\${first}\`]]), [1, 2].findLast((x) => x < 2)].map((x) => x ?? null);
    })()`);
    expect(found).toEqual([
      ...[1, true, 1, 5, { b: 2, c: 3 }, 1, 9, 16, [1, 2, 3], '2024', '18446744073709551616', null],
      ...[1000, [1, 2, 3], [1, 2, 3], 'a-b-', 3, { k: '1' }, 1],
    ]);
  });

  it('Q8a a WeakMap and a Proxy work within a turn and cannot outlive it', async () => {
    const keeper = await vat.install(
      'weak',
      `(args, power) => {
        const map = new WeakMap([[args, 1]]);
        const proxy = new Proxy({}, { get: () => map.get(args) });
        if (args.keep === 'map') power.memory.kept = map;
        if (args.keep === 'proxy') power.memory.kept = proxy;
        power.memory.saw = proxy.anything;
      }`,
    );
    await vat.send(keeper, { keep: 'neither' });
    expect(vat.memory(keeper)).toEqual({ saw: 1 });
    for (const keep of ['map', 'proxy']) await vat.send(keeper, { keep });
    const failures = (await vat.log('failure')).slice(-2);
    expect(failures[0]).toMatch(/power\.memory\.kept.*a WeakMap/);
    expect(failures[1]).toMatch(/power\.memory\.kept.*a proxy/);
    expect(vat.memory(keeper)).toEqual({ saw: 1 });
  });

  it('Q8 an object is a function of args and power, and only a caller sees what it returns', async () => {
    const marker = 'returned-and-gone';
    const code = `function () { arguments[1].memory.got = arguments.length; return '${marker}'; }`;
    const here = await vat.install('returns', code);
    const there = await peer.install('returns', code);
    const seen = await vat.value(
      `[args.here.sendOnly(1) === undefined, args.there.sendOnly(1) === undefined,
        Q.sendOnly(args.here, 1) === undefined, args.here.call(1).length]`,
      { here, there },
    );
    await vat.queue(here, 1);
    await vat.net.run();
    expect(seen).toEqual([true, true, true, marker.length]);
    expect([vat.memory(here), peer.memory(there)]).toEqual([{ got: 2 }, { got: 2 }]);
    for (const each of [vat, peer]) {
      // Only the code itself holds the text.
      expect(each.snapshot().split(marker)).toHaveLength(2);
    }
  });

  it('Q9 a power holds memory, references at any depth, natives at its top and frozen data', async () => {
    const power = {
      deep: [{ to: vat.ref('sink') }, [[peer.ref('sink')]]],
      data: { list: [1, { x: null }] },
    };
    const found = await vat.value(
      `(() => {
        const frozen = (value) => Object(value) !== value || (Object.isFrozen(value) && Object.values(value).every(frozen));
        const attempts = [() => { power.extra = 1; }, () => { power.memory = {}; }, () => { delete power.data; },
          () => { power.data.list.push(2); }, () => { power.data.list[1].x = 1; }, () => { power.deep.length = 0; }];
        const refused = attempts.filter((attempt) => { try { attempt(); return false; } catch { return true; } });
        power.deep[0].to.sendOnly(1);
        power.deep[1][0][0].sendOnly(1);
        power.memory.root = Array.isArray(power.memory);
        return { keys: Object.keys(power).sort(), natives: [typeof power.log, typeof power.make_object],
          data: JSON.stringify(power.data), frozen: [frozen(power.data), frozen(power.deep), Object.isFrozen(power)],
          mutable: !Object.isFrozen(power.memory), refused: refused.length };
      })()`,
      null,
      { power, grants: ['log'] },
    );
    expect(found).toEqual({
      keys: ['data', 'deep', 'log', 'make_object', 'memory'],
      natives: ['function', 'function'],
      data: '{"list":[1,{"x":null}]}',
      frozen: [true, true, true],
      mutable: true,
      refused: 6,
    });
  });

  it('Q9 a native power below the top level is refused and never dropped silently', async () => {
    const before = (await vat.status()).objects;
    const found = await vat.value(
      `[{ tools: { make: power.make_object } }, { list: [0, power.log] }, { a: { b: [{ c: power.log }] } },
        { memory: { kept: power.make_object } }].map((newpower) => {
          try { power.make_object('() => 1', newpower); return 'made'; }
          catch (error) { return error.code + ' ' + error.message.replace(/.*?(newpower\\S*).*/, '$1'); }
        })`,
      null,
      { grants: ['log'] },
    );
    expect(found).toEqual([
      'QRT_POWER_INVALID newpower.tools.make',
      'QRT_POWER_INVALID newpower.list[1]',
      'QRT_POWER_INVALID newpower.a.b[0].c',
      'QRT_POWER_INVALID newpower.memory.kept',
    ]);
    // Only the object that tried was made.
    expect((await vat.status()).objects).toBe(before + 1);
  });

  it('Q16 references and natives are frozen, and nothing of them says what they name', async () => {
    const refs = { here: vat.ref('sink'), there: peer.ref('sink') };
    const found = (await vat.value(
      `(() => {
        const texts = [];
        const seen = new Set();
        const loose = [];
        const visit = (path, thing) => {
          texts.push(typeof thing === 'string' ? thing : path);
          if (Object(thing) !== thing || seen.has(thing)) return;
          seen.add(thing);
          if (!Object.isFrozen(thing)) loose.push(path);
          for (const say of [String, JSON.stringify, (x) => \`\${x}\`, Object.prototype.toString.call.bind(Object.prototype.toString)]) {
            try { texts.push(String(say(thing))); } catch (error) { texts.push(error.message); }
          }
          for (const key of Reflect.ownKeys(thing)) {
            const { value, get, set } = Object.getOwnPropertyDescriptor(thing, key);
            for (const part of [value, get, set]) visit(path + '.' + String(key), part);
          }
          visit(path + '.__proto__', Object.getPrototypeOf(thing));
        };
        const things = { here: args.here, there: args.there, log: power.log, make_object: power.make_object };
        for (const [name, thing] of Object.entries(things)) visit(name, thing);
        const attempts = [() => args.there.call(1), () => args.here.sendOnly(1n), () => power.log(1n),
          () => power.make_object('('), () => args.here.call.call({}, 1), () => Q.sendOnly({}, 1)];
        for (const attempt of attempts) {
          try { attempt(); } catch (error) { texts.push(error.message, String(error), String(error.stack)); }
        }
        const marks = Object.values(things).map((thing) => {
          try { thing.mark = 1; } catch {}
          try { Object.setPrototypeOf(thing, null); } catch {}
          try { Object.defineProperty(thing, 'mark', { value: 1 }); } catch {}
          return 'mark' in thing;
        });
        return { loose, marks, own: [Reflect.ownKeys(args.here).length, Reflect.ownKeys(args.there).length],
          same: Object.getPrototypeOf(args.here) === Object.getPrototypeOf(args.there), text: texts.join('\\n') };
      })()`,
      refs,
      { grants: ['log'] },
    )) as { text: string };
    const { text, ...rest } = found;
    expect(rest).toEqual({
      loose: [],
      marks: [false, false, false, false],
      own: [0, 0],
      same: true,
    });
    expect(text.length).toBeGreaterThan(1_000);
    const swissnums = Object.values(refs).map(({ qrid }) => qrid.slice(48, 91));
    const secrets = [vat.id, peer.id, ...swissnums, '127.0.0.1', 'http:', 'qrt:', vat.dir];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    // Neither may an object know what its own vat calls the things that it holds.
    expect(text).not.toMatch(/\b[oim]\d+(\.\d+)?\b/);
  });
});
