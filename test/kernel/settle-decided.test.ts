// Decisions of a settling: what an operator decided counts for what was known then, and for no more.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeSwissnum } from '../../src/core/ids.ts';
import type { Statement } from '../../src/core/statement.ts';
import { redeemOf, type Stranger } from '../sim/stranger.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, type World } from '../sim/world.ts';

let world: World;
let vat: TestVat;
let stranger: Stranger;

beforeEach(() => {
  world = makeWorld();
  vat = world.vat('vat');
  stranger = world.stranger();
  stranger.send(vat, { one: [redeemOf(vat.install())] });
  const swissnum = makeSwissnum(new Uint8Array(32).fill(1));
  vat.send({ vat: stranger.id, swissnum, hint: stranger.url }, [['note', 'first']]);
  world.run(5_000);
});
afterEach(() => world.close());

const MARK = new Uint8Array(16).fill(1);

/** What the peer says of itself, if of our lanes it took those up to these numbers. */
function say(stage: Statement['stage'], yours: Uint8Array | undefined, taken: [number, number]) {
  const { receiving, sending } = vat.store().links()[0]!;
  const lane = (index: 0 | 1) => ({
    ...{ kept: receiving[index].next || 1, next: receiving[index].next || 1 },
    ...{ receivedNext: taken[index], receivedTail: sending[index].tail },
  });
  const facts = {
    lanes: [lane(0), lane(1)],
    ...{ exports: { kept: 1, next: 1, seen: 0 }, common: 1 },
  } as const;
  const isBare = stage === 'unknown';
  return stranger.tell(vat, {
    ...{ kind: 'settle', from: stranger.id, to: vat.id, contacts: [], request: undefined },
    ...{ stage, yours, mark: isBare ? undefined : MARK, facts: isBare ? undefined : facts },
    checkpoints: [],
    // It has none of the vat's checkpoints.
    match: { number: 0, tail: new Uint8Array(32), above: 1 },
  });
}

it('a decision about nothing does not count for what the peer says when it is back', () => {
  const { next } = vat.store().links()[0]!.sending[0];
  const first = say('doubt', undefined, [next, 9])!;
  // Lane 1 fits, so nothing of it is asked about.
  expect(say('doubt', first.mark, [next, 9])).toMatchObject({ stage: 'doubt' });
  vat.ask({ type: 'settle', id: 's', peer: stranger.id, choices: [], rest: 'resend' });
  expect(say('doubt', first.mark, [next, 9])).toMatchObject({ stage: 'ready' });
  say('unknown', first.mark, [next, 9]);
  const again = say('doubt', undefined, [1, 9])!;
  expect(say('doubt', again.mark, [1, 9])).toMatchObject({ stage: 'doubt' });
});
