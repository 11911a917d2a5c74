// Chat room: whoever has a seat hears what is said, in one order for all, and may say something
// under the name of the seat.
//
// Power: memory and make_object, as `qrt install` gives them.
//
// Args: { method, … }
//   invite  name  makes a seat with that name, a text of 1 to 50 characters that no other seat has;
//                 answers with it. Hand it to the one who shall have that name
//   remove  name  takes the seat away from whoever has it
//
// A seat takes { method, … }:
//   enter  ear    from now on the reference `ear` is sent { number, name, text } for each line;
//                 answers { lines, names }: the last 20 lines, and who is in
//   say    text   a line of 1 to 2,000 characters; answers { number }
//   leave         the ear hears no more
//
// Lines have numbers from 1 on, without gaps. Who has entered hears each of them once, in order,
// and what `enter` answered ends where the first of these begins. A name is what whoever holds this
// room said, never what somebody says of himself. An ear that was deleted leaves by itself, and so
// does one whose vat was dropped. At most 100 seats.
//
// Not promised: who has a seat can let others speak by it. What was said is not taken back.
function chatRoom(args, power) {
  const { method, name } = args ?? {};
  const { memory, make_object } = power;
  memory.seats ??= [];
  memory.lines ??= [];
  memory.said ??= 0;

  // Shares the memory of the room, and is bound to one seat: its number, not its name, which may be
  // given anew.
  const SEAT = `function seat(args, { memory, number, listener }) {
    const { method, ear, text } = args ?? {};
    const own = memory.seats.find((each) => each.number === number);
    if (own === undefined) throw Error('this seat was taken away');

    const methods = {
      enter() {
        if (!Q.isReference(ear)) {
          throw Error('args.ear is a reference, which is sent what is said');
        }
        own.ear = ear;
        const names = memory.seats.filter((each) => each.ear).map((each) => each.name);
        return { lines: memory.lines, names };
      },

      say() {
        const isText = typeof text === 'string' && text !== '' && text.isWellFormed();
        if (!isText || text.length > 2_000) {
          throw Error('args.text is a text of 1 to 2,000 characters, without half surrogates');
        }
        memory.said += 1;
        const line = { number: memory.said, name: own.name, text };
        memory.lines = [...memory.lines, line].slice(-20);
        for (const { ear, number } of memory.seats) {
          if (ear === undefined) continue;
          const context = { ear, number };
          Q.when(ear.send(line), { fulfilled: listener, rejected: listener, context });
        }
        return { number: line.number };
      },

      leave() {
        delete own.ear;
      },
    };

    if (typeof method !== 'string' || !Object.hasOwn(methods, method)) {
      throw Error('args.method of a seat is one of: enter, say, leave');
    }
    return methods[method]();
  }`;

  // Hears what became of each line. What an ear throws is its own affair.
  const LISTENER = `function listener({ error, context: { ear, number } }, { memory }) {
    if (error?.code !== 'QRT_NO_OBJECT' && error?.code !== 'QRT_LINK_DROPPED') return;
    const seat = memory.seats.find((each) => each.number === number);
    if (seat?.ear === ear) delete seat.ear;
  }`;

  const methods = {
    invite() {
      if (typeof name !== 'string' || name === '' || name.length > 50 || !name.isWellFormed()) {
        throw Error('args.name is a text of 1 to 50 characters, without half surrogates');
      }
      if (memory.seats.some((each) => each.name === name)) throw Error('there is such a name');
      if (memory.seats.length >= 100) throw Error('all 100 seats are taken');
      memory.listener ??= make_object(LISTENER, { memory });
      memory.last = (memory.last ?? 0) + 1;
      memory.seats.push({ number: memory.last, name });
      return make_object(SEAT, { memory, number: memory.last, listener: memory.listener });
    },

    remove() {
      const others = memory.seats.filter((each) => each.name !== name);
      if (others.length === memory.seats.length) throw Error('there is no such name');
      memory.seats = others;
    },
  };

  if (typeof method !== 'string' || !Object.hasOwn(methods, method)) {
    throw Error('args.method of a chat room is one of: invite, remove');
  }
  return methods[method]();
}
