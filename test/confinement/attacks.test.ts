// Attacks by name, each tried on a real node: what came of it, and that nobody else noticed.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { someOf } from '../thorough.ts';
import { judge } from './judge.ts';
import { type Checked, checkAll, type Lab, openLab } from './lab.ts';
import { readTable } from './table.ts';

const CHECK_MS_MAX = 240_000;

/** What the attacks of a kind must not come to. */
const CLAIMS = [
  { kind: 'escape', claim: 'reach nothing of the host' },
  { kind: 'nondeterminism', claim: 'learn nothing that is not in the message' },
  { kind: 'interference', claim: 'change nothing for others and leave nothing behind' },
  { kind: 'kernel', claim: 'make the node believe nothing' },
  { kind: 'serialization', claim: 'let out only what JSON carries, and run nothing of it' },
  { kind: 'source', claim: 'make no object of what is not one plain function' },
  { kind: 'controls', claim: 'are no attacks, and work' },
] as const;

describe.each(CLAIMS)('attacks of the kind $kind $claim', ({ kind }) => {
  const attacks = someOf(readTable(kind), 8);
  let lab: Lab;
  let checked: readonly Checked[];
  beforeAll(async () => {
    checked = await checkAll(attacks.map(({ code }) => code));
    lab = await openLab({ hasArgs: true, grants: ['log'] });
  }, CHECK_MS_MAX);
  afterAll(() => lab.end());

  it.each(attacks.map((attack, index) => ({ ...attack, index })))('$name', async (attack) => {
    const found = checked[attack.index];
    if (found === undefined) throw new Error('it was not checked');
    const tried = 'kind' in found ? { outcomes: [found], harm: [] } : await lab.attack(found);
    expect(judge(attack, tried)).toEqual([]);
  });

  it('the node is the process that it was', async () => {
    expect(await lab.examine()).toEqual([]);
    expect(await lab.pidNow()).toBe(lab.node.pid);
  });
});
