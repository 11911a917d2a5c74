// The simulator, by its command: the same seed is the same run, and what fails is told shortly.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { shrink } from './shrink.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const LOADER = new URL('../../scripts/ts-loader.mjs', import.meta.url).href;

interface Summary {
  readonly messages: number;
  readonly restarts: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly runs: readonly { seed: number; hash: string; complaints: readonly string[] }[];
}

/** Runs the command with the arguments. */
async function sim(...args: string[]) {
  const child = spawn(process.execPath, ['--import', LOADER, MAIN, ...args]);
  const [out, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null) await once(child, 'exit');
  return { code: child.exitCode, out, complaint };
}

async function simJson(...args: string[]): Promise<Summary> {
  const { code, out, complaint } = await sim(...args, '--json');
  expect({ code, complaint }).toMatchObject({ code: 0 });
  return JSON.parse(out) as Summary;
}

describe('the simulator', () => {
  it('Q51 runs the same history from the same seed, in any process and after any other', async () => {
    const [many, alone] = await Promise.all([
      simJson('--seed', '10', '--runs', '3'),
      simJson('--seed', '12'),
    ]);
    expect(many.runs.map(({ seed }) => seed)).toEqual([10, 11, 12]);
    expect(alone.runs[0]).toEqual(many.runs[2]);
    expect(alone.runs[0]!.hash).not.toBe(many.runs[1]!.hash);
    expect(many.messages).toBeGreaterThan(1_000);
    expect(many.restarts).toBeGreaterThan(0);
  });

  it('tells a failure by its seed, with few of its faults, and how to see it again', async () => {
    const { code, complaint } = await sim(
      ...'--seed 8 --vats 2 --actions 60 --workload glass'.split(' '),
    );
    expect(code).toBe(1);
    expect(complaint).toMatch(/^FAILED: seed 8 \(glass\) at commit [0-9a-f]+/);
    const [, line, list] = /npm run sim -- (.*--only-faults '(.*)')/.exec(complaint) ?? [];
    // Started for the third time: it takes two faults.
    expect(list?.split(',')).toHaveLength(2);
    const again = await sim(...line!.replaceAll("'", '').split(' '));
    expect(again.code).toBe(1);
    expect(again.complaint).toContain(`${list!.split(',').length} faults happened`);
  });

  it('says what it was not given right', async () => {
    const { code, complaint } = await sim('--seed', 'x');
    expect(code).toBe(2);
    expect(complaint).toContain('--seed is a whole number');
  });
});

describe('shrinking', () => {
  const all = Array.from({ length: 100 }, (_, number) => `f${number}`);
  const failsWith =
    (...needed: readonly string[]) =>
    (only: readonly string[]) =>
      needed.every((id) => only.includes(id));
  const isOver = () => false;

  it('finds the faults without which nothing fails, wherever they are', () => {
    for (const needed of [['f0'], ['f3', 'f97'], ['f10', 'f11', 'f50', 'f99'], []]) {
      expect(shrink({ faults: all, fails: failsWith(...needed), isOver })).toEqual(needed);
    }
  });

  it('ends when its time is over, with a list that still fails', () => {
    let runs = 0;
    const isLate = () => runs > 5;
    const fails = (only: readonly string[]) => {
      runs += 1;
      return failsWith('f3', 'f97')(only);
    };
    const left = shrink({ faults: all, fails, isOver: isLate });
    expect(runs).toBeLessThan(9);
    expect(failsWith('f3', 'f97')(left)).toBe(true);
  });
});
