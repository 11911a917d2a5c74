// Turns: one message each, wholly or not at all, within their limits.

import { afterEach, describe, expect, it } from 'vitest';
import { EVERY_MARK, marksOf, openBusy, SINK } from './busy.ts';
import { HeldRef, type Tables } from './disk.ts';
import { closeTestVats, openTestVat } from './kit.ts';

describe('turns', () => {
  afterEach(closeTestVats);

  it('Q17 each message is one turn of one object, which sees its own args and memory only', async () => {
    const code = `(args, power) => {
      power.memory.turns = (power.memory.turns ?? 0) + 1;
      (power.memory.args ??= []).push(args);
    }`;
    const vat = await openTestVat({ objects: { a: code, b: code, c: code } });
    const fan = await vat.install(
      'fan',
      `(args) => { for (const [n, to] of args.entries()) to.sendOnly(n); }`,
    );
    for (let n = 0; n < 20; n += 1) await vat.queue('abc'[n % 3] ?? '', n);
    await vat.send(fan, [vat.ref('a'), vat.ref('a'), vat.ref('b')]);
    const counts = ['a', 'b', 'c'].map(
      (name) => vat.memory(name) as { turns: number; args: unknown[] },
    );
    expect(counts.map(({ turns }) => turns)).toEqual([9, 8, 6]);
    expect(counts[2]?.args).toEqual([2, 5, 8, 11, 14, 17]);
    expect(await vat.status()).toMatchObject({ turns: 24, inbox: { rows: 0 } });
    expect(vat.counters()['turns_done']).toBe(24);
  });

  for (const [then, reason] of [
    ['throw', /Error: on purpose/],
    ['data', /power\.memory\.bad/],
    ['poison', /QRT_TURN_POISONED/],
  ] as const) {
    it(`Q21 a turn that fails (${then}) leaves nothing but a consumed message and a line`, async () => {
      const { vat, peer } = await openBusy();
      const before = withoutTraces(vat.tables());
      await vat.queue('busy', { then });
      await vat.queue('sink', 'after');
      await vat.net.run();
      expect(marksOf(vat.tables())).toEqual([]);
      const after = withoutTraces(vat.tables());
      for (const table of [
        'object',
        'code',
        'outbox',
        'inbox',
        'link',
        'export',
        'import',
        'quarantine',
      ]) {
        expect(after[table], table).toEqual(before[table]);
      }
      expect(vat.memory('busy')).toEqual({});
      expect(vat.memory('child')).toEqual({});
      expect(vat.memory('sink')).toEqual({ got: ['after'] });
      expect(peer.memory('sink')).toEqual({});
      const failures = await vat.log('failure');
      expect(failures).toHaveLength(1);
      expect(failures[0]).toMatch(reason);
      expect(await vat.log('log')).toEqual([]);
      // The vat goes on with the same object.
      await vat.queue('busy', {});
      await vat.net.run();
      const delivered = ['again', 'there'];
      expect(marksOf(vat.tables())).toEqual(EVERY_MARK.filter((mark) => !delivered.includes(mark)));
      const got = [{ mark: 'there-done', made: expect.any(HeldRef) }, { mark: 'again-done' }];
      expect(peer.memory('sink')).toEqual({ got });
    });
  }

  it('Q21 whatever is thrown is recorded, bounded, and runs no code of the guest', async () => {
    const thrown = [
      'null',
      'undefined',
      '"text"',
      '5',
      '({ message: "m" })',
      'new Proxy({}, { get() { for (;;); } })',
      '({ get message() { for (;;); } })',
      'Error("x".repeat(100_000))',
      'Symbol("s")',
      '1n',
      '(() => 1)',
    ];
    const code = `(args) => { switch (args) { ${thrown.map((text, n) => `case ${n}: throw ${text};`).join(' ')} } }`;
    const vat = await openTestVat({ objects: { thrower: code, sink: SINK } });
    for (const n of thrown.keys()) await vat.queue('thrower', n);
    await vat.send('sink', 'after');
    const failures = await vat.log('failure');
    expect(failures).toHaveLength(thrown.length);
    for (const line of failures) expect(line.length).toBeLessThan(1_300);
    expect(vat.memory('sink')).toEqual({ got: ['after'] });
    expect(await vat.status()).toMatchObject({ quarantined: 0, workersLost: 0 });
  });

  it('Q52 an endless loop is ended at its limit, and the vat lives', async () => {
    const vat = await openTestVat({
      objects: {
        sink: SINK,
        loop: '(args, power) => { power.memory.mark = 1; for (;;) { try { for (;;); } catch {} } }',
      },
    });
    await vat.send('sink', 'warm');
    const beganMs = performance.now();
    for (const message of ['before', 'loop', 'after']) {
      await vat.queue(message === 'loop' ? 'loop' : 'sink', message);
    }
    await vat.run();
    // Two attempts of one second of CPU each, and two new workers.
    expect(performance.now() - beganMs).toBeLessThan(15_000);
    expect(vat.memory('sink')).toEqual({ got: ['warm', 'before', 'after'] });
    expect(vat.memory('loop')).toEqual({});
    expect(await vat.status()).toMatchObject({ quarantined: 1, inbox: { rows: 0 } });
    expect((await vat.log('failure')).join()).toMatch(/QRT_MESSAGE_QUARANTINED.*cpu/);
    await vat.send('sink', 'later');
    expect(vat.memory('sink')).toMatchObject({ got: { length: 4 } });
  });
});

/** Tables without what is different each time. */
function withoutTraces(tables: Tables): Tables {
  const text = JSON.stringify(tables, (key, value: unknown) =>
    key === 'trace' ? undefined : value,
  );
  return JSON.parse(text) as Tables;
}
