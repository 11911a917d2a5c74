// Work queue: has jobs done by workers, tries again when one throws or does not answer in time, and
// tells whoever brought a job once what became of it.
//
// Power: memory and make_object, as `qrt install` gives them. With
// `--power '{"deadlineMs":60000,"attempts":5}'` an attempt may take that long, and a job is tried
// so often; these are also what it does without.
//
// Args: { method, … }
//   add     job     any data. Answers what a worker answered, when that is done; rejected with the
//                   last error when all attempts have failed
//   desk            answers with a desk: an object that takes { job }, adds it, and can do nothing
//                   else. Give strangers one instead of this object
//   hire    worker  a reference that is sent { job, attempt }, one at a time, and answers with the
//                   result, or a promise of it
//   fire    worker  it gets no more jobs; one under way may still come to its end
//   status          answers { waiting, running, idle }: jobs, jobs, workers
//
// Each job is done at least once, or tried as often as said; whatever happens, its sender is
// answered once. An answer that comes too late is not heard any more. A worker that was deleted, or
// whose vat was dropped, is not asked again, and the job does not count that as an attempt.
//
// Bounds: 200 jobs at a time, and 180,000 characters of JSON, of which a reference counts as 200;
// 100 workers.
//
// Not promised: that a job is done only once. One that took too long may have had its effect, and
// is given to the next worker all the same: let workers note what they have done, where it matters.
function workQueue(args, power) {
  const { method, job, worker } = args ?? {};
  const { memory, make_object, deadlineMs = 60_000, attempts = 5 } = power;
  memory.jobs ??= [];
  memory.idle ??= [];
  memory.busy ??= [];

  // Gives jobs to idle workers as long as there are both. Whoever shares the memory calls it.
  const FOREMAN = `function foreman(args, { memory, hearer, deadlineMs }) {
    for (const job of memory.jobs) {
      if (memory.idle.length === 0) return;
      if (job.isRunning) continue;
      const worker = memory.idle.shift();
      memory.busy.push(worker);
      job.isRunning = true;
      job.attempt += 1;
      const answer = worker.send({ job: job.job, attempt: job.attempt }, { deadlineMs });
      const context = { number: job.number, worker };
      Q.when(answer, { fulfilled: hearer, rejected: hearer, context });
    }
  }`;

  // Hears what became of an attempt. Nobody else has a reference to it, so nobody can claim that a
  // job was done.
  const HEARER = `function hearer({ value, error, context }, { memory, attempts }) {
    const { number, worker } = context;
    const isGone = ['QRT_NO_OBJECT', 'QRT_LINK_DROPPED'].includes(error?.code);
    const at = memory.busy.indexOf(worker);
    if (at >= 0) memory.busy.splice(at, 1);
    if (at >= 0 && !isGone) memory.idle.push(worker);

    const job = memory.jobs.find((each) => each.number === number);
    memory.jobs = memory.jobs.filter((each) => each !== job);
    if (isGone) job.attempt -= 1;
    if (error === undefined) {
      job.resolver.sendOnly({ value });
    } else if (job.attempt >= attempts) {
      job.resolver.sendOnly({ error });
    } else {
      // Behind the others: one that always fails does not hold them up.
      memory.jobs.push({ ...job, isRunning: false });
    }
    memory.foreman.call();
  }`;

  const DESK = `function desk(args, { memory }) {
    const { job } = args ?? {};
    // JSON knows no references: each stands for 200 characters, as a memory holds 1,000 of them.
    const spelled = (_, each) => (Q.isReference(each) ? ' '.repeat(198) : each);
    const size = JSON.stringify([memory.jobs, job], spelled).length;
    if (memory.jobs.length >= 200 || size > 180_000) {
      throw Error('the queue is full: bring the job again when others are done');
    }
    const { promise, resolver } = Q.promise();
    memory.next = (memory.next ?? 0) + 1;
    const number = memory.next;
    memory.jobs.push({ number, job: job ?? null, resolver, attempt: 0, isRunning: false });
    memory.foreman.call();
    return promise;
  }`;

  if (memory.foreman === undefined) {
    const hearer = make_object(HEARER, { memory, attempts });
    memory.foreman = make_object(FOREMAN, { memory, hearer, deadlineMs });
    memory.desk = make_object(DESK, { memory });
  }

  const methods = {
    add: () => memory.desk.call({ job }),
    desk: () => memory.desk,

    hire() {
      if (!Q.isReference(worker)) {
        throw Error('args.worker is a reference to whoever does jobs');
      }
      if (memory.idle.length + memory.busy.length >= 100) throw Error('there are 100 workers');
      memory.idle.push(worker);
      memory.foreman.call();
    },

    fire() {
      memory.idle = memory.idle.filter((each) => each !== worker);
      memory.busy = memory.busy.filter((each) => each !== worker);
    },

    status() {
      const running = memory.jobs.filter((each) => each.isRunning).length;
      return { waiting: memory.jobs.length - running, running, idle: memory.idle.length };
    },
  };

  if (typeof method !== 'string' || !Object.hasOwn(methods, method)) {
    const known = Object.keys(methods).join(', ');
    throw Error(`no method ${JSON.stringify(method)}; args.method is one of: ${known}`);
  }
  return methods[method]();
}
