// Reset, wrong: a power is frozen, so its memory can be changed and not replaced.
function reset(args, power) {
  power.memory = {};
}
