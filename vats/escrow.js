// Escrow: swaps money for goods between two who do not trust each other. Both are sums in purses,
// each of its own `mint`. Either both sides get what was agreed, or each gets its own back. After
// the escrow exchange of Miller, Van Cutsem and Tulloh, "Distributed Electronic Rights in
// JavaScript" (ESOP 2013).
//
// Power: make_object, as `qrt install` gives it, and `money` and `goods`: a purse of each currency,
// which may be empty. It only sprouts others from these, and so knows a true purse of each.
//
// Args: { money, goods }
//   money  a whole number: how much the buyer gives
//   goods  a whole number: how much the seller gives
// Answers { buyer, seller }: a seat for each side of this deal, to be handed to them.
//
// A seat takes { method, … }:
//   pay     from  takes exactly what this side gives out of the purse `from`. The answer comes when
//                 the deal is over: { swapped, purse }, a purse with what is theirs now. When the
//                 payment was refused, `error` says why, and the deal is off. When this is
//                 rejected nothing was paid: for want of room, QRT_NO_ROOM, pay again later. If
//                 it lasts, cancel: queues may be full of payments that wait for each other
//   cancel        calls the deal off, unless both have paid; answers { swapped }
//   terms         answers { gives, gets }
//
// Put what you will give into a purse of its own, and pay from that: so this escrow never holds
// more of yours. Move what you are given into a purse of your own at once.
//
// The mints, the escrow, and the sides may be in different vats, but the purse `from` must be one
// that its mint knows: see there. Nobody waits for ever: who has paid can cancel.
//
// Not promised: both sides must trust whoever installed the escrow, for what they pay in. A mint
// that never answers keeps back what was sent into it, and nothing else.
function escrow(args, power) {
  const { money: price, goods: count } = args ?? {};
  const { make_object, money, goods } = power;

  // The one place that decides. Once it has, each purse is told to whom it belongs, and forgotten.
  const CLERK = `function clerk(args, { memory }) {
    const { buyer, seller } = memory;
    if (memory.end === undefined && buyer.isPaid && seller.isPaid) {
      memory.end = 'swapped';
      [buyer.purse, seller.purse] = [seller.purse, buyer.purse];
    }
    if (memory.end === undefined) return;
    for (const side of [buyer, seller]) {
      if (side.purse === undefined) continue;
      const { purse, error } = side;
      const news = { swapped: memory.end === 'swapped', purse };
      side.resolver.sendOnly({ value: error === undefined ? news : { ...news, error } });
      delete side.purse;
    }
  }`;

  // Hears what became of a payment. Only the promise of the payment ever has a reference to it.
  const TELLER = `function teller({ value: [sprouted, paid] }, { memory, clerk, name }) {
    const side = memory[name];
    const error = sprouted.error ?? paid.error;
    if (error === undefined) side.isPaid = true;
    else memory.end ??= 'off';
    if (sprouted.error) side.resolver.sendOnly({ error });
    else Object.assign(side, { purse: sprouted.value }, error && { error });
    clerk.call();
  }`;

  const SEAT = `function seat(args, power) {
    const { memory, make_object, TELLER, clerk, name, own, gives, gets } = power;
    const { method, from } = args ?? {};

    const methods = {
      pay() {
        if (memory.end !== undefined) throw Error('this deal is over');
        if (memory[name].resolver !== undefined) throw Error('this side has paid already');
        // All that needs room is asked for here, where a refusal undoes it: what comes after it is
        // told by resolvers, which need none.
        // Sprouted from a purse that we know: whatever \`from\` is, what is in ours is true money.
        const purse = own.send({ method: 'sprout' });
        const paid = purse.send({ method: 'deposit', amount: gives, from });
        const teller = make_object(TELLER, { memory, clerk, name });
        Q.when(Q.settled([purse, paid]), { fulfilled: teller });
        const { promise, resolver } = Q.promise();
        memory[name].resolver = resolver;
        return promise;
      },

      cancel() {
        memory.end ??= 'off';
        clerk.call();
        return { swapped: memory.end === 'swapped' };
      },

      terms: () => ({ gives, gets }),
    };

    if (typeof method !== 'string' || !Object.hasOwn(methods, method)) {
      throw Error('args.method of a seat is one of: pay, cancel, terms');
    }
    return methods[method]();
  }`;

  // The objects of a deal share a memory with each other and with nobody else: this one, which is
  // forgotten when it has made them, brings it along.
  const DEAL = `function deal({ TELLER, CLERK, SEAT, sides }, { memory, make_object }) {
    const clerk = make_object(CLERK, { memory });
    const seat = (side) => make_object(SEAT, { memory, make_object, TELLER, clerk, ...side });
    return { buyer: seat(sides.buyer), seller: seat(sides.seller) };
  }`;

  for (const amount of [price, count]) {
    if (!Number.isSafeInteger(amount) || amount < 0) {
      throw Error('args.money and args.goods are whole numbers from 0 on');
    }
  }
  const deal = make_object(DEAL, { memory: { buyer: {}, seller: {} }, make_object });
  const sides = {
    buyer: { name: 'buyer', own: money, gives: price, gets: count },
    seller: { name: 'seller', own: goods, gives: count, gets: price },
  };
  return deal.call({ TELLER, CLERK, SEAT, sides });
}
