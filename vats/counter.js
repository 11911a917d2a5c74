// Counter: adds up what it is sent, and answers how much that is.
//
// Power: memory, as `qrt install` gives it.
//
// Args: { add, to }, both optional
//   add   a whole number to add; 1 when it is left out
//   to    a reference that is sent { count }
// Answers { count }, the new count.
//
// Not promised: whoever may count may also count down, by a number below 0.
function counter(args, power) {
  const add = args?.add ?? 1;
  if (!Number.isSafeInteger(add)) throw Error('args.add is a whole number');
  const count = (power.memory.count ?? 0) + add;
  if (!Number.isSafeInteger(count)) throw Error('the count would be too large to be exact');
  power.memory.count = count;
  if (args?.to !== undefined) Q.sendOnly(args.to, { count });
  return { count };
}
