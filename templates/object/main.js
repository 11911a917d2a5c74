// Guest book: whoever holds it writes as the host, reads all entries, and hands out pens. A pen can
// do one thing: write under the name that it was made for.
//
// Power: memory, make_object, log, and
//   code.pen     pen.js as text, which becomes the pens
//   title        text, from power.json
//   entriesMax   how many entries are kept, from power.json
//
// Args: { method, … }
//   write    text        writes an entry as the host
//   invite   name, to    makes a pen for this name and sends { title, pen } to the reference `to`
//   read     to          sends { title, entries } to the reference `to`

/** @import { Args, Power } from 'qrt/guest' */

/**
 * @param {Args} args
 * @param {Power} power
 */
function guestBook(args, power) {
  const { memory, make_object, code, title, entriesMax, log } = power;
  memory.entries ??= [];

  // The pen gets this very memory, not a copy of it, and neither make_object nor log.
  const makePen = (name) => {
    if (typeof name !== 'string' || name === '') throw Error('name is a text');
    return make_object(code.pen, { memory, name, entriesMax });
  };

  const methods = {
    write({ text }) {
      memory.hostPen ??= makePen('host');
      // A call runs at once, within this turn: if it throws, nothing of the turn remains.
      memory.hostPen.call({ text });
      log(`the host wrote entry ${memory.entries.length}`);
    },

    invite({ name, to }) {
      // A message is delivered in a later turn, here or on another machine, exactly once.
      Q.sendOnly(to, { title, pen: makePen(name) });
      log(`invited ${name}`);
    },

    read({ to }) {
      Q.sendOnly(to, { title, entries: memory.entries });
    },
  };

  const method = args?.method;
  if (typeof method !== 'string' || !Object.hasOwn(methods, method)) {
    throw Error(`args.method is one of: ${Object.keys(methods).join(', ')}`);
  }
  methods[method](args);
}
