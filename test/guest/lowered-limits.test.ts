// A limit that is lowered below what a worker is given: what is there can be read, and made smaller.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_TURN_LIMITS } from '../../src/core/turn-limits.ts';
import { type Kit, startKit } from './kit.ts';

describe('a worker whose limits were lowered', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
    const lower = { codeBytes: 1_024, powerBytes: 1_024, memoryBytes: 1_024 };
    kit.post({ type: 'limits', limits: { ...DEFAULT_TURN_LIMITS, ...lower } });
  });
  afterAll(() => kit.close());

  const LARGE = { list: ['x'.repeat(2_000)], n: 0 };
  const TOO_LARGE = {
    code: 'QRT_DATA_OVERSIZE',
    message: expect.stringMatching(/^power\.memory of object o\d+\.0 is too large.*1024/),
  };

  it('reads a memory that is larger than it may be, and keeps it as it is', async () => {
    const object = kit.install('(args, { memory }) => { if (memory.list.length !== 1) throw 1; }', {
      memory: LARGE,
    });
    expect((await kit.done(object)).memory).toEqual([]);
    expect(kit.memory(object)).toEqual(LARGE);
  });

  it('fails a turn that changes it and leaves it too large, by whatever size', async () => {
    for (const change of [
      'memory.n = 1',
      'memory.list[0] += "x"',
      'memory.list[0] = "y".repeat(1500)',
    ]) {
      const object = kit.install(`(args, { memory }) => { ${change}; }`, { memory: LARGE });
      expect(await kit.failed(object)).toMatchObject(TOO_LARGE);
      expect(kit.memory(object)).toEqual(LARGE);
    }
  });

  it('takes it when it fits again, and bounds it from then on', async () => {
    const object = kit.install('(args, { memory }) => { memory.list = ["x".repeat(args)]; }', {
      memory: LARGE,
    });
    const around = JSON.stringify({ list: [''], n: 0 }).length;
    await kit.done(object, 1_024 - around);
    expect(JSON.stringify(kit.memory(object))).toHaveLength(1_024);
    expect(await kit.failed(object, 1_025 - around)).toMatchObject(TOO_LARGE);
  });

  it('runs code, and gives a power, that are larger than an object may make now', async () => {
    const code = `(args, { text, memory }) => { memory.n = text.length; "${'x'.repeat(2_000)}"; }`;
    const object = kit.install(code, { data: { text: 'x'.repeat(2_000) } });
    await kit.done(object);
    expect(kit.memory(object)).toEqual({ n: 2_000 });
  });
});
