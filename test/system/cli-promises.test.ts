// `qrt promises` with real processes, on nodes that run and that do not.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WAITS_SHOWN_MAX } from '../../src/core/wait-limits.ts';
import type { PendingPromise, Waits } from '../../src/core/waits.ts';
import { eventually, makeWorld, type World } from './kit.ts';

const CLERK = readFileSync(join(import.meta.dirname, '../../docs/samples/clerk.js'), 'utf8');

describe('qrt promises', () => {
  let world: World;
  beforeAll(async () => {
    world = makeWorld();
    await world.ok(['create-node', 'empty']);
    await world.startNew('p');
    const clerk = await world.install('p', CLERK);
    const send = (args: string): Promise<string> =>
      world.ok(['send', '-d', 'p', clerk, args, '--ref', `to=${clerk}`]);
    await send('{"way":"later","to":null}');
    await send('{"way":"lost","to":null}');
    await send('{"way":"ring","to":null}');
    await eventually(async () => (await world.status('p')).turns === 3);
  });
  afterAll(() => world.end());

  const list = async (...options: string[]): Promise<Waits> =>
    JSON.parse(await world.ok(['promises', 'p', '--json', ...options])) as Waits;

  it('Q8 lists pending promises with what they wait for, and names the cycles', async () => {
    const { stdout, stderr } = await world.run(['promises', 'p']);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('promise\tinstallation\tmade\twaits for\twaited for by\theld by\tuntil');
    const row = (id: string, ...cells: readonly string[]) =>
      expect.stringMatching(
        new RegExp(`^${id}\\t1 \\(code-1\\.js\\)\\t\\S+Z\\t${cells.join('\\t')}$`),
      );
    const mine = 'memory m1\\.1 of o1\\.0';
    expect(lines.slice(1, 5)).toEqual([
      row('p3\\.0', 'its resolver, held by nobody: stuck', 'a continuation to o1\\.0', mine, '-'),
      row(
        'p4\\.0',
        'p4\\.1, which it follows: stuck',
        'a message, a continuation to o1\\.0',
        mine,
        '-',
      ),
      row('p4\\.1', 'the answer of what p4\\.0 becomes: stuck', 'p4\\.0', '-', '-'),
      row('p2\\.0', `its resolver, held by ${mine}`, 'a continuation to o1\\.0', mine, '-'),
    ]);
    expect(lines.slice(5)).toEqual([
      'Cycle 1: 2 promises wait in a ring, and nothing can settle them.',
      '  p4.0 follows p4.1',
      '  p4.1 is the answer to what was sent to p4.0',
      '',
    ]);
    expect(stderr).toContain('3 of 4 are stuck');
    expect(stderr).toContain('`qrt promises p p3.0`');
  });

  it('Q8 narrows the list by age and number, as JSON too, and on a stopped node', async () => {
    expect((await list()).totals).toEqual({ pending: 4, fitting: 4, stuck: 3, cycles: 1 });
    const two = await list('--limit', '2', '--skip', '1');
    expect(two.promises.map(({ id }) => id)).toEqual(['p4.0', 'p4.1']);
    const { stderr } = await world.run(['promises', 'p', '--limit', '2', '--skip', '1']);
    expect(stderr).toContain('2 of 4 are shown; for more: --skip 3');
    expect(await list('--older', '1h')).toMatchObject({ promises: [], cycles: [] });
    const old = await world.run(['promises', 'p', '--older', '2d']);
    expect(old).toMatchObject({ code: 0, stderr: 'None of 4 pending promises is that old.\n' });
    expect((await list('--older', '0s')).promises).toHaveLength(4);
    await world.ok(['stop', 'p']);
    expect((await list()).totals.pending).toBe(4);
    const none = await world.run(['promises', 'empty']);
    expect(none).toMatchObject({ code: 0, stderr: 'No promise is pending.\n' });
  });

  it('Q8 shows one with all that waits for it and all who hold it', async () => {
    const text = await world.ok(['promises', 'p', 'p4.0']);
    expect(text.replace(/\S+Z$/m, 'TIME').split('\n')).toEqual([
      'Promise p4.0 of p is pending:',
      '  of     installation 1 (code-1.js)',
      '  made   TIME',
      '  until  no deadline',
      '  waits  for p4.1, which it follows',
      '  stuck  nothing that is left can settle it',
      '  cycle  1: it waits for itself by way of others',
      '2 waiting for it:',
      '  a message, answered by p4.1',
      '  a continuation to o1.0',
      '1 holding it:',
      '  memory m1.1 of o1.0',
    ]);
    const one = JSON.parse(await world.ok(['promises', 'p', 'p4.1', '--json'])) as PendingPromise;
    expect(one).toMatchObject({
      decider: { by: 'pipelined', promise: 'p4.0' },
      waiters: { count: 1, first: [{ kind: 'follow', answer: 'p4.0' }] },
    });
  });

  it.each([
    [['promises', 'empty', 'p1.0'], 'QRT_PROMISE_UNKNOWN'],
    [['promises', 'empty', 'o1.0'], 'Give the id of a promise'],
    [['promises', 'empty', 'p1.0', '--older', '1h'], '--older: only without an ID'],
    [['promises', 'empty', '--older', '1y'], 'Time 1y: give 90s, 10m, 2h, 3d'],
    [['promises', 'empty', '--limit', '0'], `from 1 to ${WAITS_SHOWN_MAX}`],
    [['promises', 'nowhere'], 'QRT_NODE_MISSING'],
  ])('refuses %j', async (args, said) => {
    const { code, stderr } = await world.run(args);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});
