// The worker: the process that runs guests, what stands around it, what it is told, how it ends.

import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/core/node-limits.ts';
import type { SandboxLevel } from '../../src/core/sandbox.ts';
import type { DeleteReply } from '../../src/kernel/keeping-ports.ts';
import { eventually, makeWorld, type World } from '../system/kit.ts';
import { levelsHere } from '../worker/sandbox-kit.ts';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';

const LIST = '(args, power) => { (power.memory.got ??= []).push(args); }';
/** Marks its memory, makes and sends, and then fills so much of the heap and keeps a number. */
const FILLER = `({ mib, to }, { memory, make_object }) => {
  memory.mark = 'before';
  make_object('() => 1', {});
  if (to) to.sendOnly('before');
  const all = [];
  for (let n = 0; n < mib * 1_000; n += 1) all.push(Array(128).fill(n));
  memory.filled = all.length;
}`;
/** Computes for so many steps, and counts its turns. */
const COUNTER =
  '({ steps }, { memory }) => { for (let n = 0; n < steps; n += 1); memory.turns = (memory.turns ?? 0) + 1; }';

/** The fields of all frames to the worker. */
const TOLD = {
  limits: ['limits', 'type'],
  turn: ['args', 'readings', 'target', 'turn', 'type'],
  object: ['id', 'object', 'type'],
  code: ['hash', 'text', 'type'],
  memory: ['id', 'type', 'value'],
};
/** The fields of all frames from the worker. */
const SAID = {
  ready: ['node', 'ses', 'type'],
  ask: ['id', 'type', 'what'],
  outcome: ['logs', 'memory', 'objects', 'promises', 'sends', 'status', 'turn', 'type', 'whens'],
};

const isAtLeast = (...levels: readonly SandboxLevel[]): boolean =>
  process.platform === 'linux' && levels.some((level) => levelsHere.includes(level));

/** The process that runs guests: behind a sandbox the last that its launcher started. */
function guestProcess(vat: TestVat): number {
  let [pid = 0] = vat.workerPids();
  for (;;) {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    if (!child) return pid;
    pid = Number(child);
  }
}

const statusOf = (pid: number): string => readFileSync(`/proc/${pid}/status`, 'utf8');
const spaceOf = (pid: number | string, space: string): string =>
  readlinkSync(`/proc/${pid}/ns/${space}`);

describe('a node', () => {
  let world: World;
  beforeAll(async () => {
    world = makeWorld();
    await make('usual', {});
    await make('small', { workerHeapMib: 32, workerDataBytes: 260_000_000 });
    await world.ok(['start', 'usual', 'small']);
  });
  afterAll(() => world.end());

  /** Makes a node on which a turn has the time to fill a heap. */
  async function make(dir: string, limits: Readonly<Record<string, number>>): Promise<void> {
    await world.ok(['create-node', dir]);
    const path = world.path(dir, 'config.json');
    const config = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...config, limits: { turnCpuMs: 20_000, ...limits } }));
  }

  /** Lets a new object fill its heap, and says what came of it. */
  async function fill(dir: string, mib: number): Promise<Record<string, unknown>> {
    const { pid, quarantined, objects } = await world.status(dir);
    const list = await world.install(dir, LIST);
    const filler = await world.install(dir, FILLER);
    const args = JSON.stringify({ mib });
    await world.ok(['send', '-d', dir, filler, args, '--ref', `to=${list}`]);
    await world.ok(['send', '-d', dir, list, '"after"']);
    const after = await eventually(async () => {
      const status = await world.status(dir);
      return status.inbox.rows === 0 ? status : undefined;
    });
    const values = (await world.dump(dir, 'memory')).map(({ value }) => String(value));
    return {
      isSameProcess: after.pid === pid,
      isQuarantined: after.quarantined > quarantined,
      made: after.objects - objects - 2,
      memory: values.slice(-2).map((value) => JSON.parse(value) as unknown),
    };
  }
  const undone = { isQuarantined: true, made: 0, memory: [{ got: ['after'] }, {}] };

  it('T8 that fills its heap loses its worker and what the turn did, and nothing else', async () => {
    expect(await fill('usual', 1_000)).toEqual({ ...undone, isSameProcess: true });
    const causes = (await world.log('usual')).map(({ text }) => String(text));
    expect(causes.join()).toMatch(/QRT_MESSAGE_QUARANTINED.*heap/);
  });

  it('R12 whose config.json gives it a small heap ends what one with a larger heap runs', async () => {
    const filled = { mark: 'before', filled: 33_000 };
    const done = {
      isQuarantined: false,
      made: 1,
      memory: [{ got: expect.arrayContaining(['before', 'after']) }, filled],
    };
    expect(await fill('usual', 33)).toEqual({ ...done, isSameProcess: true });
    expect(await fill('small', 33)).toEqual({ ...undone, isSameProcess: true });
  });
});

describe('the worker', () => {
  afterEach(closeTestVats);

  it.runIf(isAtLeast('none'))('R12 gets the data segment that its node was given', async () => {
    const limits = { ...DEFAULT_LIMITS, workerDataBytes: 333_000_000 };
    const vat = await openTestVat({ limits, objects: { list: LIST } });
    await vat.send('list');
    const line = readFileSync(`/proc/${guestProcess(vat)}/limits`, 'utf8').match(/^Max data.*/m);
    expect(line?.[0].split(/\s{2,}/)).toEqual(expect.arrayContaining(['333000000']));
  });

  it.runIf(isAtLeast('full', 'spaces'))(
    'R8 has spaces of its own, without network, and no right, under the frozen realm of SES',
    async () => {
      const vat = await openTestVat({ objects: { list: LIST } });
      expect(await vat.value('[Object.isFrozen(globalThis), typeof process]')).toEqual([
        true,
        'undefined',
      ]);
      const pid = guestProcess(vat);
      for (const space of ['user', 'pid', 'net', 'ipc', 'uts', 'mnt']) {
        expect([space, spaceOf(pid, space)]).not.toEqual([space, spaceOf('self', space)]);
      }
      // Its network has no way to anywhere, and it cannot become more than it is.
      expect(readFileSync(`/proc/${pid}/net/route`, 'utf8').trim().split('\n')).toHaveLength(1);
      expect(statusOf(pid)).toMatch(/^CapEff:\s+0+$/m);
      expect(statusOf(pid)).toMatch(/^NoNewPrivs:\s+1$/m);
      // Bubblewrap adds the place, which is the same everywhere.
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toBe('TZ=UTC\0PWD=/\0');
    },
  );

  it.runIf(isAtLeast('full'))('R8 is filtered: the second wall is one that is there', async () => {
    const vat = await openTestVat({ objects: { list: LIST } });
    await vat.send('list');
    expect(statusOf(guestProcess(vat))).toMatch(/^Seccomp:\s+2$/m);
  });

  it.runIf(isAtLeast('none'))('R9 has three pipes to the node, and no file or socket', async () => {
    const vat = await openTestVat({ objects: { list: LIST } });
    await vat.send('list');
    const pid = guestProcess(vat);
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => ({
      fd: Number(fd),
      what: readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/:.*/, ''),
    }));
    // Node makes its pipes from pairs of sockets; what it waits on is nobody else's.
    const isPipe = ({ fd, what }: (typeof open)[number]): boolean =>
      fd <= 2 && ['pipe', 'socket'].includes(what);
    expect(open.filter(isPipe)).toHaveLength(3);
    const rest = open.filter((each) => !isPipe(each)).map(({ what }) => what);
    expect(rest.filter((what) => !['anon_inode', 'pipe', '/dev/null'].includes(what))).toEqual([]);
  });

  it('R9 is told code, args, power and memory, and answers with effects that are data', async () => {
    const vat = await openTestVat();
    const told = new Map<string, Set<string>>();
    const said = new Map<string, Set<string>>();
    const note = (fields: Map<string, Set<string>>, frame: object): void => {
      const { type } = frame as { type: string };
      const names = fields.get(type) ?? new Set();
      for (const name of Object.keys(frame)) names.add(name);
      fields.set(type, names);
    };
    let text = '';
    vat.onOutput((output) => {
      if (output.type === 'worker-says') note(said, JSON.parse(output.text) as object);
      if (output.type !== 'worker-frame') return;
      note(told, output.frame);
      text += JSON.stringify(output.frame);
    });
    const list = await vat.install('list', LIST);
    const filler = await vat.install('filler', FILLER);
    await vat.send(filler, { mib: 0, to: list });
    const fields = (seen: typeof told): Record<string, string[]> =>
      Object.fromEntries([...seen].map(([type, names]) => [type, [...names].sort()]));
    expect(fields(told)).toEqual(TOLD);
    expect(fields(said)).toEqual(SAID);
    // Nothing by which anybody could send or be found is among it.
    const [, swissnum = 'missing'] = /\.([\w-]{43})/.exec(list.qrid) ?? [];
    for (const secret of [swissnum, vat.id, vat.dir, 'http://']) expect(text).not.toContain(secret);
    expect(vat.memory('list')).toEqual({ got: ['before'] });
  });

  it('T10 hands over no more of a turn than there may be, however much a guest gives', async () => {
    const flood = `({ to }) => { for (let n = 0; n < 40; n += 1) to.sendOnly('"'.repeat(120_000)); }`;
    const vat = await openTestVat({ objects: { flood, list: LIST } });
    let longest = 0;
    vat.onOutput((output) => {
      if (output.type === 'worker-says') longest = Math.max(longest, output.text.length);
    });
    await vat.send('flood', { to: vat.ref('list') });
    expect((await vat.log('failure')).join()).toContain('QRT_TURN_POISONED');
    expect(longest).toBeLessThan(10_000);
    expect(vat.memory('list')).toEqual({});
    expect(await vat.status()).toMatchObject({ quarantined: 0, workersLost: 0 });
  });

  it('R11 has a deadline for each turn, and none for all of them', async () => {
    const limits = { ...DEFAULT_LIMITS, turnCpuMs: 800 };
    const vat = await openTestVat({ limits, objects: { counter: COUNTER, list: LIST } });
    // Together more than what one turn may use, each far less.
    for (let n = 0; n < 30; n += 1) await vat.queue('counter', { steps: 5e7 });
    await vat.run();
    expect(vat.memory('counter')).toEqual({ turns: 30 });
    expect(await vat.status()).toMatchObject({ quarantined: 0, workersLost: 0 });
    await vat.queue('counter', { steps: 1e12 });
    await vat.queue('list', 'after');
    await vat.run();
    expect(vat.memory('counter')).toEqual({ turns: 30 });
    expect(vat.memory('list')).toEqual({ got: ['after'] });
    expect(await vat.status()).toMatchObject({ quarantined: 1, inbox: { rows: 0 } });
  });

  it('R11 runs nothing any more for an object that was deleted, and what ran stays', async () => {
    const vat = await openTestVat({ objects: { counter: COUNTER, list: LIST } });
    await vat.send('counter', { steps: 1 });
    await vat.queue('list', 'before');
    for (let n = 0; n < 200; n += 1) await vat.queue('counter', { steps: 1e8 });
    const remove = async (id: string): Promise<DeleteReply> => {
      const reply = await vat.ask({ type: 'delete', id, object: vat.ref('counter').id });
      if (!reply.ok) throw new Error(reply.code);
      return reply.value as DeleteReply;
    };
    expect(await remove('first')).toMatchObject({ wasDeleted: false });
    await vat.run();
    const { turns } = await vat.status();
    expect(turns).toBeLessThan(202);
    expect((await vat.log('failure')).filter((text) => /deleted/.test(text))).toHaveLength(
      202 - turns,
    );
    // What is over cannot be taken back: again it is no change.
    expect(await remove('second')).toMatchObject({ wasDeleted: true });
    expect(await vat.status()).toMatchObject({ turns, inbox: { rows: 0 } });
    expect(vat.memory('list')).toEqual({ got: ['before'] });
  });
});
