// Visitor: keeps the facet it is given, sends it what it is told to, and notes a value it hears.
function visitor({ reader, adder, use, value }, { memory, log }) {
  memory.facet = reader ?? adder ?? memory.facet;
  if (use) memory.facet.sendOnly(use);
  if (value !== undefined) log(`the value is ${value}`);
}
