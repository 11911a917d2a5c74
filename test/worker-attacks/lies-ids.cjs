'use strict';
// Lies about what exists, whose it is and when it happened: outcomes of a form that fits.
const effects = (make) => (parts) => parts.done(make(parts));
const inArgs = (slot) => effects(({ sent, data }) => ({ sends: [sent({ args: data(slot) })] }));
const inPower = (power) => (parts) =>
  parts.done({ objects: [parts.made({ power: { ...parts.noPower, ...power(parts) } })] });
const renamed = (make) => effects((parts) => ({ objects: [parts.made({ id: make(parts) })] }));

Object.assign(LIES, {
  'the outcome of the turn after next': ({ done, t }) => done({}, t.turn + 1),
  'the outcome of a turn that was': ({ done, t }) => done({}, t.turn - 1),
  'the outcome of turn 2^53 - 1': ({ done }) => done({}, Number.MAX_SAFE_INTEGER),
  'a failure of another turn': ({ t }) => ({
    ...{ type: 'outcome', turn: t.turn + 1, status: 'failed' },
    failure: { name: 'Error', message: 'no' },
  }),
  'the same outcome twice': {
    tell: ({ say, done, me }) => {
      const memory = [
        {
          id: me.power.memory,
          value: { body: '{"got":["lie"]}', slots: [] },
        },
      ];
      say(done({ memory }));
      say(done({ memory }));
    },
  },
  'a send to an object that never was': effects(({ sent }) => ({
    sends: [sent({ target: 'o999.0' })],
  })),
  'a send to an object of a turn to come': effects(({ sent, o, t }) => ({
    sends: [sent({ target: o(0, t.turn + 1) })],
  })),
  'a send to an object of this turn that it did not make': effects(({ sent, o }) => ({
    sends: [sent({ target: o(0) })],
  })),
  'a send to an import that never was': effects(({ sent }) => ({
    sends: [sent({ target: 'i77' })],
  })),
  'a send to a memory slot': effects(({ sent, me }) => ({
    sends: [sent({ target: me.power.memory })],
  })),
  'a send by an object that never was': effects(({ sent }) => ({
    sends: [sent({ sender: 'o999.0' })],
  })),
  'a send by an import': effects(({ sent }) => ({ sends: [sent({ sender: 'i1' })] })),
  'a send at the cost of the operator': effects(({ sent }) => ({
    sends: [sent({ sender: 'o0.0' })],
  })),
  'args with an object that never was': inArgs('o999.0'),
  'args with an import that never was': inArgs('i77'),
  'args with a memory slot': inArgs('m1.1'),
  'args with a name of the wire': inArgs('x1'),
  'args with a QRID': inArgs(`qrt:${'A'.repeat(43)}.${'A'.repeat(43)}`),
  'args with an id of two spellings': inArgs('o01.0'),
  'args with an id with a line break': inArgs('o1.0\n'),
  'memory with an object that never was': effects(({ me, data }) => ({
    memory: [{ id: me.power.memory, value: data('o999.0') }],
  })),
  'memory of a slot that never was': effects(({ m, data, t }) => ({
    memory: [{ id: m(0, t.turn + 7), value: data() }],
  })),
  'memory that no object holds': effects(({ m, data }) => ({
    memory: [{ id: m(0), value: data() }],
  })),
  'a memory slot written twice': effects(({ me, data }) => ({
    memory: [
      { id: me.power.memory, value: data() },
      { id: me.power.memory, value: data() },
    ],
  })),
  'an object as a memory slot': effects(({ t, data }) => ({
    memory: [{ id: t.target, value: data() }],
  })),
  'a power over a memory slot that never was': inPower(() => ({ memory: 'm999.0' })),
  'a power over an object as memory': inPower(({ t }) => ({ memory: t.target })),
  'a power with a reference that never was': inPower(({ data }) => ({ data: data('o999.0') })),
  'a power that this vat never granted': inPower(() => ({ natives: { log: 'log' } })),
  'a power of an unknown type': inPower(() => ({ natives: { fetch: 'fetch' } })),
  'a line of the log without the power': effects(({ t }) => ({
    logs: [{ object: t.target, text: 'x' }],
  })),
  'a line of the log in the name of the operator': effects(() => ({
    logs: [{ object: 'o0.0', text: 'x' }],
  })),
  'an object of another turn': renamed(({ o, t }) => o(0, t.turn - 1)),
  'an object of a turn to come': renamed(({ o, t }) => o(0, t.turn + 1)),
  'an object that exists': renamed(({ victim }) => victim),
  'an object with a gap in its k': renamed(({ o }) => o(1)),
  'a k used twice': effects(({ made, m, data, noPower }) => ({
    objects: [made({ power: { ...noPower, memory: m(0) } })],
    memory: [{ id: m(0), value: data() }],
  })),
  'an object made by nobody': effects(({ made }) => ({ objects: [made({ maker: 'o999.0' })] })),
  'an object made by itself': effects(({ made, o }) => ({ objects: [made({ maker: o(0) })] })),
  'an object made by a later one': effects(({ made, o }) => ({
    objects: [made({ maker: o(1) }), made({ id: o(1) })],
  })),
  'an object that belongs to the operator': effects(({ made }) => ({
    objects: [made({ maker: 'o0.0' })],
  })),
  'code that this vat does not have': effects(({ made }) => ({
    objects: [made({ code: 'a'.repeat(64) })],
  })),
  'a text under the hash of another': effects(({ made }) => ({
    objects: [made({ text: '(args, power) => { power.memory.got = "stolen"; }' })],
  })),
  'a text that comes after the object that needs it': effects(({ made, o }) => {
    const text = '(args) => args';
    const code = require('node:crypto').createHash('sha256').update(text).digest('hex');
    return { objects: [made({ code }), made({ id: o(1), code, text })] };
  }),
  'a half of an outcome that fits': effects(({ made, sent, me, data, o }) => ({
    objects: [made()],
    memory: [{ id: me.power.memory, value: data(o(0)) }],
    sends: [sent(), sent({ target: 'i77' })],
  })),
  'more than there is room for': effects(({ sent, t }) => ({
    sends: Array(Math.min(t.readings.inbox.rows + 1, 1_001)).fill(sent()),
  })),
  'ready once more': () => ({ type: 'ready', ses: 'x', node: 'x' }),
  'a check that nobody asked for': () => ({
    type: 'checked',
    text: '() => 1',
    hash: 'a'.repeat(64),
  }),
  'an ask for memory that never was': () => ({ type: 'ask', what: 'memory', id: 'm999.0' }),
  'an ask for an object by the name of a memory slot': ({ me }) => ({
    ...{ type: 'ask', what: 'object', id: me.power.memory },
  }),
});
