// Attacks on time, memory and stack: what would run or grow for ever is ended, and the rest goes on.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { someOf } from '../thorough.ts';
import { judge } from './judge.ts';
import { type Checked, checkAll, type Lab, openLab } from './lab.ts';
import { readTable } from './table.ts';

/** Loops are ended soon on a node of their own; on the other a heap is small, and filled in time. */
const SHORT = { limits: { turnCpuMs: 100 } };
const LONG = { limits: { turnCpuMs: 10_000, workerHeapMib: 32 } };
const attacks = readTable('resources').map((attack, index) => ({ ...attack, index }));
const isLoop = ({ expected }: (typeof attacks)[number]) => expected[0]?.detail === 'cpu';

describe.each([
  ['a loop', someOf(attacks.filter(isLoop), 6), SHORT],
  [
    'anything else',
    someOf(
      attacks.filter((attack) => !isLoop(attack)),
      6,
    ),
    LONG,
  ],
] as const)('attacks on resources by %s', (_name, some, options) => {
  let lab: Lab;
  let checked: readonly Checked[];
  beforeAll(async () => {
    checked = await checkAll(some.map(({ code }) => code));
    lab = await openLab({ ...options, hasArgs: true, grants: ['log'] });
  });
  afterAll(() => lab.end());

  it.each(some.map((attack, at) => ({ ...attack, at })))('$name', async (attack) => {
    const found = checked[attack.at];
    if (found === undefined || 'kind' in found) throw new Error('it was refused');
    expect(judge(attack, await lab.attack(found))).toEqual([]);
  });

  it('the node is the process that it was', async () => {
    expect(await lab.examine()).toEqual([]);
    expect(await lab.pidNow()).toBe(lab.node.pid);
  });
});
