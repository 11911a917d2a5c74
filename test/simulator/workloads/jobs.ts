// Jobs: customers bring jobs to the guest `work-queue` as it ships; workers of all vats do them.
// Each job is done at least once or tried as often as said, and whoever brought it is told once.

import type { Qrid } from '../../../src/core/ids.ts';
import { pick } from '../../sim/random.ts';
import { readGuestCode } from '../../vats/guest-code.ts';
import type { SimVat, Stage, Workload } from '../stage.ts';

/**
 * Does a job at once or later, throws, or never answers, as the job says for that attempt. Once a
 * round is closed all is answered: a clock that was wrong may have put a deadline far away.
 */
const WORKER = `function worker({ job, attempt, op, round }, { memory }) {
  memory.did ??= {};
  memory.later ??= [];
  memory.silent ??= [];
  const isClosed = (round) => round <= (memory.closed ?? 0);
  if (op === 'close') memory.closed = round;
  if (op !== undefined) {
    for (const { resolver, id } of memory.later) resolver.sendOnly({ value: { did: id } });
    memory.later = [];
    if (!isClosed(round)) return;
    const error = { name: 'Error', message: 'silent' };
    for (const resolver of memory.silent) resolver.sendOnly({ error });
    memory.silent = [];
    return;
  }
  const { id, ways } = job;
  const way = ways[attempt - 1];
  if (way === 'throw') throw Error('attempt ' + attempt);
  const { promise, resolver } = Q.promise();
  if (way === 'never' && !isClosed(job.round)) {
    memory.silent.push(resolver);
    return promise;
  }
  memory.did[id] = (memory.did[id] ?? 0) + 1;
  if (way !== 'later' || isClosed(job.round)) return { did: id };
  memory.later.push({ resolver, id });
  return promise;
}`;

/** Brings jobs, each to the queue that it is told. \`ends\` says of each what became of it. */
const CUSTOMER = `function customer(args, { memory }) {
  const { op, as, ref, id, at, ways, round, fail, context, value, error } = args;
  memory.queues ??= [];
  memory.waits ??= {};
  memory.ends ??= {};
  memory.wrong ??= [];
  if (op === 'meet') {
    if (as === 'me') memory.me = ref;
    else memory.queues.push(ref);
  } else if (op === 'bring') {
    const { me: self, queues } = memory;
    const job = { id, round, ways: fail ? [...ways, 'of-an-' + 'undone-turn'] : ways };
    const done = queues[at % queues.length].send({ method: 'add', job });
    Q.when(done, { fulfilled: self, rejected: self, context: { id } });
    memory.waits[id] = true;
    if (fail) throw Error('on purpose');
  } else {
    const { id } = context;
    if (!(id in memory.waits)) memory.wrong.push(id + ' is told again');
    if (!error && value.did !== id) memory.wrong.push(id + ' is told ' + JSON.stringify(value));
    delete memory.waits[id];
    memory.ends[id] = error ? (error.code ?? error.message) : 'done';
  }
}`;

const WORKERS_PER_VAT = 2;
const ATTEMPTS = 4;
const DEADLINE_MS = 20_000;
/** Most are done at the first attempt. */
const WAYS = ['now', 'now', 'now', 'later', 'throw', 'never'];
const FAIL_CHANCE = 0.1;
const RING_CHANCE = 0.3;
/** What a job may come to that was not done. */
const ENDS: ReadonlySet<string> = new Set([
  ...['QRT_DEADLINE_PASSED', `attempt ${ATTEMPTS}`, 'silent'],
  'the queue is full: bring the job again when others are done',
]);

interface Place {
  readonly vat: SimVat;
  readonly customer: Qrid;
  readonly queue: Qrid;
  readonly workers: readonly Qrid[];
}

interface CustomerMemory {
  readonly waits?: Readonly<Record<string, true>>;
  readonly ends?: Readonly<Record<string, string>>;
  readonly wrong?: readonly string[];
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

export function makeJobs(prefix = ''): Workload {
  const places: Place[] = [];
  let brought = 0;
  let round = 1;

  const customers = (stage: Stage) =>
    places.map(({ vat, customer }) => {
      const memory = (stage.memory(vat, customer) ?? {}) as CustomerMemory;
      return { vat, memory };
    });

  const checkWrong = (stage: Stage): readonly string[] =>
    customers(stage).flatMap(({ vat, memory }) =>
      (memory.wrong ?? []).map((what) => `jobs: ${vat.name}: ${what}`),
    );

  const checkWaits = (stage: Stage): readonly string[] =>
    customers(stage).flatMap(({ vat, memory }) =>
      Object.keys(memory.waits ?? {}).map((id) => `jobs: ${vat.name} never hears of ${id}`),
    );

  const checkDone = (stage: Stage): readonly string[] => {
    const did = new Set(
      places.flatMap(({ vat, workers }) =>
        workers.flatMap((worker) => Object.keys(Object(stage.memory(vat, worker)).did ?? {})),
      ),
    );
    return customers(stage).flatMap(({ memory }) =>
      Object.entries(memory.ends ?? {}).flatMap(([id, end]) => {
        if (end === 'done') return did.has(id) ? [] : [`jobs: nobody did ${id}`];
        // It did not reach the queue: vats on its way had no room.
        if (end === 'QRT_NO_ROOM' && !did.has(id)) return [];
        return ENDS.has(end) ? [] : [`jobs: ${id} ended with ${end}`];
      }),
    );
  };

  return {
    name: 'jobs',
    prepare: (stage) => void places.push(...openShops(stage)),
    act(stage) {
      const { random } = stage;
      const { vat, customer, workers } = pick(random, places);
      const from = random() < 0.8 ? vat : pick(random, stage.vats);
      if (random() < RING_CHANCE) {
        stage.send(from, pick(random, workers), { op: 'ring' });
        return;
      }
      brought += 1;
      const ways = range(ATTEMPTS).map(() => pick(random, WAYS));
      const at = Math.floor(random() * places.length);
      const fail = random() < FAIL_CHANCE;
      stage.send(from, customer, {
        op: 'bring',
        id: `${prefix}j${brought}`,
        at,
        ways,
        round,
        fail,
      });
    },
    finish(stage) {
      for (const { vat, workers, queue } of places) {
        // So that what rests by a clock that was wrong does not rest for long.
        stage.send(vat, queue, { method: 'status' });
        for (const worker of workers) stage.send(vat, worker, { op: 'close', round });
      }
      round += 1;
    },
    checkAlways: checkWrong,
    checkQuiet: (stage) => [...checkWrong(stage), ...checkWaits(stage), ...checkDone(stage)],
    // What was done may be forgotten, and be told to one who forgot it; but somebody is told.
    checkRewound: (stage, isQuiet) => (isQuiet ? checkWaits(stage) : []),
  };
}

/** In each vat a customer, and workers for the queue of the next vat and for its own. */
function openShops(stage: Stage): readonly Place[] {
  const { vats } = stage;
  const code = readGuestCode('work-queue');
  const power = { deadlineMs: DEADLINE_MS, attempts: ATTEMPTS };
  const queues = vats.map((vat) => stage.install(vat, code, power)!);
  const places = vats.map((vat, at) => ({
    vat,
    queue: queues[at]!,
    customer: stage.install(vat, CUSTOMER)!,
    workers: range(WORKERS_PER_VAT).map(() => stage.install(vat, WORKER)!),
  }));
  places.forEach(({ vat, customer, workers }, at) => {
    stage.send(vat, customer, { op: 'meet', as: 'me', ref: { $: 0 } }, [customer]);
    for (const queue of queues) {
      stage.send(vat, customer, { op: 'meet', as: 'queue', ref: { $: 0 } }, [queue]);
    }
    workers.forEach((worker, nth) => {
      const queue = queues[(at + nth) % queues.length]!;
      stage.send(vat, queue, { method: 'hire', worker: { $: 0 } }, [worker]);
    });
  });
  return places;
}
