'use strict';
// Lies below the outcome: bytes, lengths, JSON, types of fields, silence and noise.
const raw = (text) => ({ tell: ({ say }) => say(text) });
const field = (name, value) => ({
  tell: ({ say, done }) => say(JSON.stringify(done()).replace(/}$/, `,"${name}":${value}}`)),
});
const effect = (name, make) => ({
  tell: (parts) => parts.say(parts.done({ [name]: [make(parts)] })),
});
const MIB = 1024 * 1024;

Object.assign(LIES, {
  'an outcome before it is ready': {
    early: ({ say }) => say({ type: 'outcome', turn: 1, status: 'failed', failure: {} }),
  },
  'an ask before it is ready': {
    early: ({ say }) => say({ type: 'ask', what: 'object', id: 'o1.0' }),
  },
  'text instead of frames': { early: ({ write }) => write(Buffer.from('Hello, kernel!\n')) },
  'a frame that is not JSON': raw('{'),
  'an empty frame': raw(''),
  'a frame of null': raw('null'),
  'a frame that is a list': raw('[]'),
  'a frame that is a number': raw('1e999'),
  'a frame of no kind': raw('{"type":"outcom"}'),
  'a frame whose kind is inherited': raw('{"__proto__":{"type":"ready"}}'),
  'a frame whose kind is constructor': raw('{"type":"constructor"}'),
  'keys that are not UTF-8': raw(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
  'two frames in one': {
    tell: ({ say, done }) => say(JSON.stringify(done()).repeat(2)),
  },
  'a length of 2^32 - 1': { tell: ({ write }) => write(Buffer.from([255, 255, 255, 255])) },
  'a frame one byte too long': {
    tell: ({ write, frameOf }) => write(frameOf(Buffer.alloc(0), 9 * MIB + 1)),
  },
  'a length that is too short': {
    tell: ({ write, frameOf, done }) => write(frameOf(JSON.stringify(done()), 20)),
  },
  'an outcome without a turn': raw('{"type":"outcome","status":"done"}'),
  'a turn that is a text': field('turn', '"1"'),
  'a turn that is a list': field('turn', '[1]'),
  'a turn that is not a number': field('turn', 'null'),
  'a turn without end': field('turn', '1e999'),
  'a turn in parts': field('turn', '1.5'),
  'a turn below zero': field('turn', '-1'),
  'no status': field('status', 'null'),
  'a status of another kind': field('status', '"committed"'),
  'memory that is no list': field('memory', '{"length":1}'),
  'objects that are no list': field('objects', '"o1.0"'),
  'sends that are no list': field('sends', 'null'),
  'logs that are a number': field('logs', '0'),
  'a send that is null': field('sends', '[null]'),
  'a send that is a list': field('sends', '[[]]'),
  'effects under a prototype key': field('memory', '[{"__proto__":{"id":"m1.1"}}]'),
  'a body that is no text': effect('sends', ({ sent }) => sent({ args: { body: {}, slots: [] } })),
  'slots that are no list': effect('sends', ({ sent }) => sent({ args: { body: '0', slots: {} } })),
  'a slot that is a number': effect('sends', ({ sent }) =>
    sent({ args: { body: '0', slots: [1] } }),
  ),
  'more references than a body may have': effect('sends', ({ sent, victim }) =>
    sent({ args: { body: '0', slots: Array(1_001).fill(victim) } }),
  ),
  'args that are too long': effect('sends', ({ sent }) =>
    sent({ args: { body: 'x'.repeat(256 * 1024 + 1), slots: [] } }),
  ),
  'args that are too long in bytes only': effect('sends', ({ sent }) =>
    sent({ args: { body: '\u{10ffff}'.repeat(65_537), slots: [] } }),
  ),
  'memory that is too long': effect('memory', ({ me }) => ({
    id: me.power.memory,
    value: { body: 'x'.repeat(MIB + 1), slots: [] },
  })),
  'a power that is too long': effect('objects', ({ made, noPower }) =>
    made({ power: { ...noPower, data: { body: 'x'.repeat(256 * 1024 + 1), slots: [] } } }),
  ),
  'a code text that is too long': effect('objects', ({ made }) =>
    made({ text: 'x'.repeat(65_537) }),
  ),
  'a code text that is a number': effect('objects', ({ made }) => made({ text: 1 })),
  'a hash in capitals': effect('objects', ({ made, me }) => made({ code: me.code.toUpperCase() })),
  'a native power below the top': effect('objects', ({ made, noPower }) =>
    made({ power: { ...noPower, natives: { deep: { make_object: 'make_object' } } } }),
  ),
  'native powers without end': effect('objects', ({ made, noPower }) => {
    const natives = Object.fromEntries(
      Array.from({ length: 101 }, (_, n) => [`k${n}`, 'make_object']),
    );
    return made({ power: { ...noPower, natives } });
  }),
  'a line of the log that is too long': effect('logs', ({ t }) => ({
    object: t.target,
    text: 'x'.repeat(4_097),
  })),
  'objects without end': {
    tell: ({ say, done, made, o }) =>
      say(done({ objects: Array.from({ length: 101 }, (_, k) => made({ id: o(k) })) })),
  },
  'an unknown ask': raw('{"type":"ask","what":"keys","id":"o1.0"}'),
  'an ask by a number': raw('{"type":"ask","what":"object","id":1}'),
  'an ask for code by a path': raw('{"type":"ask","what":"code","id":"../../key"}'),
  'lists in lists in lists': { tell: ({ say }) => say('['.repeat(9 * MIB)) },
  'a long list of lists': { tell: ({ say }) => say(`[${'[],'.repeat(3 * MIB - 2)}[]]`) },
  'effects that hold lists in lists': {
    tell: ({ say, done }) => {
      const deep = '['.repeat(4 * MIB) + ']'.repeat(4 * MIB);
      say(JSON.stringify(done()).replace(/}$/, `,"sends":[${deep}]}`));
    },
  },
  'a good outcome after a bad frame': {
    tell: ({ write, frameOf, done, sent }) =>
      write(Buffer.concat([frameOf('{'), frameOf(JSON.stringify(done({ sends: [sent()] })))])),
  },
  'an end in the middle of a frame': {
    tell: ({ write, frameOf, done }) => {
      write(frameOf(JSON.stringify(done())).subarray(0, 30));
      process.exit(0);
    },
  },
  'an end with code 0': { tell: () => process.exit(0) },
  'an end by a signal of its own': { tell: () => process.kill(process.pid, 'SIGKILL') },
  silence: { tell: ({ forever }) => forever() },
  'silence after half a frame': {
    tell: ({ write, frameOf, done, forever }) => {
      write(frameOf(JSON.stringify(done())).subarray(0, 30));
      forever();
    },
  },
  'silence after the end of its input': {
    tell: ({ fs, forever }) => {
      fs.closeSync(0);
      forever();
    },
  },
  'silence after the end of its output': {
    tell: ({ fs, forever }) => {
      fs.closeSync(1);
      forever();
    },
  },
  'silence of one that stopped itself': { tell: () => process.kill(process.pid, 'SIGSTOP') },
});
