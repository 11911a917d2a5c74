// Numbers near their end: a peer that claims the highest there are harms nobody but its own link.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSwissnum, type Qrid } from '../../src/core/ids.ts';
import { STATED_NUMBER_MAX, WIRE_NUMBER_MAX } from '../../src/core/limits.ts';
import type { Statement } from '../../src/core/statement.ts';
import { redeemOf, type Stranger } from '../sim/stranger.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, type World } from '../sim/world.ts';

let world: World;
let vat: TestVat;
let object: Qrid;
let stranger: Stranger;
let marks = 0;

beforeEach(() => {
  world = makeWorld();
  vat = world.vat('vat');
  object = vat.install();
  stranger = world.stranger();
  stranger.send(vat, { one: [redeemOf(object)] });
  vat.send(theirs(), [['note', 'first']]);
  world.run(5_000);
});
afterEach(() => world.close());

const theirs = (): Qrid => ({
  vat: stranger.id,
  swissnum: makeSwissnum(new Uint8Array(32).fill(1)),
  hint: stranger.url,
});
const row = () => vat.store().links()[0]!;

/** What the peer claims to know; the rest fits what the vat has. */
interface Claims {
  readonly next?: number;
  readonly receivedNext?: number;
  readonly seen?: number;
}

/** A doubt of the peer, up to its last word; what it is answered then. */
function settle({ next, receivedNext, seen }: Claims): Statement | undefined {
  marks += 1;
  const mark = new Uint8Array(16).fill(marks);
  const { receiving, sending, nextExport } = row();
  const lane = (index: 0 | 1) => ({
    kept: Math.min(receiving[index].next || 1, next ?? STATED_NUMBER_MAX),
    next: next ?? (receiving[index].next || 1),
    receivedNext: receivedNext ?? sending[index].next,
    receivedTail: sending[index].tail,
  });
  const facts = {
    lanes: [lane(0), lane(1)],
    exports: { kept: 1, next: 1, seen: seen ?? nextExport - 1 },
    common: 1,
  } as const;
  let yours: Uint8Array | undefined;
  const say = (stage: Statement['stage']): Statement | undefined => {
    const head = { kind: 'settle', from: stranger.id, to: vat.id, contacts: [] } as const;
    // It has none of the vat's checkpoints.
    const match = { number: 0, tail: new Uint8Array(32), above: 1 };
    const said = { ...head, mark, yours, stage, facts, checkpoints: [], match, request: undefined };
    const answer = stranger.tell(vat, said);
    yours = answer?.mark;
    return answer;
  };
  if (!say('doubt')) return undefined;
  say('doubt');
  vat.ask({ type: 'settle', id: `s${marks}`, peer: stranger.id, choices: [], rest: 'resend' });
  say('ready');
  return say('done');
}

const CLAIMS: readonly (readonly [string, (number: number) => Claims])[] = [
  ['of the names it was given', (seen) => ({ seen })],
  ['of the items it was sent', (receivedNext) => ({ receivedNext })],
  ['of the items it has sent', (next) => ({ next })],
];

describe('a peer that claims the highest numbers', () => {
  it.each(CLAIMS)('%s is not listened to, and the link stays as it is', (_, claim) => {
    const before = row();
    expect(settle(claim(STATED_NUMBER_MAX + 1))).toBeUndefined();
    expect(settle(claim(WIRE_NUMBER_MAX + 1))).toBeUndefined();
    expect(row()).toEqual(before);
  });

  it.each(CLAIMS)('%s that may be stated leaves numbers to go on with', (_, claim) => {
    expect(settle(claim(STATED_NUMBER_MAX))).toMatchObject({ stage: 'done' });
    vat.send(theirs(), [['note', 'next']], { slots: [object] });
    world.run(60_000);
    expect(damagesOf(vat, vat.path)).toEqual([]);
    // Nobody may state them now, but the vat does not fall over its own word.
    expect(settle({ next: 1, receivedNext: 1, seen: 0 })).toBeDefined();
    vat.crash();
    world.run(60_000);
    expect(damagesOf(vat, vat.path)).toEqual([]);
    vat.send(theirs(), [['note', 'last']], { slots: [object] });
    expect(settle({ next: 1, receivedNext: 1, seen: 0 })).toBeDefined();
  });
});
