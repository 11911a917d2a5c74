// Guests of the soak that no other run has: a clerk, which lets a branch of the bank of the simulator
// work, and a switch, by which all load of all nodes goes on and off.

/**
 * Passes tokens on to the next clerk for as long as it is on, and keeps them otherwise. With each
 * its branch has one more thing to do, drawn from the clerk's seed.
 */
export const CLERK = `
function clerk({ op, branch, next, tokens, seed }, { memory }) {
  const draw = (below) => {
    memory.state = (Math.imul(memory.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((memory.state / 4294967296) * below);
  };
  if (op === 'meet') {
    const counts = { role: 'clerk', parked: tokens, passed: 0, isOn: false };
    Object.assign(memory, counts, { branch, next, state: seed });
    return;
  }
  if (op === 'on' || op === 'off') memory.isOn = op === 'on';
  if (op === 'token') memory.parked += 1;
  const kinds = ['pay', 'pay', 'pay', 'pay', 'move', 'split', 'introduce'];
  while (memory.isOn && memory.parked > 0) {
    memory.parked -= 1;
    memory.passed += 1;
    memory.branch.sendOnly({
      op: kinds[draw(kinds.length)],
      ...{ amount: 1 + draw(1000), from: draw(1000), to: draw(1000), fail: draw(10) === 0 },
    });
    memory.next.sendOnly({ op: 'token' });
  }
}`;

/** Tells all pumps, and all others, that they are on or off. */
export const SWITCH = `
function all({ op, pumps, others }, { memory }) {
  if (op === 'meet') {
    Object.assign(memory, { pumps, others });
    return;
  }
  for (const pump of memory.pumps) pump.sendOnly({ on: op === 'on' });
  for (const other of memory.others) other.sendOnly({ op });
}`;
