// A network that heals: what two vats piled up for each other while it was cut, up to the room that
// one owner has, arrives once and in order, and the answers to it go by what still waits.

import { afterEach, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import type { ResultReply } from '../../src/kernel/answer-ports.ts';
import { disagreements } from '../sim/checks.ts';
import { cutWire, honestWire } from '../sim/network.ts';
import { done, type Script } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { localIdOf, makeWorld, type World } from '../sim/world.ts';
import { isMany, isThorough } from '../thorough.ts';

const COUNT = isMany ? 50_000 : isThorough ? 5_000 : 1_000;
/** Of so many one asks for an answer. */
const ASKING = 10;
/** Less than what comes: the receiver is full again and again. */
const INBOX_ROWS = COUNT / 5;
const MINUTE_MS = 60_000;

interface Met {
  readonly count: number;
  /** Where the numbers do not follow one another. */
  readonly breaks: readonly number[];
}

/** Counts numbers that come in their order, and answers with the number. */
const count: Script = ({ turn, target, args, isAnswerWanted }, tell) => {
  const found = tell({ type: 'ask', what: 'object', id: target });
  const id = (found?.type === 'object' && found.object?.power.memory) || undefined;
  if (!id) return done(turn);
  const held = tell({ type: 'ask', what: 'memory', id });
  const met = readMet(held?.type === 'memory' ? held.value?.body : undefined);
  const n = JSON.parse(args.body) as number;
  const breaks = n === met.count + 1 ? met.breaks : [...met.breaks, n];
  const body = JSON.stringify({ count: met.count + 1, breaks });
  const answer = isAnswerWanted ? { answer: { body: args.body, slots: [] } } : {};
  return done(turn, { memory: [{ id, value: { body, slots: [] } }], ...answer });
};

const readMet = (body = '{}'): Met => ({ count: 0, breaks: [], ...JSON.parse(body) });

let world: World;
afterEach(() => world.close());

it(`R5 Q43 ${COUNT} messages each way, which waited for a cut network, arrive once and in order`, {
  timeout: 1_200_000,
}, () => {
  world = makeWorld();
  const limits = { outboxRows: 2 * (COUNT + 1), inboxRows: INBOX_ROWS };
  const vats = ['one', 'two'].map((name) => world.vat(name));
  for (const vat of vats) {
    vat.setLimits(limits);
    vat.setScript(count);
  }
  const objects = vats.map((vat) => vat.install());
  const ways = vats.map((from, at) => ({ from, to: vats[1 - at]!, object: objects[1 - at]! }));
  const tell = ({ from, object }: Way, n: number) => {
    const asked = n % ASKING === 0 ? { id: `ask-${n}`, answer: true } : {};
    return from.send(object, [], { body: String(n), ...asked });
  };
  for (const way of ways) tell(way, 1);
  expect(world.run()).toBe(true);

  world.setWire(cutWire);
  for (let n = 2; n <= COUNT + 1; n += 1) {
    for (const way of ways) expect(tell(way, n)).toMatchObject({ ok: true });
  }
  // That is all that one owner has room for; what there is none for is refused, not forgotten later.
  for (const way of ways) {
    expect(tell(way, COUNT + 2)).toMatchObject({ ok: false, code: 'QRT_VAT_BUSY' });
  }
  world.run(10 * MINUTE_MS);
  for (const { from } of ways) {
    expect(from.status()).toMatchObject({ outbox: { rows: COUNT }, links: [{ state: 'ok' }] });
  }

  // As long as nothing is done with it, it waits where it is.
  for (const vat of vats) vat.setScript(() => undefined);
  world.setWire(honestWire);
  world.run(MINUTE_MS);
  for (const vat of vats) {
    const { inbox, outbox, links } = vat.status();
    expect(inbox.rows).toBeGreaterThan(INBOX_ROWS / 3);
    expect(inbox.rows).toBeLessThanOrEqual(INBOX_ROWS / 2 + 1);
    expect(outbox.rows).toBeGreaterThanOrEqual(COUNT - INBOX_ROWS / 2);
    expect(links).toMatchObject([{ state: 'ok', busy: 'the peer is busy (messages)' }]);
  }
  for (const vat of vats) vat.setScript(count);
  expect(world.run()).toBe(true);
  for (const way of ways) {
    expect(metBy(way)).toEqual({ count: COUNT + 1, breaks: [] });
    expect(way.from.status()).toMatchObject({ inbox: { rows: 0 }, outbox: { rows: 0 } });
    for (let n = ASKING; n <= COUNT + 1; n += ASKING) {
      expect(resultOf(way, `ask-${n}`)).toMatchObject({
        state: 'fulfilled',
        data: { body: String(n) },
      });
    }
  }
  expect(disagreements(world)).toEqual([]);
});

interface Way {
  readonly from: TestVat;
  readonly to: TestVat;
  readonly object: Qrid;
}

function metBy({ to, object }: Way): Met {
  const { memory } = to.store().object(localIdOf(to, object))!.power;
  return readMet(to.store().memory(memory!)?.body);
}

function resultOf({ from }: Way, id: string): ResultReply {
  const reply = from.control({ type: 'result', id });
  if (!reply.ok) throw new Error(reply.code);
  return reply.value as ResultReply;
}
