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
 * A trader never counts on room in a queue. What it asks is noted before it is sent; what is refused
 * for want of room, here or on its way or where it came to, is asked again when the alarm clock rings.
 * That one is reserved when there is something to do, so that it can be wound up at any time.
 *
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
  memory.asks ??= {};
  memory.wrong ??= [];
  memory.silent ??= [];
  memory.made ??= 0;
  const { wallets, due, deals, asks } = memory;
  const isClosed = () => memory.round <= (memory.closed ?? 0);
  const note = (what) => memory.wrong.push(what);
  const draw = (n, below) => args.draws[n] % below;

  const listen = (context) => {
    const { promise, resolver } = Q.promise();
    Q.when(promise, { fulfilled: memory.me, rejected: memory.me, context });
    return resolver;
  };
  const wake = () => {
    memory.isAwake = true;
    memory.isCounted = false;
    if (!memory.isAsleep) memory.alarm ??= listen({ isAlarm: true });
  };
  /** Each of these is told once. */
  const ask = (to, what, step, key, options) => {
    memory.made += 1;
    asks['w' + memory.made] = { step, key, to, what, options: options ?? {} };
  };
  const sendAll = () => {
    for (const [id, each] of Object.entries(asks)) {
      if (each.isSent || each.isLate) continue;
      try {
        each.hearing ??= listen({ id, step: each.step, key: each.key });
        each.hearing.sendOnly({ value: each.to.send(each.what, each.options) });
        each.isSent = true;
      } catch (error) {
        if (error.code !== 'QRT_NO_ROOM') throw error;
        return;
      }
    }
  };
  const windUp = () => {
    if (!memory.alarm || !Object.values(asks).some((each) => !each.isSent)) return;
    const { promise, resolver } = Q.promise({ deadlineMs: 5_000 });
    memory.alarm.sendOnly({ value: promise });
    memory.ringer = resolver;
    delete memory.alarm;
    memory.isAsleep = true;
  };
  const collect = (purse, currency, amount) => {
    ask(wallets[currency], { method: 'deposit', amount, from: purse }, 'collected', currency);
  };
  const cancel = (key) => {
    const deal = deals[key];
    if (!deal?.seat || deal.isCancelled) return;
    deal.isCancelled = true;
    ask(deal.seat, { method: 'cancel' }, 'cancelled', key);
  };
  /** Either out of its wallet, or out of a purse for this deal alone. */
  const pay = (key) => {
    const deal = deals[key];
    const wallet = wallets[deal.gives];
    deal.isSlow = false;
    if (deal.isApart) {
      ask(wallet, { method: 'sprout' }, 'sprouted', key);
    } else {
      deal.isPaying = true;
      ask(deal.seat, { method: 'pay', from: wallet }, 'over', key);
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
    for (const key of Object.keys(deals)) {
      const { isSlow, isCrowded } = deals[key];
      if (memory.isAlone || isSlow || isCrowded) cancel(key);
    }
    const isBusy = Object.keys(deals).length + Object.keys(asks).length > 0;
    if (isBusy || !memory.isAwake) return;
    if (memory.isCounted) {
      memory.isAwake = false;
      memory.alarm?.sendOnly({ value: 'over' });
      delete memory.alarm;
      return;
    }
    memory.isCounted = true;
    memory.has = {};
    for (const [currency, wallet] of Object.entries(wallets)) {
      ask(wallet, { method: 'balance' }, 'balance', currency);
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
      ask(partner, offer, 'offered', key, { deadlineMs });
    },
    offered(key) {
      if (error) cancel(key);
    },
    sprouted(key) {
      const deal = deals[key];
      if (error) return steps.filled(key);
      deal.purse = value;
      const from = wallets[deal.gives];
      ask(value, { method: 'deposit', amount: deal.give, from }, 'filled', key);
    },
    filled(key) {
      const deal = deals[key];
      if (error) {
        cancel(key);
        if (deal.isCancelled && deal.isAnswered) delete deals[key];
        deal.isApart = false;
      } else if (deal.isCancelled) {
        collect(deal.purse, deal.gives, deal.give);
        if (deal.isAnswered) delete deals[key];
        deal.isApart = false;
      } else {
        deal.own = deal.purse;
        deal.isPaying = true;
        ask(deal.seat, { method: 'pay', from: deal.own }, 'over', key);
      }
    },
    cancelled(key) {
      const deal = deals[key];
      if (!deal) return;
      deal.isAnswered = true;
      if (error) note(key + ' cannot be cancelled: ' + error.message);
      else sayEnd(key, value.swapped);
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
      memory.me ??= ref;
      wake();
      if (as === 'house') memory.houses.push({ ref, money: args.money, goods: args.goods });
      if (as === 'partner') memory.partners.push({ ref, at: args.at });
      if (as === 'mint') ask(ref, { amount: 1000 }, 'wallet', args.currency);
    },
    deal() {
      wake();
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
      ask(house.ref, terms, 'seats', key);
    },
    offer() {
      const { key, seat, way, gives, gets, give, get } = args;
      if (key in deals || key in memory.ends) note(key + ' is offered again');
      if (way === 'refuse') throw Error('no deal');
      wake();
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
      // A clock that was wrong may have put the alarm far away.
      memory.ringer?.sendOnly({ value: null });
      memory.closed = round;
      memory.isAlone = args.isAlone;
    },
  };

  if (round !== undefined && round > (memory.round ?? 0)) {
    memory.round = round;
    memory.ends = {};
  }
  let answer;
  if (context?.isAlarm && value === 'over') {
    // There may be another alarm by now.
  } else if (context?.isAlarm) {
    memory.isAsleep = false;
    delete memory.ringer;
    if (memory.isAwake) memory.alarm = listen(context);
    for (const each of Object.values(asks)) delete each.isLate;
  } else if (context) {
    const { id, step, key } = context;
    const asked = asks[id];
    if (!asked) note(step + ' ' + key + ' is told again');
    if (error?.code === 'QRT_NO_ROOM') {
      // Queues may be full of payments, each of which waits for one that finds no room.
      if (step === 'over') deals[key].isCrowded = true;
      // It has had no effect. The room for hearing of it again is that of this message.
      Object.assign(asked, { isSent: false, isLate: true, hearing: listen(context) });
    } else {
      delete asks[id];
      steps[step](key);
    }
  } else if (op !== 'deal' || !isClosed()) {
    answer = ops[op]();
  }
  if (isClosed()) tidy();
  sendAll();
  windUp();
  if (fail) throw Error('on purpose');
  return answer;
}`;
