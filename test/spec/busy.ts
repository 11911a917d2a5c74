// Busy: an object whose turn does everything that a turn can do, and what to look for afterwards.

import type { Tables } from './disk.ts';
import { openTestVat, type TestVat } from './kit.ts';
import { makeTestNet } from './net.ts';

export const SINK = '(args, power) => { (power.memory.got ??= []).push(args); }';

/** Does everything that a turn can do, with a word for each, then what `args.then` says. */
const BUSY = `(args, power) => {
  const word = (what) => what + '-done';
  power.memory.mark = word('own');
  power.child.call(word('child'));
  const code = 'function ' + 'made' + '_done(a, p) { p.memory.got = a; }';
  const made = power.make_object(code, { memory: { mark: word('new') } });
  power.memory.made = made;
  made.sendOnly(word('to-new'));
  power.here.sendOnly(word('here'));
  power.there.sendOnly({ mark: word('there'), made });
  power.there.sendOnly({ mark: word('again') });
  power.log(word('log'));
  if (args.then === 'throw') throw Error('on purpose');
  if (args.then === 'data') power.memory.bad = new Map();
  if (args.then === 'poison') (function deeper(n) { if (n < 100) power.loop.call(power.loop); })(0);
  return word('answer');
}`;

/** Words and tables that hold them after a turn of BUSY. */
export const EVERY_MARK = [
  'again',
  'child',
  'code',
  'here',
  'log',
  'new',
  'object',
  'own',
  'there',
  'to-new',
];

/** A vat with that object, and the peer that it sends to. */
export async function openBusy(): Promise<{ vat: TestVat; peer: TestVat }> {
  const net = makeTestNet();
  const peer = await openTestVat({ net, objects: { sink: SINK } });
  const objects = {
    sink: SINK,
    child: '(args, power) => { power.memory.mark = args; }',
    loop: '(args) => { args.call(args); }',
  };
  const vat = await openTestVat({ net, objects });
  const power = {
    child: vat.ref('child'),
    here: vat.ref('sink'),
    there: peer.ref('sink'),
    loop: vat.ref('loop'),
  };
  await vat.install('busy', BUSY, { power, grants: ['log'] });
  // The reference to the other vat is redeemed: what changes afterwards is the turn's.
  await net.run();
  return { vat, peer };
}

/** What of a turn of BUSY is on disk. */
export function marksOf(tables: Tables): readonly string[] {
  const items = tables['outbox']?.map(({ item }) => Buffer.from(item as Uint8Array).toString());
  const texts = JSON.stringify([tables, items]);
  const marks = [...texts.matchAll(/([a-z-]+)-done/g)].map(([, word = '']) => word);
  if (texts.includes('made_done')) marks.push('code');
  if (tables['object']?.some(({ id }) => !INSTALLED.includes(String(id)))) marks.push('object');
  return [...new Set(marks)].sort();
}

/** Nobody, and the objects that were installed. */
const INSTALLED = ['o0.0', 'o1.0', 'o2.0', 'o3.0', 'o4.0'];
