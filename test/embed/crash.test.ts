// A program that is killed in the middle: each of its calls has one effect and one answer, for good.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { isThorough } from '../thorough.ts';
import { coded, makeBench } from './kit.ts';

const HOST = fileURLToPath(new URL('host.mjs', import.meta.url));
const CALLS = 400;
/** After how many answers it is killed, life by life. */
const KILLS = isThorough ? [1, 30, 100, 170, 250, 330] : [30, 200];

/** Runs the program until it has told of so many answers, and kills it then. Returns what it told. */
async function runHost(dir: string, answersMax: number): Promise<ReadonlyMap<string, number>> {
  const args = [HOST, dir, String(CALLS)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
    if (text.split('\n').length > answersMax) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const lines = text.split('\n').slice(0, -1);
  return new Map(lines.map((line) => [line.split(' ')[0]!, Number(line.split(' ')[1])]));
}

it('Q58 a send with an id has one effect and one answer, however often its program is killed', async () => {
  const bench = makeBench();
  const dir = bench.path('one');
  const told: ReadonlyMap<string, number>[] = [];
  for (const answers of KILLS) told.push(await runHost(dir, answers));
  expect(told.map(({ size }) => size > 0)).toEqual(KILLS.map(() => true));

  const vat = await bench.open('one', { listen: false });
  const CODE = '(args, { memory }) => (memory.count = (memory.count ?? 0) + 1)';
  const counter = await vat.install({ code: CODE, name: 'counter', id: 'counter' });
  const ids = Array.from({ length: CALLS }, (_, n) => `call-${n}`);
  const answers = await Promise.all(ids.map((id) => counter.send<number>({}, { id })));
  // Each had its effect once: no number is missing, none was given twice.
  expect(answers.toSorted((one, other) => one - other)).toEqual(ids.map((_, n) => n + 1));
  expect(await counter.send({})).toBe(CALLS + 1);
  for (const [n, id] of ids.entries()) {
    for (const one of told) expect([id, one.get(id) ?? answers[n]]).toEqual([id, answers[n]]);
  }
  expect(await vat.result('call-7')).toBe(answers[7]);
  await vat.close();
  await expect(vat.result('call-7')).rejects.toEqual(coded('QRT_VAT_CLOSED'));
});
