// Holder: keeps what it is sent, and on `use` sends `args` to what it keeps under that name.
function holder({ use, args, ...given }, { memory, log }) {
  Object.assign(memory, given);
  for (const name of Object.keys(given)) log(`holds ${name}`);
  if (use) memory[use].sendOnly(args);
}
