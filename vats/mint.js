// Mint: issues money of one currency in purses. Only the mint makes money; purses move it among
// each other, and the sum of what is in them is always what was issued. Each installation is a
// currency of its own.
//
// Power: memory and make_object, as `qrt install` gives them.
//
// Args: { amount, to }
//   amount  a whole number from 0 on: the mint makes a purse and that much money in it
//   to      a reference that is sent { purse }; may be left out
// Answers with the purse.
//
// A purse takes { method, … }:
//   balance  to                sends { balance } to the reference `to`
//   sprout   to                makes an empty purse of the same currency; sends { purse } to `to`
//   deposit  amount, from, to  moves the amount here out of the purse `from`, or throws and moves
//                              nothing; sends { balance } to `to`, which may be left out
//
// To pay, sprout a purse, deposit the amount in it, and send it to the payee. The payee deposits
// from it into a purse of their own: when that is done, the money is theirs, and not before. The
// answer to `balance` and `deposit` is the balance, to `sprout` the purse.
//
// Not promised: whoever has a reference to a purse can spend from it. Money in a purse that
// nobody has any more is out of circulation. A deposit that is refused is told by its answer and
// by the log of the vat, not to `to`. A purse that a vat hands on to another is no longer known
// to purses that came another way: hand it on through an object of this vat, such as the
// forwarder of a `caretaker`. `from` runs within the turn of the deposit: an impostor of this vat
// moves no money by that, but can waste the turn.
function mint(args, power) {
  const { amount, to } = args ?? {};
  const { memory, make_object } = power;

  // What a purse has. It gives out its live memory, so only purses ever have a reference to it.
  const ACCOUNT = `(args, { memory }) => memory`;

  const PURSE = `function purse(args, { memory, account }) {
    const { method, amount, from, to } = args ?? {};
    const own = account.call();
    const tell = (news) => {
      if (to !== undefined) Q.sendOnly(to, news);
    };

    const methods = {
      balance() {
        tell({ balance: own.balance });
        return own.balance;
      },

      sprout() {
        const purse = memory.maker.call(0);
        tell({ purse });
        return purse;
      },

      deposit() {
        if (!Number.isSafeInteger(amount) || amount < 0) {
          throw Error('args.amount is a whole number from 0 on');
        }
        const payer = accountOf(from);
        if (payer.balance < amount) throw Error('there is less than that in the purse args.from');
        // Before the money moves: whoever catches an error may rely on it that nothing has moved.
        tell({ balance: payer === own ? own.balance : own.balance + amount });
        payer.balance -= amount;
        own.balance += amount;
        return own.balance;
      },

      // Of all objects only a purse of this mint shares this memory, and so can leave there which
      // account it has. Another purse takes it from there.
      identify() {
        memory.identified = account;
      },
    };

    function accountOf(purse) {
      try {
        Q.call(purse, { method: 'identify' });
      } catch (error) {
        const { code } = error ?? {};
        if (code === 'QRT_CALL_PROMISE') {
          throw Error('args.from is a promise: deposit from the purse that it becomes, by Q.when');
        }
        if (code === 'QRT_CALL_REMOTE') {
          throw Error('args.from is in another vat than this mint: its purses are all here');
        }
        throw Error('args.from is no purse of this mint');
      }
      const found = memory.identified?.call();
      delete memory.identified;
      // An impostor may have made some other purse identify itself, now or earlier.
      if (found === undefined || found.purse !== purse) {
        throw Error('args.from is no purse of this mint');
      }
      return found;
    }

    if (typeof method !== 'string' || !Object.hasOwn(methods, method)) {
      throw Error('args.method of a purse is one of: balance, sprout, deposit');
    }
    return methods[method]();
  }`;

  const MAKER = `function maker(balance, { memory, make_object, ACCOUNT, PURSE }) {
    const account = make_object(ACCOUNT, { memory: { balance } });
    const purse = make_object(PURSE, { memory, account });
    account.call().purse = purse;
    return purse;
  }`;

  if (!Number.isSafeInteger(amount) || amount < 0) {
    throw Error('args.amount is a whole number from 0 on: send { amount, to }');
  }
  // As long as all money together is a safe integer, no balance can become anything else.
  const issued = (memory.issued ?? 0) + amount;
  if (!Number.isSafeInteger(issued)) throw Error('there would be too much money to be exact');
  memory.maker ??= make_object(MAKER, { memory, make_object, ACCOUNT, PURSE });
  const purse = memory.maker.call(amount);
  memory.issued = issued;
  if (to !== undefined) Q.sendOnly(to, { purse });
  return purse;
}
