// Escrow, guests: houses, which hold an escrow each, and traders, who exchange by it.

/** Makes its escrow of a purse from each of two mints, and opens deals for whoever asks. */
export const HOUSE = `function house(args, { memory, make_object, escrow }) {
  const { op, as, ref, me, context, value } = args;
  if (op === 'meet') {
    memory[as] = ref;
    memory.me ??= me;
    if (!memory.money || !memory.goods) return;
    const purses = Q.all([memory.money, memory.goods].map((mint) => mint.send({ amount: 0 })));
    Q.when(purses, { fulfilled: memory.me, context: 'purses' });
  } else if (context === 'purses') {
    const [money, goods] = value;
    memory.escrow = make_object(escrow, { make_object, money, goods });
  } else {
    return memory.escrow.call(args);
  }
}`;

/**
 * Opens deals and is offered some; pays or does not; puts what it is given into its wallets. \`due\` is
 * what must be in them by the ends of its deals, and \`has\` what the mints say when none is open.
 */
export const TRADER = `function trader(args, { memory }) {
  const { op, round, context, value, error, fail } = args;
  memory.houses ??= [];
  memory.partners ??= [];
  memory.wallets ??= {};
  memory.due ??= {};
  memory.deals ??= {};
  memory.ends ??= {};
  memory.waits ??= {};
  memory.wrong ??= [];
  memory.silent ??= [];
  memory.made ??= 0;
  const { wallets, due, deals, waits } = memory;
  const isClosed = () => memory.round <= (memory.closed ?? 0);
  const note = (what) => memory.wrong.push(what);
  const draw = (n, below) => args.draws[n] % below;

  /** Each of these is told once. */
  const hear = (promise, step, key) => {
    memory.made += 1;
    const id = 'w' + memory.made;
    waits[id] = step + ' ' + key;
    Q.when(promise, { fulfilled: memory.me, rejected: memory.me, context: { id, step, key } });
  };
  const collect = (purse, currency, amount) => {
    hear(wallets[currency].send({ method: 'deposit', amount, from: purse }), 'collected', currency);
  };
  const cancel = (key) => {
    const deal = deals[key];
    if (!deal?.seat || deal.isCancelled) return;
    deal.isCancelled = true;
    hear(deal.seat.send({ method: 'cancel' }), 'cancelled', key);
  };
  /** Either out of its wallet, or out of a purse for this deal alone. */
  const pay = (key) => {
    const deal = deals[key];
    const wallet = wallets[deal.gives];
    deal.isSlow = false;
    if (deal.isApart) {
      const purse = wallet.send({ method: 'sprout' });
      const filled = purse.send({ method: 'deposit', amount: deal.give, from: wallet });
      hear(Q.all([purse, filled]), 'filled', key);
    } else {
      deal.isPaying = true;
      hear(deal.seat.send({ method: 'pay', from: wallet }), 'over', key);
    }
  };
  const sayEnd = (key, isSwapped) => {
    const deal = deals[key];
    if ((deal.end ?? isSwapped) !== isSwapped) note(key + ' ends in two ways');
    deal.end = isSwapped;
  };
  const tidy = () => {
    // A clock that was wrong may have put a deadline far away.
    const error = { name: 'Error', message: 'too late' };
    for (const resolver of memory.silent) resolver.sendOnly({ error });
    memory.silent = [];
    for (const key of Object.keys(deals)) if (memory.isAlone || deals[key].isSlow) cancel(key);
    const isBusy = Object.keys(deals).length + Object.keys(waits).length > 0;
    if (isBusy || memory.counted === memory.closed) return;
    memory.counted = memory.closed;
    memory.has = {};
    for (const [currency, wallet] of Object.entries(wallets)) {
      hear(wallet.send({ method: 'balance' }), 'balance', currency);
    }
  };

  const steps = {
    wallet(currency) {
      wallets[currency] = value;
      due[currency] = args.value && 1000;
    },
    balance(currency) {
      memory.has[currency] = value;
    },
    seats(key) {
      const { gives, gets, give, get, way, partner, deadlineMs } = deals[key];
      if (error) note(key + ' has no seats');
      if (error) return delete deals[key];
      deals[key].seat = value.buyer;
      pay(key);
      const terms = { gives: gets, gets: gives, give: get, get: give };
      const offer = { op: 'offer', key, seat: value.seller, way, round: memory.round, ...terms };
      hear(partner.send(offer, { deadlineMs }), 'offered', key);
    },
    offered(key) {
      if (error) cancel(key);
    },
    filled(key) {
      const deal = deals[key];
      if (error) {
        cancel(key);
        if (deal.isCancelled && deal.end !== undefined) delete deals[key];
        deal.isApart = false;
      } else if (deal.isCancelled) {
        collect(value[0], deal.gives, deal.give);
        if (deal.end !== undefined) delete deals[key];
        deal.isApart = false;
      } else {
        deal.own = value[0];
        deal.isPaying = true;
        hear(deal.seat.send({ method: 'pay', from: deal.own }), 'over', key);
      }
    },
    cancelled(key) {
      const deal = deals[key];
      if (!deal) return;
      if (error) note(key + ' cannot be cancelled: ' + error.message);
      sayEnd(key, value?.swapped);
      if (!deal.isPaying && !deal.isApart) delete deals[key];
    },
    over(key) {
      const deal = deals[key];
      const { gives, give, gets, get, own } = deal;
      delete memory.deals[key];
      if (own && (error ?? value.error)) collect(own, gives, give);
      if (error) {
        if (error.message !== 'this deal is over') note(key + ': ' + error.message);
        return;
      }
      const { swapped, purse } = value;
      memory.ends[key] = swapped;
      if ((deal.end ?? swapped) !== swapped) note(key + ' ends in two ways');
      if (value.error) {
        if (!/^there is less/.test(value.error.message)) note(key + ': ' + value.error.message);
        if (swapped) note(key + ' was not paid and is swapped');
        return;
      }
      if (swapped) {
        due[gives] -= give;
        due[gets] += get;
      }
      collect(purse, swapped ? gets : gives, swapped ? get : give);
    },
    collected(currency) {
      if (error) note('what it was given of ' + currency + ': ' + error.message);
    },
  };

  const ops = {
    meet() {
      const { as, ref } = args;
      if (as === 'me') memory.me = ref;
      if (as === 'house') memory.houses.push({ ref, money: args.money, goods: args.goods });
      if (as === 'partner') memory.partners.push({ ref, at: args.at });
      if (as === 'mint') hear(ref.send({ amount: 1000 }), 'wallet', args.currency);
    },
    deal() {
      const open = Object.keys(deals);
      if (open.length >= 4) {
        const key = open[draw(0, open.length)];
        if (deals[key].isSlow && !deals[key].isCancelled && draw(1, 2)) pay(key);
        else cancel(key);
        return;
      }
      const house = memory.houses[draw(0, memory.houses.length)];
      // A purse is known only to a mint to which it comes home.
      const near = memory.partners.filter(({ at }) => at === house.money || at === house.goods);
      const partner = near[draw(1, near.length)].ref;
      memory.opened = (memory.opened ?? 0) + 1;
      const key = args.name + '-' + memory.opened;
      deals[key] = {
        gives: house.money, give: draw(2, 8) ? draw(2, 300) : 5000,
        gets: house.goods, get: draw(3, 300), partner, way: ['deliver', 'deliver', 'apart', 'slow', 'never', 'refuse'][draw(4, 6)],
        deadlineMs: draw(5, 4) ? 60_000 : draw(5, 2_000), isApart: draw(6, 3) === 0,
      };
      const terms = { money: deals[key].give, goods: deals[key].get };
      if (fail) terms.mark = 'of-an-' + 'undone-turn';
      hear(house.ref.send(terms), 'seats', key);
    },
    offer() {
      const { key, seat, way, gives, gets, give, get } = args;
      if (key in deals || key in memory.ends) note(key + ' is offered again');
      if (way === 'refuse') throw Error('no deal');
      memory.counted = 0;
      if (way === 'never' && !isClosed()) {
        const { promise, resolver } = Q.promise();
        memory.silent.push(resolver);
        return promise;
      }
      const [isApart, isSlow] = [way === 'apart', way === 'slow'];
      deals[key] = { seat, gives, gets, give, get, isApart, isSlow };
      if (way !== 'slow') pay(key);
      return 'a deal';
    },
    tidy() {
      memory.closed = round;
      memory.isAlone = args.isAlone;
    },
  };

  if (round !== undefined && round > (memory.round ?? 0)) {
    memory.round = round;
    memory.ends = {};
  }
  let answer;
  if (context) {
    const { id, step, key } = context;
    if (!(id in waits)) note(step + ' ' + key + ' is told again');
    delete waits[id];
    steps[step](key);
  } else if (op !== 'deal' || !isClosed()) {
    answer = ops[op]();
  }
  if (isClosed()) tidy();
  if (fail) throw Error('on purpose');
  return answer;
}`;
