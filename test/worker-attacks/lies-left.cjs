'use strict';
// What a liar leaves behind: outcomes of a form that fits, whose texts no honest worker writes. The
// kernel does not look into texts, so it takes them; what reads them later has to be careful.
const { createHash } = require('node:crypto');
const hashOf = (text) => createHash('sha256').update(text).digest('hex');
const MIB = 1024 * 1024;

/** A body in each place where there can be one, for an object that the honest ones can reach. */
const bodied =
  (body, slots = []) =>
  ({ done, made, sent, me, o, m, t }) => {
    const value = { body, slots };
    return done({
      objects: [made(), made({ id: o(1), power: { data: value, natives: {}, memory: m(2) } })],
      memory: [
        { id: m(2), value },
        { id: me.power.memory, value: { body: '{"kept":[{"$":0},{"$":1}]}', slots: [o(0), o(1)] } },
      ],
      // To the new ones, to itself, and to the peer that it was told of.
      sends: [o(0), o(1), t.args.slots[1]].map((target) => sent({ target, args: value })),
    });
  };

/** An object with a text that nobody has checked, and a message to it. */
const coded =
  (text, change = {}) =>
  ({ done, made, sent, o, noPower, me }) =>
    done({
      objects: [made({ code: hashOf(text), text, power: { ...noPower, ...change } })],
      memory: [{ id: me.power.memory, value: { body: '{"kept":[{"$":0}]}', slots: [o(0)] } }],
      sends: [sent({ target: o(0) })],
    });

Object.assign(LIES, {
  'a body that is no JSON': bodied('{'),
  'an empty body': bodied(''),
  'a body of a number': bodied('7'),
  'a body of null': bodied('null'),
  'a body with a reference without a slot': bodied('{"$":0}'),
  'a body with a reference at a negative place': bodied('{"a":{"$":-1}}'),
  'a body with a reference by name': bodied('{"a":{"$":"length"}}'),
  'a body with an unknown key': bodied('{"$x":1}'),
  'a body of lists in lists': bodied('['.repeat(100_000) + ']'.repeat(100_000)),
  'a body of lists that do not end': bodied('['.repeat(200_000)),
  'a body of too many values': bodied(`[${'0,'.repeat(120_000)}0]`),
  'a body with a prototype key': bodied(
    '{"__proto__":{"isAdmin":true},"constructor":{"prototype":1}}',
  ),
  'a body of control characters': bodied('\u0000\u0001\u001b[2J\u007f\n'.repeat(30_000)),
  'a body with half a pair': bodied('"\ud800"'),
  'a body with numbers without end': bodied('[1e999,-0,1e-999]'),
  'a body of markup': bodied('"<script>fetch(1)</script><img src=x onerror=alert(1)>"'),
  'slots that the body does not mention': ({ done, sent, o, made, t }) =>
    done({
      objects: [made()],
      sends: [sent({ target: t.args.slots[1], args: { body: '0', slots: [o(0), t.target] } })],
    }),
  'code that runs when it is read': coded('(globalThis.stolen = 1, function () {})'),
  'code that ends its wrapper': coded('function () {}); globalThis.stolen = 1; (function () {}'),
  'code that is called': coded('(function () { throw 1; })()'),
  'code that is no function': coded('"text"'),
  'code that is async': coded('async () => { for (;;); }'),
  'code that imports': coded('() => import("node:fs")'),
  'code that is nothing': coded(''),
  'code in lists in lists': coded(`() => ${'['.repeat(30_000)}${']'.repeat(30_000)}`),
  'code with half a pair': coded('() => "\ud800"'),
  'code with what is not its own': coded('  (args, power) => args // tail'),
  'a power whose native stands at memory': coded('(args, power) => { power.memory.x = 1; }', {
    natives: { memory: 'make_object', __proto__: null },
  }),
  'a power with a prototype key': ({ done, made, sent, o }) =>
    JSON.stringify(
      done({
        objects: [
          made({ power: { data: { body: '{}', slots: [] }, natives: { XX: 'make_object' } } }),
        ],
        sends: [sent({ target: o(0) })],
      }),
    ).replace('"XX"', '"__proto__"'),
  'the greatest outcome': ({ done, made, sent, me, o, t }) => {
    const text = 'x'.repeat(MIB - 2);
    return done({
      objects: Array.from({ length: 100 }, (_, k) => made({ id: o(k) })),
      memory: [{ id: me.power.memory, value: { body: `"${text}"`, slots: [] } }],
      sends: Array.from({ length: 900 }, () =>
        sent({ target: o(0), args: { body: '0', slots: [t.target, o(99)] } }),
      ),
    });
  },
});
