// Typed guests: codes that the types for authors accept, and one that they refuse at each line.

/** Guests that the types accept, and that do what they say. */
export const ACCEPTED = {
  counter: `
    /** @import { Args, Power, Reference } from 'qrt/guest' */
    /**
     * @param {Args<{ add: number, to: Reference }>} args
     * @param {Power<{}, { count?: number }>} power
     */
    function counter({ add = 1, to }, { memory }) {
      memory.count = (memory.count ?? 0) + add;
      to?.sendOnly({ count: memory.count, me: [to, { deep: to }] });
      if (to) Q.sendOnly(to, null);
    }`,
  teller: `
    /** @import { Args, Log, Power, Reference } from 'qrt/guest' */
    /**
     * @param {Args} args
     * @param {Power<{ limit: number, bank: Reference, log: Log }>} power
     */
    function teller(args, power) {
      const { limit, bank, log, memory, make_object } = power;
      log('limit ' + limit.toFixed(1));
      const child = make_object('(args) => args + 1', null);
      memory.three = Q.call(child, 2);
      memory.again = child.call(3);
      const clone = make_object('(args, { memory }) => { memory.clone = args; }', power);
      clone.call('hello');
      const weaker = add(power, { limit: 1, memory: null });
      bank.sendOnly({ weaker: weaker.limit, had: power.limit });
      make_object('() => {}', add(power, { memory: {} }));
      harden(weaker);
    }`,
  arrow: `
    /** @import { Code, Reference } from 'qrt/guest' */
    /** @type {Code<{ name: string, to: Reference }>} */
    ({ name, to }) => to?.sendOnly({ hello: name ?? 'you' })`,
  asker: `
    /** @import { Args, Fulfilled, Power, Reference, Rejected } from 'qrt/guest' */
    /**
     * @param {Args<{ shop: Reference, to: Reference }> & Fulfilled<number, { tip: number }> & Rejected} args
     * @param {Power<{}, { waiting?: Reference, sum?: number, why?: string }>} power
     */
    function asker({ shop, to, value, context, error }, { memory }) {
      if (shop && to) {
        const { promise, resolver } = Q.promise();
        const answers = Q.all([shop.send({ buy: 'tea' }), Q.send(shop, { buy: 'milk' }, { deadlineMs: 5 }), promise]);
        memory.waiting = Q.when(answers, { fulfilled: to, rejected: to, context: { tip: 1 } });
        Q.first([answers, Q.settled([answers, 1])]).sendOnly({ value: null });
        Q.deadline(Q.when(answers, { rejected: to }), 60_000);
        if (!Q.isPromise(to) && Q.isReference(to)) resolver.sendOnly({ error: { name: 'Error', message: 'none' } });
      }
      if (error?.code === 'NONE') return Q.reject({ message: 'none', code: error.code });
      if (error?.name === 'None') return Q.reject(error);
      if (error) memory.why = error.code ?? error.name + ': ' + error.message;
      const tip = typeof context === 'object' && context && 'tip' in context ? context.tip : 0;
      if (typeof value === 'number' && typeof tip === 'number') memory.sum = value + tip;
    }`,
  methods: `
    /** @import { Args, Data, Power, Reference } from 'qrt/guest' */
    /**
     * @typedef {{ method: 'put', key: string, value: Data }
     *   | { method: 'get', key: string, to: Reference }} Wanted
     * @param {Args<Wanted>} args
     * @param {Power<{}, { entries?: Record<string, Data> }>} power
     */
    function store(args, { memory }) {
      memory.entries ??= {};
      if (args.method === 'put' && args.key) memory.entries[args.key] = args.value ?? null;
      if (args.method === 'get' && args.key && args.to) args.to.sendOnly(memory.entries[args.key] ?? null);
    }`,
} as const;

/** Each line but the first is a mistake that an editor shows. */
export const REFUSED = `
/** @import { Args, Power, Reference } from 'qrt/guest' */
/**
 * @param {Args<{ add: number, to: Reference }>} args
 * @param {Power<{ limit: number, list: number[] }, { count?: number }>} power
 */
function refused({ add, to }, power) {
  const { memory, make_object, limit, list, log } = power;
  // @ts-expect-error It may be missing.
  to.sendOnly({ add });
  if (!to || add === undefined) return;
  // @ts-expect-error A message needs args.
  to.sendOnly();
  // @ts-expect-error A function cannot be carried.
  to.sendOnly({ callback: () => 1 });
  // @ts-expect-error Nor can undefined.
  to.sendOnly({ count: memory.count });
  // @ts-expect-error Nor a date.
  to.sendOnly({ when: new Date(0) });
  // @ts-expect-error Nor a map.
  to.sendOnly(new Map());
  // @ts-expect-error Nor a bigint.
  to.sendOnly(1n);
  // @ts-expect-error A promise is no thenable.
  to.send({}).then(() => 1);
  // @ts-expect-error Continuations are objects.
  Q.when(to, { fulfilled: () => 1 });
  // @ts-expect-error One is needed.
  Q.when(to, { context: 1 });
  // @ts-expect-error A reason says something.
  Q.reject({ code: 'NONE' });
  // @ts-expect-error It is a number, as it is the only option.
  Q.deadline(to, { deadlineMs: 5 });
  // @ts-expect-error No such option.
  to.send({}, { deadline: 5 });
  // @ts-expect-error A reference has no other method.
  to.post({});
  // @ts-expect-error A fake is no reference.
  Q.sendOnly({ sendOnly() {}, call() {} }, {});
  // @ts-expect-error Memory cannot be replaced.
  power.memory = {};
  // @ts-expect-error Static data does not change.
  power.limit = 2;
  // @ts-expect-error Not below, either.
  list.push(limit);
  // @ts-expect-error A log is there only if it was granted.
  log('line');
  // @ts-expect-error Code is text.
  make_object(() => {});
  // @ts-expect-error The memory has no such field.
  memory.other = 1;
  // @ts-expect-error There are no timers.
  setTimeout(() => {}, 10);
  // @ts-expect-error There is no network.
  fetch('http://example.org');
  // @ts-expect-error There is no console.
  console.log(1);
  // @ts-expect-error There is no process.
  process.exit();
  // @ts-expect-error There are no modules.
  require('fs');
}`;
