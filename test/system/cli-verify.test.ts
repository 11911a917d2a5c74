// `qrt verify` and what the other commands say of a damaged node, as an operator sees it.

import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { eventually, makeWorld } from './kit.ts';

const world = makeWorld();
afterAll(() => world.end());

const KEEPER = '({ text }, { memory }) => { memory.text = text; }';

describe('verify', () => {
  it('reads a node that is whole, running or stopped, and a start can wait for it', async () => {
    await world.startNew('WHOLE');
    const qrid = await world.install('WHOLE', KEEPER);
    await world.ok(['send', '-d', 'WHOLE', qrid, '{"text":"one"}']);
    await eventually(async () => (await world.status('WHOLE')).turns === 1);
    expect(await world.ok(['verify', 'WHOLE'])).toMatch(/^WHOLE is whole: \d+ rows, /);
    await world.ok(['stop', 'WHOLE']);
    const told = JSON.parse(await world.ok(['verify', 'WHOLE', '--json']));
    expect(told).toMatchObject({ damaged: false, bytes: expect.any(Number) });
    await world.ok(['start', '--verify', 'WHOLE']);
    expect(readFileSync(world.path('WHOLE/node.log'), 'utf8')).toMatch(/verified \d+ rows/);
  });

  it('names what is damaged, and nothing else answers from it: exit code 70', async () => {
    await world.startNew('HURT');
    const qrid = await world.install('HURT', KEEPER);
    await world.ok(['send', '-d', 'HURT', qrid, '{"text":"precious"}']);
    await eventually(async () => (await world.status('HURT')).turns === 1);
    await world.ok(['stop', 'HURT']);
    const path = world.path('HURT/vat.db');
    const bytes = readFileSync(path);
    // SQLite sees nothing wrong with another letter.
    bytes.write('q', bytes.indexOf('"precious"') + 1);
    writeFileSync(path, bytes);
    const verified = await world.run(['verify', 'HURT']);
    expect(verified.stdout).toMatch(/^memory\t\tpage \d+ is not what was written there$/m);
    const commands = [
      ['verify', 'HURT', '--json'],
      ['start', 'HURT'],
      ['start', '--verify', 'HURT'],
      ['send', '-d', 'HURT', qrid, '{"text":"two"}'],
      ['install', 'HURT', 'counter'],
      ['dump', 'HURT'],
      ['log', 'HURT'],
      ['status', 'HURT'],
      ['backup', 'HURT', 'FILE'],
    ];
    for (const command of commands) {
      const { code, stdout, stderr } = await world.run(command);
      expect({ command, code }).toEqual({ command, code: 70 });
      expect(stderr).toContain('QRT_STORE_CORRUPT');
      expect(stdout).not.toContain('qrecious');
    }
  });
});
