// `qrt backup` of a node at work, and what becomes of its links when it is restored.

import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseContact } from '../../src/core/contact.ts';
import { drawFreePort } from '../../src/node/free-port.ts';
import { acquireLock } from '../../src/store/lock.ts';
import { eventually, makeWorld, type World } from './kit.ts';

/** Sends numbered entries to a peer, ten a turn, and notes what it gets that does not follow. */
const LEDGER = `function ledger({ entry, until, partner, self }, { memory }) {
  const { sent = 0, got = 0 } = memory;
  const next = entry ? sent : Math.min(sent + 10, until);
  for (let n = sent + 1; n <= next; n += 1) partner.sendOnly({ entry: n });
  if (next < until) self.sendOnly({ until, partner, self });
  if (entry && entry !== got + 1) memory.fault = \`\${entry} after \${got}\`;
  memory.sent = next;
  memory.got = entry ?? got;
}`;

interface Ledger {
  readonly sent?: number;
  readonly got?: number;
  readonly fault?: string;
}

describe('a backup of a node at work', () => {
  let world: World;
  const qrids: Record<string, string> = {};

  beforeAll(async () => {
    world = makeWorld();
    await world.startNew('A', 'B');
    await world.ok(['gossip', 'A', 'B']);
    for (const name of ['A', 'B']) qrids[name] = await world.install(name, LEDGER);
  });
  afterAll(() => world.end());

  const ledgerOf = async (name: string): Promise<Ledger> => {
    const [row] = await world.dump(name, 'memory');
    return JSON.parse(String(row?.['value'])) as Ledger;
  };

  /** Has a node's ledger send up to entry number `until` to the other one. */
  const begin = (name: string, other: string, until: number) => {
    const refs = ['--ref', `partner=${qrids[other]}`, '--ref', `self=${qrids[name]}`];
    return world.ok(['send', '-d', name, qrids[name]!, JSON.stringify({ until }), ...refs]);
  };

  const linkOf = async (name: string) => (await world.status(name)).links[0];

  it('is made while messages flow, takes no lock from the node, and is whole', async () => {
    const [, ...made] = await Promise.all([
      begin('A', 'B', 500).then(() => begin('B', 'A', 500)),
      eventually(async () => ((await ledgerOf('B')).got ?? 0) > 50).then(() =>
        world.ok(['backup', 'A', 'A.backup', '--json']),
      ),
      world.ok(['backup', 'B', 'B.backup', '--json']),
    ]);
    for (const text of made) {
      const { file, bytes } = JSON.parse(text) as { file: string; bytes: number };
      expect(statSync(file)).toMatchObject({ size: bytes, mode: 0o100_600 });
    }
    const dir = world.path('A');
    const lock = () => acquireLock({ path: world.path('A', 'lock.db'), waitMs: 0, dir });
    expect(lock).toThrow('in use');
    await eventually(async () => (await ledgerOf('A')).got === 500, 60_000);
    await eventually(async () => (await ledgerOf('B')).got === 500, 60_000);
    for (const name of ['A', 'B']) {
      await world.ok(['restore', `${name}.backup`, `${name}-back`]);
      const { sent = 0, fault } = await ledgerOf(`${name}-back`);
      expect([fault, sent % 10]).toEqual([undefined, 0]);
    }
    expect((await ledgerOf('A-back')).sent).toBeGreaterThan(50);
  });

  it('that lacks nothing goes on by itself, and greets its peers with a newer record', async () => {
    await eventually(async () => (await world.status('A')).outbox.rows === 0);
    await eventually(async () => (await world.status('B')).outbox.rows === 0);
    await world.ok(['backup', 'A', 'quiet.backup']);
    const { vat, urls } = await world.status('A');
    const serial = async (): Promise<number> => {
      const reply = await fetch(`${urls[0]}/qrt/1/vat/${vat}/contact`);
      return parseContact(await reply.text()).contact.serial;
    };
    const before = await serial();
    await world.kill('A');
    renameSync(world.path('A'), world.path('A-lost'));
    await world.ok(['restore', 'quiet.backup', 'A']);
    await world.ok(['start', 'A']);
    expect(await serial()).toBeGreaterThan(before);
    await begin('A', 'B', 600);
    await begin('B', 'A', 600);
    await eventually(async () => (await ledgerOf('B')).got === 600);
    await eventually(async () => (await ledgerOf('A')).got === 600);
    for (const name of ['A', 'B']) {
      expect((await ledgerOf(name)).fault).toBeUndefined();
      expect((await linkOf(name))?.state).toBe('ok');
      expect(JSON.parse(await world.ok(['doubt', name, '--json']))).toEqual({ links: [] });
    }
  });

  it('beside its original is noticed: only one of the two is heard', async () => {
    // Both know all that B knows, until one of them speaks.
    const config = world.path('A-lost', 'config.json');
    const port = await drawFreePort('127.0.0.1');
    const lost = JSON.parse(readFileSync(config, 'utf8')) as object;
    writeFileSync(config, JSON.stringify({ ...lost, port }));
    await begin('A', 'B', 650);
    await eventually(async () => (await ledgerOf('B')).got === 650);
    await world.ok(['start', 'A-lost']);
    await eventually(async () => (await linkOf('A-lost'))?.state === 'doubt');
    const { fault, got } = await ledgerOf('B');
    expect([fault, got]).toEqual([undefined, 650]);
    const { links } = JSON.parse(await world.ok(['doubt', 'A-lost', '--json'])) as {
      links: { vat: string; state: string; reason: string }[];
    };
    expect(links).toMatchObject([{ vat: (await world.status('B')).vat, state: 'doubt' }]);
    const shown = await world.ok(['doubt', 'A-lost', '--', links[0]!.vat]);
    expect(shown).toContain(`is in doubt: ${links[0]!.reason}.`);
    const refused = await world.run(['doubt', 'A-lost', '--discard', '3']);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('PEER')]);
  });
});
