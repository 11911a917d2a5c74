// Two real nodes that reach each other only through proxies which lose, repeat, delay, damage,
// reflect, replay and forge: nothing may change but the time taken.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULTS, type FaultyProxy } from '../sim/faulty-proxy.ts';
import { isPicked, isThorough } from '../thorough.ts';
import { makeBehindProxies } from './behind-proxies.ts';
import { eventually, makeWorld, type World } from './kit.ts';

const ENTRIES = 1_500;
const RATE_EACH = 0.03;
const SEED = 1;
const QUIET_MS_MAX = 90_000;

/** Sends numbered entries, at most ten ahead of what it got: so there are many small boxes. */
const TALKER = `
function talker({ entry, until, partner }, { memory }) {
  const { got = 0, sent = 0, breaks = [] } = memory;
  if (until !== undefined) Object.assign(memory, { until, partner });
  if (entry !== undefined && entry !== got + 1) breaks.push([got, entry]);
  Object.assign(memory, { got: entry ?? got, sent, breaks });
  while (memory.sent < Math.min(memory.until ?? 0, memory.got + 10)) {
    memory.sent += 1;
    memory.partner.sendOnly({ entry: memory.sent });
  }
}`;

async function talk(world: World): Promise<void> {
  await world.ok(['start', 'A', 'B']);
  await world.ok(['gossip', 'A', 'B']);
  const code = world.write('talker.js', TALKER);
  const a = await world.ok(['install', 'A', code]);
  const b = await world.ok(['install', 'B', code]);
  const until = JSON.stringify({ until: ENTRIES });
  // Across the wire, so that a redeem meets the faults as well.
  await world.ok(['send', '-d', 'A', b, until, '--ref', `partner=${a}`]);
  await world.ok(['send', '-d', 'B', a, until, '--ref', `partner=${b}`]);
}

/** Whether all is sent, stored and run at both. */
async function isQuiet(world: World): Promise<boolean> {
  const looks = [await world.status('A'), await world.status('B')];
  return looks.every(({ turns, inbox, outbox }) => {
    return turns > ENTRIES && inbox.rows === 0 && outbox.rows === 0;
  });
}

describe.runIf(isThorough || isPicked(0, 2))('two nodes with faulty proxies between them', () => {
  let world: World;
  let proxies: readonly FaultyProxy[] = [];
  beforeAll(() => {
    world = makeWorld();
  });
  afterAll(async () => {
    await world.end();
    for (const proxy of proxies) await proxy.close();
  });

  it('differ in nothing but the time taken', async () => {
    proxies = await makeBehindProxies(world, { names: ['A', 'B'], seed: SEED });
    for (const proxy of proxies) {
      proxy.setFaults(Object.fromEntries(FAULTS.map((fault) => [fault, RATE_EACH])));
    }
    await talk(world);
    await eventually(() => isQuiet(world), QUIET_MS_MAX);
    await world.ok(['stop', 'A', 'B']);

    for (const name of ['A', 'B']) {
      const [row] = await world.dump(name, 'memory');
      const { got, sent, breaks } = JSON.parse(String(row?.['value'])) as Record<string, unknown>;
      expect({ got, sent, breaks }).toEqual({ got: ENTRIES, sent: ENTRIES, breaks: [] });
      // One turn for each entry, and the one that began it.
      expect(await world.counters(name)).toMatchObject({ turns_done: ENTRIES + 1, quarantine: 0 });
      const peers = await world.dump(name, 'peers');
      expect(peers).toMatchObject([{ state: 'ok', refusals: 0 }]);
    }
    for (const fault of FAULTS) {
      const count = proxies.reduce((sum, { counts }) => sum + counts[fault], 0);
      expect(count, fault).toBeGreaterThan(0);
    }
  });
});
