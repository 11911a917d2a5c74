// What a liar left behind: bodies, powers and code that no honest worker would have written. Those
// who read them afterwards, in this vat, in a peer and at the operator's desk, are not harmed.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toJsonText } from '../../src/core/shown-text.ts';
import { layOut } from '../../src/node/base-dir.ts';
import { toPageJson } from '../../src/node/ui-json.ts';
import { readGraph, readObject } from '../../src/node/ui-snapshot.ts';
import { openPageReader } from '../../src/store/page-reader.ts';
import { closeTestVats, openTestVat, type TestVat } from '../spec/kit.ts';
import { makeTestNet } from '../spec/net.ts';
import { someOf } from '../thorough.ts';
import { type AttackedVat, liesOf, openAttackedVat } from './kit.ts';

const LIST = '(args, power) => { (power.memory.got ??= []).push(args); }';
/** Sends on to all that it holds, so that each is loaded by an honest worker. */
const POKE = `(args, power) => {
  const { got, kept } = power.memory;
  for (const each of kept ?? []) each.sendOnly('poke');
  delete power.memory.kept;
  power.memory.got = args.n;
}`;

const net = makeTestNet();
let attacked: AttackedVat;
let peer: TestVat;
let rounds = 0;

async function leave(lie: string): Promise<void> {
  const { vat } = attacked;
  rounds += 1;
  // Each liar has an attacker of its own: what it leaves in a memory stays there.
  const attacker = await vat.install(`attacker-${rounds}`, POKE);
  await attacked.arm(lie);
  const args = { n: lie, victim: vat.ref('victim'), peer: peer.ref('list') };
  await vat.send(attacker, args);
  expect(attacked.notes.join()).not.toContain('the lie has an error');
  // It was believed: now honest workers read what it wrote.
  for (const pid of vat.workerPids()) process.kill(pid, 'SIGKILL');
  await vat.send(attacker, args);
  await net.run();
  await vat.send('victim');
  await peer.send('victim');
  expect(vat.memory('victim')).toEqual({ count: rounds + 1 });
  expect(peer.memory('victim')).toEqual({ count: rounds });
  expect((await vat.status()).quarantined).toBe(0);
  expect((await peer.status()).quarantined).toBe(0);
  expect(await vat.status()).toMatchObject({ inbox: { rows: 0 }, outbox: { rows: 0 } });
  expect((await vat.status()).links).toMatchObject([{ state: 'ok' }]);
}

describe('what a lying worker leaves behind', () => {
  beforeAll(async () => {
    const victim = '(args, power) => { power.memory.count = (power.memory.count ?? 0) + 1; }';
    peer = await openTestVat({ net, objects: { list: LIST, victim } });
    attacked = await openAttackedVat({ net, objects: { victim } });
  });
  afterAll(async () => {
    await closeTestVats();
    attacked.close();
  });

  for (const lie of someOf(liesOf('lies-left.cjs'), 4)) {
    it(`harms nobody: ${lie}`, () => leave(lie));
  }

  it('no unchecked text was ever run, and dump, log and the page show all of it', async () => {
    const { vat } = attacked;
    const seen = await vat.value('typeof stolen + typeof globalThis.stolen');
    expect(seen).toBe('undefinedundefined');
    for (const table of ['objects', 'memory', 'references', 'quarantine'] as const) {
      expect(toJsonText(vat.rows(table))).not.toMatch(/\p{Cc}/u);
    }
    const reader = openPageReader(layOut(vat.dir).database);
    expect(JSON.parse(toPageJson(readGraph(reader)))).toHaveProperty('objects');
    for (const { id } of vat.rows('objects')) {
      // As data, which the page shows as text: see test/system/ui.test.ts.
      expect(JSON.parse(toPageJson(readObject(reader, String(id))))).toMatchObject({ id });
    }
    reader.close();
  });
});
