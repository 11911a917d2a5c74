// Guest book: whoever holds it writes as the host, reads all entries, and hands out pens. A pen can
// do one thing: write under the name that it was made for.
//
// Power: memory, make_object, log, and
//   code.pen     pen.js as text, which becomes the pens
//   title        text, from power.json
//   entriesMax   how many entries are kept, from power.json
//
// Args: { method, … }
//   write    text        writes an entry as the host; answers { number }
//   invite   name        makes a pen for this name; answers { title, pen }
//   read                 answers { title, entries }

/** @import { Args, Log, Power, Reference } from 'qrt/guest' */

/**
 * @typedef {{ method: string, text: string, name: string }} Wanted
 * @typedef {{ title: string, entriesMax: number, code: { pen: string }, log: Log }} Given
 * @typedef {{ entries?: { name: string, text: string }[], hostPen?: Reference }} Memory
 */

/**
 * @param {Args<Wanted>} args
 * @param {Power<Given, Memory>} power
 */
function guestBook(args, power) {
  const { memory, make_object, code, title, entriesMax, log } = power;
  const { method, text, name } = args ?? {};
  memory.entries ??= [];

  // The pen gets this very memory, not a copy of it, and neither make_object nor log.
  const makePen = (/** @type {unknown} */ owner) => {
    if (typeof owner !== 'string' || owner === '') throw Error('name is a text');
    return make_object(code.pen, { memory, name: owner, entriesMax });
  };

  switch (method) {
    case 'write':
      memory.hostPen ??= makePen('host');
      // A call runs at once, within this turn: if it throws, nothing of the turn remains.
      memory.hostPen.call({ text });
      log(`the host wrote entry ${memory.entries.length}`);
      return { number: memory.entries.length };
    case 'invite': {
      // What is returned is the answer, here or on another machine, to whoever asked by `send`.
      const invitation = { title, pen: makePen(name) };
      log(`invited ${name}`);
      return invitation;
    }
    case 'read':
      return { title, entries: memory.entries };
    default:
      throw Error('args.method is one of: write, invite, read');
  }
}
