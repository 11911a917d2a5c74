// Work queue: each job is done at least once or tried as often as said, and answered exactly once.
import { afterEach, describe, expect, it } from 'vitest';
import { makeRandom } from '../sim/random.ts';
import { closeTestVats, openTestVat } from '../spec/kit.ts';
import { makeTestNet } from '../spec/net.ts';
import { someOf } from '../thorough.ts';
import { type GuestVat, openVat, readGuestCode, type TestObject, type Told } from './kit.ts';

/** Notes what it was given; throws, or leaves the answer open, as the job says for that attempt. */
const WORKER = `({ job, attempt, end }, { memory }) => {
  memory.open ??= [];
  if (end) {
    for (const { resolver, job } of memory.open) resolver.sendOnly({ value: { did: job.id } });
    memory.open = [];
    return;
  }
  (memory.got ??= []).push({ id: job.id, attempt });
  const way = job.ways?.[attempt - 1] ?? 'does';
  if (way === 'throws') throw Error('attempt ' + attempt);
  (memory.did ??= []).push(job.id);
  if (way === 'does') return { did: job.id };
  const { promise, resolver } = Q.promise();
  memory.open.push({ job, resolver });
  return promise;
}`;

interface WorkerMemory {
  readonly got?: readonly { readonly id: number; readonly attempt: number }[];
  readonly did?: readonly number[];
}

const ATTEMPTS = 3;
const OPTIONS = { power: { attempts: ATTEMPTS } };

const hire = async (vat: GuestVat, queue: TestObject): Promise<TestObject> => {
  const worker = await vat.object(WORKER);
  await vat.send(queue, { method: 'hire', worker });
  return worker;
};

describe('work queue', () => {
  afterEach(closeTestVats);

  it.each(someOf([1, 2, 3], 3))(
    'each job is done or tried as often as said, and answered once, over crashes (seed %i)',
    async (seed) => {
      const random = makeRandom(seed);
      const vat = await openVat();
      const queue = await vat.guest('work-queue', OPTIONS);
      const workers: TestObject[] = [];
      const jobs: { readonly told: Told; readonly ways: readonly string[] }[] = [];
      for (let id = 0; id < 60; id += 1) {
        if (workers.length === 0 || random() < 0.05) workers.push(await hire(vat, queue));
        const ways = Array.from({ length: ATTEMPTS }, () => {
          const dice = random();
          return dice < 0.4 ? 'throws' : dice < 0.6 ? 'waits' : 'does';
        });
        jobs.push({ ways, told: await vat.tell(queue, { method: 'add', job: { id, ways } }) });
        for (let steps = random() * 8; steps > 0; steps -= 1) await vat.step();
        for (const worker of workers) if (random() < 0.2) await vat.send(worker, { end: true });
        if (random() < 0.05) await vat.restart();
      }
      const left = async () => {
        const { waiting, running } = await vat.answer<{ waiting: number; running: number }>(queue, {
          method: 'status',
        });
        return waiting + running;
      };
      while ((await left()) > 0)
        for (const worker of workers) await vat.done(worker, { end: true });

      const memories = await Promise.all(workers.map((worker) => vat.read<WorkerMemory>(worker)));
      const got = memories.flatMap((memory) => memory.got ?? []);
      const did = new Set(memories.flatMap((memory) => memory.did ?? []));
      for (const [id, { told, ways }] of jobs.entries()) {
        const heard = await vat.heard(told);
        const isHopeless = ways.every((way) => way === 'throws');
        const attempts = got.filter((each) => each.id === id).map(({ attempt }) => attempt);
        const needed = 1 + ways.findIndex((way) => way !== 'throws');
        // A turn that throws notes nothing.
        expect(attempts).toEqual(isHopeless ? [] : [needed]);
        expect(did.has(id)).toBe(!isHopeless);
        if (isHopeless) {
          const error = { name: 'Error', message: `attempt ${ATTEMPTS}` };
          expect(heard).toEqual({ error });
        } else {
          expect(heard).toEqual({ value: { did: id } });
        }
      }
      const idle = workers.length;
      expect(await vat.answer(queue, { method: 'status' })).toEqual({
        waiting: 0,
        running: 0,
        idle,
      });
    },
  );

  it('a worker that was fired is not asked again, and the job that it has is not lost', async () => {
    const vat = await openVat();
    const queue = await vat.guest('work-queue', OPTIONS);
    const workers = [await hire(vat, queue), await hire(vat, queue)];
    const told = [];
    for (let id = 0; id < 2; id += 1) {
      told.push(await vat.tell(queue, { method: 'add', job: { id, ways: ['waits'] } }));
    }
    await vat.run();
    await vat.done(queue, { method: 'fire', worker: workers[0] });
    told.push(await vat.tell(queue, { method: 'add', job: { id: 2 } }));
    await vat.run();
    expect(await vat.heard(told[2]!)).toBeUndefined();
    for (const worker of workers) await vat.done(worker, { end: true });
    for (const [id, each] of told.entries()) {
      expect(await vat.heard(each)).toMatchObject({ value: { did: id } });
    }
    expect((await vat.read<WorkerMemory>(workers[0]!)).did).toHaveLength(1);
  });

  it('a desk adds jobs and can do nothing else; a full queue says so', async () => {
    const vat = await openVat();
    const queue = await vat.guest('work-queue');
    const desk = await vat.answer<TestObject>(queue, { method: 'desk' });
    const told = await vat.tell(desk, { method: 'hire', worker: desk, job: { id: 7 } });
    await vat.run();
    expect(await vat.answer(queue, { method: 'status' })).toEqual({
      waiting: 1,
      running: 0,
      idle: 0,
    });
    await hire(vat, queue);
    await vat.run();
    expect(await vat.heard(told)).toMatchObject({ value: { did: 7 } });
    await vat.done(queue, {
      method: 'add',
      job: { id: 8, text: 'x'.repeat(70_000), ways: ['waits'] },
    });
    expect(await vat.refused(desk, { job: 'x'.repeat(110_000) })).toMatch(/the queue is full/);
    expect(await vat.refused(queue, { method: 'hire', worker: 'me' })).toMatch(/a reference/);
    for (let n = 0; n < 199; n += 1) await vat.send(desk, { job: { id: n } });
    expect((await vat.run()).every(({ status }) => status === 'done')).toBe(true);
    expect(await vat.refused(desk, { job: { id: 0 } })).toMatch(/the queue is full/);
    const other = await vat.guest('work-queue');
    for (let n = 0; n < 100; n += 1) await vat.send(other, { method: 'hire', worker: desk });
    await vat.run();
    expect(await vat.refused(other, { method: 'hire', worker: desk })).toMatch(/100 workers/);
  });

  it('what is not answered in time is given to the next worker, and to none that was deleted', async () => {
    const net = makeTestNet();
    const queue = readGuestCode('work-queue');
    const silent = '(args, { memory }) => { memory.got = args; return Q.promise().promise; }';
    const diligent = '({ job, attempt }) => ({ did: job, attempt })';
    const user = `(args, { memory }) => {
      if (args.context) return void (memory.heard ??= []).push(args);
      const added = args.queue.send({ method: 'add', job: 'tea' });
      Q.when(added, { fulfilled: args.self, rejected: args.self, context: 'tea' });
    }`;
    const gone = '() => {}';
    const vat = await openTestVat({ net, objects: { queue, gone, silent, diligent, user } });
    for (const worker of ['gone', 'silent', 'diligent']) {
      await vat.send('queue', { method: 'hire', worker: vat.ref(worker) });
    }
    await vat.ask({ type: 'delete', id: 'delete', object: vat.ref('gone').id });
    await vat.send('user', { queue: vat.ref('queue'), self: vat.ref('user') });
    await vat.crash();
    await vat.run();
    expect(vat.memory('silent')).toEqual({ got: { job: 'tea', attempt: 1 } });
    expect(vat.memory('user')).toEqual({});
    await net.pass(70_000, 10_000);
    await vat.run();
    const value = { did: 'tea', attempt: 2 };
    expect(vat.memory('user')).toEqual({ heard: [{ value, context: 'tea' }] });
    expect(vat.memory('queue')).toMatchObject({ busy: [], jobs: [] });
    expect((vat.memory('queue') as { idle: unknown[] }).idle).toHaveLength(2);
  });
});
