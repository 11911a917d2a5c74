// Tally: counts what it is sent, and tells whoever it is asked to tell.
function tally({ add = 1, to }, { memory, unit }) {
  memory.count = (memory.count ?? 0) + add;
  if (to) to.sendOnly({ count: memory.count, unit });
}
