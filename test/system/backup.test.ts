// `qrt backup` of a node at work, and what becomes of its links when it is restored.

import { cpSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
      begin('A', 'B', 2_000).then(() => begin('B', 'A', 2_000)),
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
    await eventually(async () => (await ledgerOf('A')).got === 2_000, 60_000);
    await eventually(async () => (await ledgerOf('B')).got === 2_000, 60_000);
    for (const name of ['A', 'B']) {
      await world.ok(['restore', `${name}.backup`, `${name}-back`]);
      const { sent = 0, fault } = await ledgerOf(`${name}-back`);
      expect([fault, sent % 10]).toEqual([undefined, 0]);
      await world.ok(['restore', `${name}.backup`, `${name}-again`]);
      expect(await world.dump(`${name}-again`, 'outbox')).toEqual(
        await world.dump(`${name}-back`, 'outbox'),
      );
    }
    expect((await ledgerOf('A-back')).sent).toBeGreaterThan(50);
  });

  it('that lacks nothing goes on by itself, and greets its peers with a newer record', async () => {
    await eventually(async () => (await world.status('A')).outbox.rows === 0);
    await eventually(async () => (await world.status('B')).outbox.rows === 0);
    await world.ok(['backup', 'A', 'quiet.backup']);
    await world.kill('A');
    renameSync(world.path('A'), world.path('A-lost'));
    await world.ok(['restore', 'quiet.backup', 'A']);
    await world.ok(['start', 'A']);
    await begin('A', 'B', 2_100);
    await begin('B', 'A', 2_100);
    await eventually(async () => (await ledgerOf('B')).got === 2_100);
    await eventually(async () => (await ledgerOf('A')).got === 2_100);
    for (const name of ['A', 'B']) {
      expect((await ledgerOf(name)).fault).toBeUndefined();
      expect((await linkOf(name))?.state).toBe('ok');
      expect(JSON.parse(await world.ok(['doubt', name, '--json']))).toEqual({ links: [] });
    }
  });

  it('that lacks what the peer took is noticed, and so is a copy beside the original', async () => {
    await world.ok(['stop', 'A']);
    const config = world.path('A-back', 'config.json');
    const copy = JSON.stringify({
      ...(JSON.parse(await cat(config)) as object),
      port: ((await world.status('B')).pid! % 20_000) + 20_000,
    });
    writeFileSync(config, copy);
    await world.ok(['start', 'A-back']);
    await eventually(async () => (await linkOf('A-back'))?.state === 'doubt');
    // The original is still the one that B remembers.
    cpSync(world.path('B.backup'), world.path('kept.backup'));
    await world.ok(['start', 'A']);
    await eventually(async () => (await linkOf('A'))?.state !== undefined);
  });

  const cat = async (path: string): Promise<string> =>
    (await import('node:fs')).readFileSync(path, 'utf8');
});
