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
// whose vat was dropped, is not asked again, and the job does not count that as an attempt. Nor,
// up to a hundred times, that there was no room for it, here or on its way: it is tried again
// ten seconds later, or when this object is sent anything. `add` is rejected with QRT_NO_ROOM when
// there is none for a new job.
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

  // Has the hearer told what becomes of whatever the hearing of a job is given. This takes room as
  // long as there is the job, and giving it something takes none: so an answer can be waited for,
  // or the lack of room be slept over, at any time.
  const LISTEN = `function listen(job, { memory }) {
    const { promise, resolver } = Q.promise();
    const context = job.number;
    Q.when(promise, { fulfilled: memory.hearer, rejected: memory.hearer, context });
    job.hearing = resolver;
  }`;

  const REST = `function rest(job) {
    const { promise, resolver } = Q.promise({ deadlineMs: 10_000 });
    job.hearing.sendOnly({ value: promise });
    delete job.hearing;
    job.alarm = resolver;
  }`;

  // Gives jobs to idle workers as long as there are both. Whoever shares the memory calls it.
  const FOREMAN = `function foreman(args, { memory, rest, deadlineMs }) {
    for (const job of memory.jobs) {
      if (memory.idle.length === 0) return;
      if (job.worker || job.alarm) continue;
      const worker = memory.idle.shift();
      let answer;
      try {
        answer = worker.send({ job: job.job, attempt: job.attempt + 1 }, { deadlineMs });
      } catch (error) {
        if (error.code === 'QRT_NO_ROOM') {
          memory.idle.push(worker);
          rest.call(job);
          continue;
        }
        answer = Q.reject(error);
      }
      memory.busy.push(worker);
      job.worker = worker;
      job.attempt += 1;
      job.hearing.sendOnly({ value: answer });
      delete job.hearing;
    }
  }`;

  // Hears what became of an attempt, or that a rest is over. Nobody else has a reference to it, or
  // to a hearing, so nobody can claim that a job was done.
  const HEARER = `function hearer({ value, error, context }, { memory, attempts, listen, rest }) {
    const job = memory.jobs.find((each) => each.number === context);
    memory.jobs = memory.jobs.filter((each) => each !== job);
    const { worker, alarm } = job;
    delete job.worker;
    delete job.alarm;
    const isGone = ['QRT_NO_OBJECT', 'QRT_LINK_DROPPED'].includes(error?.code);
    const isRefused = error?.code === 'QRT_NO_ROOM' && job.refusals < 100;
    const at = memory.busy.indexOf(worker);
    if (at >= 0) memory.busy.splice(at, 1);
    if (at >= 0 && !isGone) memory.idle.push(worker);

    if (isGone || isRefused) job.attempt -= 1;
    if (isRefused) job.refusals += 1;
    if (error === undefined) {
      job.resolver.sendOnly({ value });
    } else if (job.attempt >= attempts && !alarm) {
      job.resolver.sendOnly({ error });
    } else {
      try {
        // Before all else that needs room: for this there is the room of the message that runs now.
        listen.call(job);
        if (isRefused) rest.call(job);
        // Behind the others: one that always fails does not hold them up.
        memory.jobs.push(job);
      } catch (error) {
        // It has none if the job was brought by an immediate call: the caller's room was taken.
        job.resolver.sendOnly({ value: Q.reject(error) });
      }
    }
    memory.foreman.call();
  }`;

  const DESK = `function desk(args, { memory, listen }) {
    const { job } = args ?? {};
    // JSON knows no references: each stands for 200 characters, as a memory holds 1,000 of them.
    const spelled = (_, each) => (Q.isReference(each) ? ' '.repeat(198) : each);
    const size = JSON.stringify([memory.jobs, job], spelled).length;
    if (memory.jobs.length >= 200 || size > 180_000) {
      throw Error('the queue is full: bring the job again when others are done');
    }
    const { promise, resolver } = Q.promise();
    memory.next = (memory.next ?? 0) + 1;
    const added = { number: memory.next, job: job ?? null, resolver, attempt: 0, refusals: 0 };
    listen.call(added);
    memory.jobs.push(added);
    memory.foreman.call();
    return promise;
  }`;

  if (memory.foreman === undefined) {
    const rest = make_object(REST, {});
    const listen = make_object(LISTEN, { memory });
    memory.hearer = make_object(HEARER, { memory, attempts, listen, rest });
    memory.foreman = make_object(FOREMAN, { memory, rest, deadlineMs });
    memory.desk = make_object(DESK, { memory, listen });
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
      const running = memory.jobs.filter((each) => each.worker).length;
      return { waiting: memory.jobs.length - running, running, idle: memory.idle.length };
    },
  };

  // By a clock that was put back, a rest may take long.
  const error = { name: 'Error', message: 'try it now' };
  for (const job of memory.jobs) job.alarm?.sendOnly({ error });

  if (typeof method !== 'string' || !Object.hasOwn(methods, method)) {
    const known = Object.keys(methods).join(', ');
    throw Error(`no method ${JSON.stringify(method)}; args.method is one of: ${known}`);
  }
  return methods[method]();
}
