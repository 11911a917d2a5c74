// Lies: each is told by a real process to the real host and kernel, and ends that process. What
// the vat holds afterwards is what an honest worker alone would have left.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TURN_WALL_MS_MAX } from '../../src/core/limits.ts';
import { closeTestVats } from '../spec/kit.ts';
import { makeTestNet } from '../spec/net.ts';
import { someOf } from '../thorough.ts';
import { type AttackedVat, liesOf, openAttackedVat } from './kit.ts';

/** What a message may change of a vat: nothing else may be another afterwards. */
const UNTOUCHED = [
  'object',
  'code',
  'native_grant',
  'owner',
  'import',
  'outbox',
  'inbox',
  'link',
  'promise',
  'pending',
  'holding',
];

/** An outcome that fits comes first: it stands, and so its message is not run again. */
const STANDS = 'the same outcome twice';
const ENDED = /^worker \d+ ended: (broken|unknown|wall)$/;

let attacked: AttackedVat;
let rounds = 0;
const net = makeTestNet();

function untouched(): unknown {
  const tables = attacked.vat.tables();
  const names = tables['memory']!.map((row) => row['id']);
  return { names, ...Object.fromEntries(UNTOUCHED.map((name) => [name, tables[name]])) };
}

/** What the two objects remember. */
function memories(): { count: number; got: unknown[] } {
  const { vat } = attacked;
  const { count } = vat.memory('victim') as { count: number };
  const { got = [] } = (vat.memory('attacker') ?? {}) as { got?: unknown[] };
  return { count, got };
}

async function tell(lie: string): Promise<void> {
  const { vat } = attacked;
  rounds += 1;
  const before = { rows: untouched(), ...memories() };
  const isSilent = lie.startsWith('silence');
  await attacked.arm(lie);
  const { workersLost } = await vat.status();
  await vat.queue('attacker', { n: rounds, victim: vat.ref('victim') });
  if (isSilent) {
    while ((await vat.status()).worker !== 'busy') await sleep(5);
    await sleep(50);
    await net.pass(TURN_WALL_MS_MAX, TURN_WALL_MS_MAX);
  }
  await vat.run();
  await vat.send('victim');
  // The message ran once, the victim answers exactly, and nothing else is another than before.
  const got = lie === STANDS ? ['lie'] : [...before.got, rounds];
  expect(memories()).toEqual({ count: before.count + 1, got });
  expect(untouched()).toEqual(before.rows);
  expect(attacked.started()).toBeGreaterThan(1);
  expect(attacked.notes.join()).not.toContain('the lie has an error');
  expect(attacked.notes).toContainEqual(expect.stringMatching(ENDED));
  const { quarantined, inbox } = await vat.status();
  expect({ quarantined, inbox }).toEqual({ quarantined: 0, inbox: { rows: 0, bytes: 0 } });
  expect((await vat.status()).workersLost).toBeGreaterThan(workersLost);
  expect(await vat.log()).toEqual([]);
}

describe('a lying worker', () => {
  beforeAll(async () => {
    attacked = await openAttackedVat({ net });
  });
  afterAll(async () => {
    await closeTestVats();
    attacked.close();
  });

  const lies = ['ids', 'promises', 'bytes'].flatMap((name) => liesOf(`lies-${name}.cjs`));
  for (const lie of someOf(lies, 12)) {
    it(`is ended for ${lie}`, () => tell(lie));
  }
});
