// `qrt quarantine` with real processes, on nodes that run and that do not.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, makeWorld, type World } from './kit.ts';

/** Ends its worker as long as it is not mended, and notes what it is told. */
const FRAGILE = `function fragile({ mend, n, to, promised }, { memory }) {
  if (mend) { memory.isMended = true; return; }
  if (promised) {
    const { promise, resolver } = Q.promise();
    to.sendOnly({ n: promised, to: [promise, resolver] });
    return;
  }
  if (!memory.isMended) for (const all = []; ; ) all.push(Array(100000).fill(n));
  memory.got = [...(memory.got ?? []), n];
  to?.sendOnly({ mend: true });
}`;

interface Listed {
  readonly id: number;
  readonly target: string;
  readonly installation: string;
  readonly cause: string;
  readonly attempts: number;
  readonly bytes: number;
  readonly references: number;
  readonly trace: string;
}

describe('qrt quarantine', () => {
  let world: World;
  let qrid: string;
  beforeAll(async () => {
    world = makeWorld();
    await world.ok(['create-node', 'empty']);
    await world.startNew('q');
    qrid = await world.install('q', FRAGILE, ['--label', 'for "Bob"']);
    for (const said of ['"n":1', '"n":2', '"promised":3']) {
      await world.ok(['send', '-d', 'q', qrid, `{${said},"to":null}`, '--ref', `to=${qrid}`]);
    }
    await eventually(async () => (await world.status('q')).quarantined === 3, 60_000);
  });
  afterAll(() => world.end());

  const list = async (): Promise<readonly Listed[]> =>
    (JSON.parse(await world.ok(['quarantine', 'q', '--json'])) as { messages: Listed[] }).messages;
  const got = async (): Promise<unknown> => {
    const [row] = await world.dump('q', 'memory');
    return (JSON.parse(String(row?.['value'])) as { got?: unknown }).got;
  };

  it('lists what was taken out, and shows one whole, with what can be done', async () => {
    expect(await list()).toMatchObject(
      [1, 2, 3].map((id) => ({
        id,
        target: 'o1.0',
        owner: 1,
        installation: 'code-1.js',
        attempts: 2,
        bytes: id === 3 ? 30 : 20,
        references: id === 3 ? 2 : 1,
        trace: expect.stringMatching(/^[0-9a-f]{32}$/),
      })),
    );
    const [head, first, ...others] = (await world.ok(['quarantine', 'q'])).split('\n');
    expect(head).toBe('id\ttime\ttarget\tinstallation\tcause\tattempts\targs\trefs\ttrace');
    expect(first).toMatch(/^1\t\S+Z\to1\.0\t1 \(code-1\.js\)\t(heap|cpu)\t2\t20 bytes\t1\t\w{32}$/);
    expect(others).toHaveLength(2);
    const { stdout, stderr } = await world.run(['quarantine', 'q', '2']);
    expect(stdout).toMatch(/^Message 2 in quarantine of q:\n {2}time {5}\d{4}-/);
    expect(stdout).toContain('\n  target   o1.0, its QRIDs: for "Bob"\n');
    expect(stdout).toMatch(/\n {2}code {5}[0-9a-f]{64}\n/);
    expect(stdout).toMatch(/\n\{"n":2,"to":\{"\$":0\}\}\n {2}args\.to is o1\.0\n$/);
    const third = await world.ok(['quarantine', 'q', '3']);
    expect(third).toMatch(/args\.to\[0\] is (p\d+\.0), a promise, which is gone\n/);
    expect(third).toMatch(/args\.to\[1\] is s(\d+\.0), the resolver of p\1, which is gone$/);
    expect(stderr).toContain('`qrt quarantine q 2 --again`');
    expect(stderr).toContain('`qrt quarantine q 2 --discard`');
    const shown = JSON.parse(await world.ok(['quarantine', 'q', '2', '--json']));
    expect(shown).toMatchObject({
      id: 2,
      args: '{"n":2,"to":{"$":0}}',
      held: [{ place: 'args.to', to: 'o1.0', state: 'live' }],
      labels: ['for "Bob"'],
      isDeleted: false,
    });
  });

  it('sends one anew on a running node: what is not mended comes back under another number', async () => {
    const [before] = await list();
    const said = await world.ok(['quarantine', 'q', '1', '--again', '--id', 'again-1']);
    expect(said).toMatch(/^Sent message 1 to o1\.0 anew \(trace [0-9a-f]{32}\)\.$/);
    await eventually(async () => (await list()).some(({ id }) => id === 4), 60_000);
    // The same request again has no second effect.
    expect(await world.ok(['quarantine', 'q', '1', '--again', '--id', 'again-1'])).toBe(said);
    const rows = await list();
    expect(rows.map(({ id }) => id)).toEqual([2, 3, 4]);
    expect(rows[2]?.trace).not.toBe(before?.trace);
    expect(said).toContain(String(rows[2]?.trace));
  });

  it('sends one anew on a stopped node, which runs it when it starts; others are forgotten', async () => {
    await world.ok(['send', '-d', 'q', qrid, '{"mend":true}']);
    await world.ok(['stop', 'q']);
    expect(await list()).toHaveLength(3);
    const said = await world.ok(['quarantine', 'q', '2', '--again']);
    expect(said).toMatch(/^Sent message 2 .* It runs when the node is started\.$/);
    expect(await world.ok(['quarantine', 'q', '3', '--discard'])).toBe('Forgot message 3 to o1.0.');
    const forgot = await world.ok(['quarantine', 'q', '4', '--discard', '--json']);
    expect(JSON.parse(forgot)).toEqual({ number: 4, object: 'o1.0' });
    const { stdout, stderr } = await world.run(['quarantine', 'q']);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toBe('No message is in quarantine.\n');
    expect(await world.status('q')).toMatchObject({ quarantined: 0, inbox: { rows: 1 } });
    await world.ok(['start', 'q']);
    await eventually(async () => JSON.stringify(await got()) === '[2]');
    await world.ok(['stop', 'q']);
  });

  it.each([
    [['quarantine', 'empty', '1'], 'QRT_QUARANTINE_UNKNOWN'],
    [['quarantine', 'empty', '1', '--again'], 'QRT_QUARANTINE_UNKNOWN'],
    [['quarantine', 'empty', '1', '--discard'], 'QRT_QUARANTINE_UNKNOWN'],
    [['quarantine', 'empty', '0'], 'Give a whole number from 1'],
    [['quarantine', 'empty', 'x'], 'Give a whole number from 1'],
    [['quarantine', 'empty', '--again'], '--again: say which message'],
    [['quarantine', 'empty', '--discard'], '--discard: say which message'],
    [['quarantine', 'empty', '--id', 'x'], '--id: only with --again or --discard'],
    [['quarantine', 'empty', '1', '--id', 'x'], '--id: only with --again or --discard'],
    [['quarantine', 'empty', '1', '--again', '--discard'], 'cannot be used with'],
    [['quarantine', 'empty', '1', '--again', '--id', 'a b'], '--id: use 1 to'],
    [['quarantine', 'nowhere'], 'QRT_NODE_MISSING'],
  ])('%j is refused with exit code 2', async (args, text) => {
    const ran = await world.run(args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(text);
  });
});
