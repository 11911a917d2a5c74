// Fates of answers in a program: its own promise, and who asks by `qrt send --result` beside it, are
// told the same name, message and code, whatever ends the answer, and nothing is left of it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { type Reference, Rejection, type Vat } from '../../src/embed/open-vat.ts';
import { isPicked, isThorough } from '../thorough.ts';
import { makeBench } from './kit.ts';

const QRT = fileURLToPath(new URL('../../bin/qrt', import.meta.url));
const WORK = `function work({ how }) {
  if (how === 'throw') throw RangeError('on purpose');
  if (how === 'refuse') return Q.reject({ name: 'Shut', message: 'not today', code: 'SHUT' });
  if (how === 'loop') for (;;);
  return how === 'data' ? 5 : Q.promise().promise;
}`;
/** Sends to the answer of the object in the other vat. */
const SENDER = "(args, { work }) => work.send({ how: 'data' }).send(1)";
const TWICE = `() => {
  const { resolver } = Q.promise();
  resolver.sendOnly({ value: 1 });
  return resolver.send({ value: 2 });
}`;
const SELF = `() => {
  const { promise, resolver } = Q.promise();
  resolver.sendOnly({ value: promise });
  return promise;
}`;
const NO_OBJECT = {
  ...{ name: 'Error', code: 'QRT_NO_OBJECT' },
  message:
    'There is no such object: it was deleted, or its QRID is wrong or withdrawn. Ask for another.',
};
const DROPPED = {
  ...{ name: 'Error', code: 'QRT_LINK_DROPPED' },
  message:
    'The link with a vat on the way was dropped for good: nothing more is sent to it or taken ' +
    'from it. What was under way then may have arrived.',
};

interface Cause {
  readonly of: Reference;
  readonly how?: string;
  readonly end: { readonly name: string; readonly message: string; readonly code?: string };
}

async function qrt(...args: readonly string[]): Promise<{ code: number; text: string }> {
  const child = spawn(process.execPath, [QRT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  const [code] = await once(child, 'close');
  return { code, text };
}

/** Two vats whose turns have little time, with the work in the second one. */
async function openBoth(): Promise<readonly [Vat, Vat]> {
  const bench = makeBench();
  for (const name of ['one', 'two']) {
    await (await bench.open(name)).close();
    const path = bench.path(name, 'config.json');
    const config = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...config, limits: { turnCpuMs: 200 } }));
  }
  return Promise.all([bench.open('one'), bench.open('two')]);
}

const told = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    (value) => ({ value }),
    (error) => {
      expect(error).toBeInstanceOf(Rejection);
      const { name, message, code } = error as Rejection;
      return { name, message, ...(code === undefined ? {} : { code }) };
    },
  );

/** Rows: pending promises, what waits for them, messages, and requests that hold an answer. */
function leftIn({ dir }: Vat): readonly unknown[] {
  const db = new Database(`${dir}/vat.db`, { readonly: true });
  const count = (from: string) => db.prepare(`SELECT count(*) FROM ${from}`).pluck().get();
  const left = [
    "promise WHERE state = 'pending'",
    'pending',
    'inbox',
    'outbox',
    'request WHERE answer IS NOT NULL',
  ].map(count);
  db.close();
  return left;
}

it.runIf(isThorough || isPicked(1, 3))(
  'Q58 each cause is told to a program and to the command line alike',
  {
    timeout: 120_000,
  },
  async () => {
    const [one, two] = await openBoth();
    const work = await two.install({ code: WORK, name: 'work' });
    const gone = await two.install({ code: WORK, name: 'gone' });
    const far = one.reference(await work.qrid());
    const near = await one.install({ code: WORK, name: 'near' });
    const quarantined = 'A message was taken out after 2 attempts: cpu.';
    const causes: readonly Cause[] = [
      ...[near, far].flatMap((of): Cause[] => [
        { of, how: 'throw', end: { name: 'RangeError', message: 'on purpose' } },
        { of, how: 'refuse', end: { name: 'Shut', message: 'not today', code: 'SHUT' } },
        {
          ...{ of, how: 'loop' },
          end: { name: 'Error', message: quarantined, code: 'QRT_MESSAGE_QUARANTINED' },
        },
      ]),
      { of: one.reference(await gone.qrid()), end: NO_OBJECT },
      {
        of: await one.install({ code: SENDER, power: { work } }),
        end: {
          ...{ name: 'Error', code: 'QRT_PROMISE_DATA' },
          message: 'The promise became data, to which nothing can be sent.',
        },
      },
      {
        of: await one.install({ code: TWICE }),
        end: {
          ...{ name: 'Error', code: 'QRT_PROMISE_SETTLED' },
          message:
            'The promise of this resolver was settled before, or nobody waits for it any more.',
        },
      },
      {
        of: await one.install({ code: SELF }),
        end: {
          ...{ name: 'Error', code: 'QRT_PROMISE_CYCLE' },
          message: 'The promise would wait for itself for ever.',
        },
      },
    ];
    expect((await qrt('delete', two.dir, String(gone).replace('reference ', ''))).code).toBe(0);
    await Promise.all(
      causes.map(async ({ of, how, end }) => {
        expect(await told(of.send({ how: how ?? 'ask' }))).toEqual(end);
        const args = JSON.stringify({ how: how ?? 'ask' });
        const said = await qrt('send', '-d', one.dir, await of.qrid(), args, '--result');
        expect(said).toEqual({ code: 3, text: expect.stringContaining(end.message) });
        expect(said.text).toContain(end.code ?? end.name);
      }),
    );
    const late = told(far.send({ how: 'wait' }, { deadlineMs: 50 }));
    expect(await late).toMatchObject({ code: 'QRT_DEADLINE_PASSED' });
    const open = told(far.send({ how: 'wait' }));
    const asked = qrt('send', '-d', one.dir, await far.qrid(), '{"how":"wait"}', '--result');
    // Each waits there for a promise that nobody settles.
    await expect.poll(() => leftIn(two)[1], { timeout: 60_000 }).toBe(2);
    expect((await qrt('peer', 'drop', one.dir, two.id)).code).toBe(0);
    expect(await open).toEqual(DROPPED);
    expect(await asked).toEqual({ code: 3, text: expect.stringContaining(DROPPED.message) });
    // What the command line asked for can be asked again.
    expect(leftIn(one)).toEqual([0, 0, 0, 0, causes.length + 1]);
  },
);
