'use strict';
// Floods: bytes, frames and asks without end. Each must end with the kernel's memory bounded.
const MIB = 1024 * 1024;
const flood = (make) => ({
  tell: (parts) => {
    const bytes = make(parts);
    for (;;) parts.write(bytes);
  },
});
const asks = (what, idOf) =>
  flood((parts) => {
    const frame = parts.frameOf(JSON.stringify({ type: 'ask', what, id: idOf(parts) }));
    return Buffer.concat(Array(1_000).fill(frame));
  });

Object.assign(LIES, {
  'asks for nothing without reading': asks('object', () => 'o999.0'),
  'asks for code without reading': asks('code', ({ me }) => me.code),
  'asks for a large memory without reading': asks('memory', ({ me }) => me.power.memory),
  'asks whose replies it reads': {
    tell: ({ ask }) => {
      for (;;) ask('object', 'o999.0');
    },
  },
  'outcomes of the turn that comes next': flood(({ frameOf, done, t }) =>
    Buffer.concat(
      Array.from({ length: 1_000 }, (_, n) => frameOf(JSON.stringify(done({}, t.turn + 1 + n)))),
    ),
  ),
  'empty frames': flood(() => Buffer.alloc(MIB)),
  'words of death': {
    tell: ({ fs }) => {
      const words = Buffer.alloc(MIB, 'FATAL ERROR: nothing of the kind\n');
      for (;;) fs.writeSync(2, words);
    },
  },
  'one byte at a time': {
    tell: ({ write, frameOf }) => {
      const bytes = frameOf(Buffer.alloc(9 * MIB, 32));
      const now = Atomics.wait.bind(undefined, new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      for (let at = 0; at < bytes.length; at += 1) {
        write(bytes.subarray(at, at + 1));
        if (at % 8 === 0) now(0.001);
      }
    },
  },
  'frames of the greatest length': flood(({ frameOf }) => frameOf(Buffer.alloc(9 * MIB, 32))),
});
