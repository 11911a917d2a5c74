// Echo: logs what it is told; a `no` is an error.
function echo({ said }, { log }) {
  log(`heard ${said}`);
  if (said === 'no') throw Error('I was told no');
  return said.length;
}
