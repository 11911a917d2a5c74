// Hello: greets whom it is told to, and counts the greetings.
function hello({ name }, { memory, log }) {
  memory.greetings = (memory.greetings ?? 0) + 1;
  log(`Hello, ${name}! This is greeting ${memory.greetings}.`);
}
