// Pen: writes entries under one name into the guest book whose memory it shares.
//
// Power: memory of the book, name, entriesMax. It has nothing else, whatever its text says.
//
// Args: { text }

/** @import { Args, Power } from 'qrt/guest' */

/**
 * @typedef {{ name: string, entriesMax: number }} Given
 * @typedef {{ entries: { name: string, text: string }[] }} Memory
 */

/**
 * @param {Args<{ text: string }>} args
 * @param {Power<Given, Memory>} power
 */
function pen(args, power) {
  const { memory, name, entriesMax } = power;
  const text = args?.text;
  if (typeof text !== 'string' || text === '') throw Error('text is what you want to write');
  memory.entries = [...memory.entries, { name, text }].slice(-entriesMax);
}
