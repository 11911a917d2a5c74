// The two objects of the kill harness, and of the soak: a pump that sends numbered messages, and a
// meter that notices every message that is missing, doubled, out of order, or half done.

/**
 * Sends 50 messages a turn and one to itself, for as long as it is on and its window has room: that
 * is how many are under way at most, sent by the pump and not yet seen by the meter. `sum` leaves
 * out every tenth, as the meter forgets those.
 */
export const pumpCode = (window: number): string => `
function pump({ on, to, self, stream, more, seen }, { memory }) {
  if (to !== undefined) {
    Object.assign(memory, { to, self, stream, sent: 0, sum: 0, seen: 0, isAwake: false });
  }
  if (on !== undefined) memory.on = on;
  if (seen !== undefined) memory.seen = seen;
  if (more) memory.isAwake = false;
  if (!memory.on || memory.isAwake || memory.sent - memory.seen > ${window - 50}) return;
  for (let count = 0; count < 50; count += 1) {
    memory.sent += 1;
    if (memory.sent % 10 !== 0) memory.sum += memory.sent;
    memory.to.sendOnly({ number: memory.sent, pump: memory.self, stream: memory.stream });
  }
  memory.isAwake = true;
  memory.self.sendOnly({ more: true });
}`;

/**
 * Keeps the last number and a list of breaks. Every tenth message writes a mark and throws, so no
 * turn may ever find one; that it ran can be read in the log.
 */
export const METER = `
function meter({ number, pump, stream }, { memory }) {
  const { last = 0, sum = 0, breaks = [], marks = [] } = memory;
  if (memory.mark !== undefined && marks.length < 100) marks.push([number, memory.mark]);
  delete memory.mark;
  for (let spin = 0; spin < 2_000; spin += 1) Math.sqrt(spin);
  if (number % 10 === 0) {
    memory.mark = number;
    throw Error('tenth ' + number);
  }
  const wanted = (last + 1) % 10 === 0 ? last + 2 : last + 1;
  if (number !== wanted && breaks.length < 100) breaks.push([last, number]);
  Object.assign(memory, { stream, last: number, sum: sum + number, breaks, marks });
  if (number % 100 === 1) pump.sendOnly({ seen: number });
}`;
