'use strict';
// A worker that lies. It speaks the frame protocol and holds what a guest would hold that broke
// out of SES: all of Node. `lies-*.cjs` say what it does; the kit puts the name of one in here.
const fs = require('node:fs');
const crypto = require('node:crypto');

const LIE = '@LIE@';
const LIES = {};
/* @LIES@ */

const write = (bytes) => {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += fs.writeSync(1, bytes, done);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
};
const frameOf = (payload, length = Buffer.byteLength(payload)) => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(length);
  return Buffer.concat([head, Buffer.from(payload)]);
};
const say = (value) =>
  write(
    frameOf(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)),
  );
const read = (count) => {
  const bytes = Buffer.alloc(count);
  for (let done = 0; done < count; ) {
    const got = fs.readSync(0, bytes, done, count - done, null);
    if (got === 0) process.exit(0);
    done += got;
  }
  return bytes;
};
const next = () => JSON.parse(read(read(4).readUInt32BE(0)).toString());
const ask = (what, id) => {
  say({ type: 'ask', what, id });
  return next();
};
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const forever = () => {
  for (;;) sleep(1_000);
};
const hashOf = (text) => crypto.createHash('sha256').update(text).digest('hex');

/** What most lies are made of, for the turn `t` of the object `me`. */
const partsFor = (t, me) => {
  const data = (...slots) => ({ body: '{}', slots });
  const noPower = { data: data(), natives: {} };
  const o = (k, turn = t.turn) => `o${turn}.${k}`;
  const m = (k, turn = t.turn) => `m${turn}.${k}`;
  const p = (k, turn = t.turn) => `p${turn}.${k}`;
  const done = (effects = {}, turn = t.turn) => ({
    ...{ type: 'outcome', turn, status: 'done', memory: [], objects: [], promises: [] },
    ...{ sends: [], whens: [], logs: [], ...effects },
  });
  const made = (change = {}) => ({
    ...{ id: o(0), code: me.code, power: noPower, maker: t.target },
    ...change,
  });
  const sent = (change = {}) => ({ target: t.target, args: data(), sender: t.target, ...change });
  const [victim] = t.args.slots;
  return { t, me, victim, data, noPower, o, m, p, done, made, sent };
};

const lie = LIES[LIE];
const tools = { fs, say, write, frameOf, read, next, ask, sleep, forever, hashOf };
try {
  if (lie.early) lie.early(tools);
  say({ type: 'ready', ses: 'liar', node: process.version });
  let t = next();
  // Before its first turn a worker is told the limits of its vat.
  while (t.type !== 'turn') t = next();
  const { object } = ask('object', t.target);
  const parts = partsFor(t, object);
  if (lie.tell) lie.tell({ ...parts, ...tools });
  else say(lie(parts));
} catch (error) {
  // The kit looks for this: a lie that was not told shows nothing.
  fs.writeSync(2, `the lie has an error: ${error.stack}\n`);
  process.exit(1);
}
// A liar that is believed ends, so that the test goes on and says so.
sleep(300);
