// Covered call: the right to buy goods at a fixed price until a deadline. The goods are put aside
// when the option is written, so whoever has it can rely on it. After Miller, Morningstar and
// Frantz, "Capability-based Financial Instruments" (Financial Cryptography 2000), section 6.
//
// Power: make_object, as `qrt install` gives it, and `money` and `goods`: a purse of each currency,
// which may be empty, as for the guest `escrow`. It only sprouts others from these.
//
// Args: { from, amount, price, deadlineMs }, by the writer of the option
//   from        a purse, out of which so much goods are taken now
//   amount      a whole number: how much goods can be bought, all or nothing
//   price       a whole number: the money to be paid for them
//   deadlineMs  how long, in whole milliseconds
// Answers { option, outcome } when the goods are put aside; rejected when `from` has not so much.
// `option` is for sale. `outcome` is a promise, for the writer alone: { exercised, purse } with the
// money when it was exercised, and otherwise, when the time is over, with the goods.
//
// An option takes { method, … }:
//   exercise  from  takes the price out of the purse `from`; answers { purse } with the goods. When
//                   the payment is refused this is rejected, and the option is as it was
//   terms           answers { amount, price }
//
// In the paper the option deposits goods and money for both sides; here each side is given a purse,
// because a deposit could be refused and this cannot. Move what is in it into your own at once.
//
// Not promised: who sells an option may keep a reference to it. For one that only one can have, see
// the guest `title`. A payment that is under way at the deadline still counts.
function coveredCall(args, power) {
  const { from, amount, price, deadlineMs } = args ?? {};
  const { make_object, money, goods } = power;

  const OPTION = `function option(args, { memory, make_object, money, CASHIER, price, amount }) {
    const { method, from } = args ?? {};

    const methods = {
      exercise() {
        if (memory.state !== 'open') throw Error('this option is ' + memory.state);
        const purse = money.send({ method: 'sprout' });
        const paid = purse.send({ method: 'deposit', amount: price, from });
        // Nobody else exercises it as long as it is not known whether this payment is good.
        memory.state = 'being exercised';
        const cashier = make_object(CASHIER, { memory });
        return Q.when(Q.all([purse, paid]), { fulfilled: cashier, rejected: cashier });
      },

      terms: () => ({ amount, price }),
    };

    if (typeof method !== 'string' || !Object.hasOwn(methods, method)) {
      throw Error('args.method of an option is one of: exercise, terms');
    }
    return methods[method]();
  }`;

  // Hears whether the payment was good. Only the promise of the payment has a reference to it.
  const CASHIER = `function cashier({ value, error }, { memory }) {
    if (error === undefined) {
      const purse = memory.goods;
      delete memory.goods;
      memory.state = 'exercised already';
      memory.outcome.sendOnly({ value: { exercised: true, purse: value[0] } });
      memory.over.sendOnly({ value: null });
      return { purse };
    }
    memory.state = 'open';
    if (memory.isLate) memory.timer.call();
    return Q.reject(error);
  }`;

  // Hears that the time is over, or that it does not matter any more.
  const TIMER = `function timer(args, { memory }) {
    memory.isLate = true;
    if (memory.state !== 'open') return;
    memory.state = 'expired';
    memory.outcome.sendOnly({ value: { exercised: false, purse: memory.goods } });
    delete memory.goods;
  }`;

  // Is told when the goods are put aside: from now on there is an option.
  const WRITER = `function writer({ value: [goods] }, power) {
    const { memory, make_object, codes, deadlineMs, ...rest } = power;
    const outcome = Q.promise();
    // An alarm clock: nobody settles it before its time, but who exercises the option.
    const over = Q.promise({ deadlineMs });
    Object.assign(memory, { state: 'open', goods, outcome: outcome.resolver, over: over.resolver });
    memory.timer = make_object(codes.TIMER, { memory });
    // The one thing here that needs room, which a continuation has for one other: else the goods,
    // which are put aside by now, would be lost.
    Q.when(over.promise, { fulfilled: memory.timer, rejected: memory.timer });
    const option = make_object(codes.OPTION, { memory, make_object, ...codes, ...rest });
    return { option, outcome: outcome.promise };
  }`;

  for (const number of [amount, price, deadlineMs]) {
    if (!Number.isSafeInteger(number) || number < 0) {
      throw Error('args.amount, args.price and args.deadlineMs are whole numbers from 0 on');
    }
  }
  const purse = goods.send({ method: 'sprout' });
  const paid = purse.send({ method: 'deposit', amount, from });
  const codes = { OPTION, CASHIER, TIMER };
  const rest = { money, price, amount, deadlineMs };
  const writer = make_object(WRITER, { memory: {}, make_object, codes, ...rest });
  return Q.when(Q.all([purse, paid]), { fulfilled: writer });
}
