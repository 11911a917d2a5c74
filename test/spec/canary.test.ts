// The canary: who a guest can call, and what a program in its worker's place can reach.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SandboxLevel } from '../../src/core/sandbox.ts';
import { makeWorkerHost } from '../../src/worker/host.ts';
import { levelsHere, sandboxAt } from '../worker/sandbox-kit.ts';
import { CALLER, type Canary, openCanary, VERBS, VISITOR } from './canary.ts';
import { closeTestVats, openTestVat } from './kit.ts';

/** How long a visit may be on its way. */
const VISIT_MS = 500;

let canary: Canary;
beforeEach(async () => {
  canary = await openCanary();
});
afterEach(async () => {
  canary.close();
  await closeTestVats();
});

/** Verbs that `fetch` sends; the others it refuses. */
const isForFetch = (verb: string): boolean => !['CONNECT', 'TRACE'].includes(verb);

/** Runs the visitor in a worker's place, at one level. */
async function visit(level: SandboxLevel): Promise<void> {
  const program = join(dirname(canary.places.path), 'visitor.cjs');
  writeFileSync(program, VISITOR(canary.places));
  const sandbox = await sandboxAt(level, program);
  await new Promise<void>((resolve) => {
    const host = makeWorkerHost({
      sandbox,
      onInput: () => void host.close().then(resolve),
    });
    host.start(1);
  });
  await sleep(VISIT_MS);
}

describe('a canary on loopback', () => {
  it('X6 nobody comes to it from anything that a guest can call', async () => {
    const vat = await openTestVat();
    const object = await vat.install('caller', CALLER, { grants: ['log'] });
    await vat.send(object, canary.places);
    await sleep(VISIT_MS);
    expect(vat.memory(object)).toMatchObject({ functions: expect.any(Number) });
    const { calls, functions } = vat.memory(object) as { calls: number; functions: number };
    expect(functions).toBeGreaterThan(300);
    // Ten shapes and two of each verb, each called in three ways.
    expect(calls).toBe(functions * (10 + 2 * VERBS.length) * 3);
    expect(canary.visits).toEqual([]);
  });

  it('X6 the same guest comes to it where it is given a way', async () => {
    const program = join(dirname(canary.places.path), 'naive.mjs');
    const power = '{ memory: {}, fetch: (...shape) => fetch(...shape).catch(() => {}) }';
    const args = JSON.stringify(canary.places);
    // The guest calls whatever there is, Promise.reject too.
    const naive = `import vm from 'node:vm';
      process.on('unhandledRejection', () => {});
      const guest = vm.runInNewContext(${JSON.stringify(`(${CALLER})`)});
      guest(${args}, ${power});`;
    writeFileSync(program, naive);
    await once(spawn(process.execPath, [program], { stdio: 'ignore' }), 'close');
    expect(canary.visits).toContain('tcp');
    expect([...canary.words]).toEqual(expect.arrayContaining(VERBS.filter(isForFetch)));
  });

  it.runIf(levelsHere.includes('full'))(
    'X6 nobody comes to it from a program in the place of the worker, at level full',
    async () => {
      await visit('full');
      expect(canary.visits).toEqual([]);
    },
  );

  it('X6 the same program comes to it without the wall', async () => {
    await visit('none');
    expect(new Set(canary.visits)).toEqual(new Set(['tcp', 'udp', 'dns', 'unix']));
    expect([...canary.words]).toEqual(expect.arrayContaining([...VERBS]));
  });
});
