// Mutations: outcomes of an honest worker, changed by a generator in any of their fields, are told
// to a real kernel. It takes what an honest worker could have said, or ends the worker; an oracle
// of its own reads the database after each.

import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { done } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { localIdOf, makeWorld, type World } from '../sim/world.ts';
import { closeTestVats, openTestVat } from '../spec/kit.ts';
import { isPicked, isThorough } from '../thorough.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const RUNS = 500;
const KIB = 1024;

/** Does all that an outcome can hold but a line of the log, for which nobody has the power. */
const EVERYTHING = `(args, power) => {
  const { make_object, memory } = power;
  const child = make_object('(args, power) => { power.memory.child = args; }', { make_object, memory: { of: args } });
  const twin = make_object('(args, power) => args', power);
  memory.children = [child, twin];
  child.sendOnly({ twin });
  twin.sendOnly([child, args]);
}`;

/** What a real worker says of a turn of \`EVERYTHING\`, and of whom. */
async function record(): Promise<{ outcome: Json; target: string; memory: string; turn: number }> {
  const vat = await openTestVat();
  const object = await vat.install('everything', EVERYTHING);
  const said: string[] = [];
  vat.onOutput((output) => {
    if (output.type === 'worker-says') said.push(output.text);
  });
  await vat.send(object, 'x');
  const outcome = said.map((text) => JSON.parse(text)).find((each) => each.objects?.length > 0);
  return {
    outcome,
    target: object.id,
    memory: String(vat.object(object.id)['memory']),
    turn: outcome.turn,
  };
}

const HOSTILE: Json[] = [
  ...[null, true, false, 0, -1, 1.5, 2 ** 53, 1e308, '', 'o0.0', 'o99.0', 'm99.0', 'i1', 'o01.0'],
  ...[
    'x'.repeat(300 * KIB),
    '\u0000',
    '{',
    '__proto__',
    'constructor',
    'make_object',
    'log',
    'fetch',
  ],
  ...['a'.repeat(64), [], {}, [[]], ['o1.0'], { body: '{', slots: ['o1.0'] }, { memory: 'log' }],
];

/** All places of a value, by their paths. */
function pathsOf(value: Json, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, each]) => pathsOf(each, [...path, key]));
  return [path, ...inner];
}

type Change = {
  at: number;
  how: 'replace' | 'delete' | 'repeat' | 'swap' | 'add';
  what: number;
  other: number;
};

function mutate(outcome: Json, { at, how, what, other }: Change): Json {
  const copy = structuredClone(outcome);
  const paths = pathsOf(copy).slice(1);
  const path = paths[at % paths.length]!;
  const key = path.at(-1)!;
  const find = (to: string[]): Json =>
    to.reduce((now: Json, step) => (now as { [k: string]: Json })[step]!, copy);
  const parent = find(path.slice(0, -1)) as Record<string, Json>;
  switch (how) {
    case 'replace':
      parent[key] = likelyFor(copy, parent[key]!, what);
      break;
    case 'delete':
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
      break;
    case 'repeat':
      if (Array.isArray(parent)) (parent as Json[]).push(structuredClone(parent[key]!));
      else parent[key] = [parent[key]!];
      break;
    case 'swap':
      parent[key] = structuredClone(find(paths[other % paths.length]!));
      break;
    case 'add':
      Object.defineProperty(parent, String(HOSTILE[what % HOSTILE.length]), {
        value: 'o1.0',
        enumerable: true,
      });
      break;
  }
  return copy;
}

const ID = /^[omi]\d/;
const IDS = ['o0.0', 'o99.0', 'm99.0', 'i1', 'o01.0', 'o99999.0'];
const WORDS = ['make_object', 'log', 'fetch'];

/** A value that is wrong in a way that its place makes likely: half of them of the same kind. */
function likelyFor(outcome: Json, now: Json, what: number): Json {
  const pick = <T>(all: readonly T[]): T => all[(what >> 1) % all.length]!;
  if (what % 2 === 0 && typeof now === 'string') {
    if (WORDS.includes(now)) return pick(WORDS);
    const ids = [...JSON.stringify(outcome).matchAll(/"([omi]\d+\.\d+)"/g)].map(
      ([, id = '']) => id,
    );
    if (ID.test(now)) return pick([...IDS, ...new Set(ids)]);
  }
  return pick(HOSTILE);
}

/** Everything in the tables that outcomes write. */
function look(path: string) {
  const db = new Database(path, { readonly: true });
  const all = (table: string) =>
    db.prepare(`SELECT * FROM ${table}`).all() as Record<string, string>[];
  try {
    return {
      object: all('object'),
      memory: all('memory'),
      code: all('code'),
      inbox: all('inbox'),
      grants: all('native_grant').map(({ type }) => type),
      imports: all('import').map(({ id }) => id),
      log: all('log'),
      broken: db.pragma('foreign_key_check') as unknown[],
    };
  } finally {
    db.close();
  }
}

/** What must be true of every vat, whoever spoke to it. */
function assertSound({
  object,
  memory,
  code,
  inbox,
  grants,
  imports,
  broken,
}: ReturnType<typeof look>) {
  expect(broken).toEqual([]);
  const objects = new Map(object.map((row) => [row['id'], row]));
  const slots = new Map(memory.map((row) => [row['id'], row]));
  for (const { hash, text } of code) {
    expect(createHash('sha256').update(text!).digest('hex')).toBe(hash);
    expect(Buffer.byteLength(text!)).toBeLessThanOrEqual(1024 * KIB);
  }
  for (const row of [...object, ...memory, ...inbox]) {
    const held = JSON.parse(row['slots']!) as string[];
    expect(held.filter((id) => !objects.has(id) && !imports.includes(id))).toEqual([]);
    expect(held.length).toBeLessThanOrEqual(1_000);
    expect(Buffer.byteLength(row['body']!)).toBeLessThanOrEqual(1024 * KIB);
  }
  for (const row of object.filter(({ id }) => id !== 'o0.0')) {
    expect(row['owner']).not.toBe(0);
    const types = Object.values(JSON.parse(row['natives']!) as Record<string, string>);
    expect(types.filter((type) => type !== 'make_object' && !grants.includes(type))).toEqual([]);
    if (row['memory'] !== null) expect(slots.has(row['memory']!)).toBe(true);
  }
  const isHeld = new Set(object.map((row) => row['memory']));
  expect(memory.filter(({ id }) => !isHeld.has(id!))).toEqual([]);
}

/** One text for all but the inbox: rows by the hundred are slow to compare one by one. */
function digest({ inbox: _, ...rest }: ReturnType<typeof look>): string {
  return createHash('sha256').update(JSON.stringify(rest)).digest('hex');
}

describe.runIf(isThorough || isPicked(0, 2))('a mutated outcome', () => {
  let world: World;
  let vat: TestVat;
  let object: Qrid;
  beforeEach(() => {
    world = makeWorld();
    vat = world.vat('one');
    object = vat.install();
  });
  afterEach(async () => {
    world.close();
    await closeTestVats();
  });

  it('is accepted as what an honest worker could have said, or ends the worker', async () => {
    const { outcome, target, memory, turn } = await record();
    const id = localIdOf(vat, object);
    const slot = vat.store().object(id)!.power.memory!;
    const text = JSON.stringify(outcome);
    /** The same outcome, of another turn and of the object here. */
    const outcomeOf = (now: number): Json =>
      JSON.parse(
        text
          .replaceAll(`"${target}"`, `"${id}"`)
          .replaceAll(`"${memory}"`, `"${slot}"`)
          .replaceAll(`"o${turn}.`, `"o${now}.`)
          .replaceAll(`"m${turn}.`, `"m${now}.`)
          .replace(`"turn":${turn}`, `"turn":${now}`),
      );
    const verdicts = { accepted: 0, ended: 0 };
    const change = fc.record({
      at: fc.nat(),
      how: fc.constantFrom<Change['how']>('replace', 'delete', 'repeat', 'swap', 'add'),
      what: fc.nat(),
      other: fc.nat(),
    });

    const run = (changes: Change[]): void => {
      world.run(100);
      const before = look(vat.path);
      const { workersLost } = vat.status();
      let isTold = false;
      vat.setScript((frame, tell) => {
        if (isTold) return done(frame.turn);
        isTold = true;
        const said = changes.reduce(mutate, outcomeOf(frame.turn));
        tell(Buffer.from(JSON.stringify(said)));
        return undefined;
      });
      vat.send(object);
      world.run(5_000);
      const after = look(vat.path);
      assertSound(after);
      if (vat.status().workersLost === workersLost) {
        verdicts.accepted += 1;
        return;
      }
      verdicts.ended += 1;
      // Nothing of it: what came after it was an outcome without effects.
      expect(digest(after)).toBe(digest(before));
    };

    run([]);
    expect(verdicts).toEqual({ accepted: 1, ended: 0 });
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), run), {
      numRuns: RUNS,
      seed: 4,
      endOnFailure: true,
    });
    expect(vat.status().quarantined).toBe(0);
    expect(verdicts.accepted).toBeGreaterThan(RUNS / 20);
    expect(verdicts.ended).toBeGreaterThan(RUNS / 3);
  });
});
