// When, wrong: keeps a Date in its memory.
function when({ ms, note }, { memory }) {
  memory.note = note;
  memory.when = { made: new Date(ms) };
}
