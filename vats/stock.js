// Stock: a number of things that are all alike, from which some can be booked, and bookings be
// undone. It may be goods on a shelf, seats in a train, or what a customer may still spend.
//
// Power: memory and make_object, as `qrt install` gives them.
//
// Args: { method, … }
//   add    amount  adds so many things; answers { free }
//   count          answers { free }: how many are not booked
//   desk           answers with a desk: an object that takes { amount }, books so many, and can do
//                  nothing else. Give strangers one instead of this object
//
// A desk answers with a booking, or throws when there are not so many. A booking takes
// { method: 'undo' }: the things are free again, once however often it is asked.
//
// Not promised: who booked is not noted. Whoever has a desk can book all that there is.
function stock(args, power) {
  const { method, amount } = args ?? {};
  const { memory, make_object } = power;
  memory.free ??= 0;

  // Bookings share the memory, and each keeps apart whether it still counts.
  const BOOKING = `function booking(args, { memory, release }) {
    if (args?.method !== 'undo') throw Error("a booking takes { method: 'undo' }");
    const amount = memory.amount;
    memory.amount = 0;
    release.call(amount);
  }`;

  const RELEASE = `(amount, { memory }) => { memory.free += amount; }`;

  const DESK = `function desk(args, { memory, make_object, BOOKING, release }) {
    const { amount } = args ?? {};
    if (!Number.isSafeInteger(amount) || amount < 1) {
      throw Error('args.amount is a whole number from 1 on');
    }
    if (amount > memory.free) throw Error(\`there are only \${memory.free} left\`);
    memory.free -= amount;
    return make_object(BOOKING, { memory: { amount }, release });
  }`;

  const methods = {
    add() {
      if (!Number.isSafeInteger(amount) || amount < 0) {
        throw Error('args.amount is a whole number from 0 on');
      }
      const free = memory.free + amount;
      if (!Number.isSafeInteger(free)) throw Error('there would be too many to be counted');
      memory.free = free;
      return { free };
    },

    count: () => ({ free: memory.free }),

    desk() {
      // Whoever has this one can add things: only bookings do, and only what they took.
      memory.release ??= make_object(RELEASE, { memory });
      const { release } = memory;
      memory.desk ??= make_object(DESK, { memory, make_object, BOOKING, release });
      return memory.desk;
    },
  };

  if (typeof method !== 'string' || !Object.hasOwn(methods, method)) {
    throw Error('args.method of a stock is one of: add, count, desk');
  }
  return methods[method]();
}
