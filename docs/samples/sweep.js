// Sweep: adds up the numbers to 2,500, a thousand a turn; each turn sends the next one to itself.
function sweep({ from = 0, self }, { memory, log }) {
  const until = Math.min(from + 1000, 2500);
  for (let n = from + 1; n <= until; n += 1) memory.sum = (memory.sum ?? 0) + n;
  if (until < 2500) self.sendOnly({ from: until, self });
  else log(`the sum is ${memory.sum}`);
}
