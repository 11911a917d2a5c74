// Asker: takes what a call returns, and goes on when one throws.
function asker({ to, bogus }, { log }) {
  log(`the answer is ${to.call({ said: 'yes' })}`);
  try {
    to.call({ said: 'no' });
  } catch (error) {
    log(`caught: ${error.message}`);
  }
  try {
    Q.sendOnly(bogus, { said: 'hello' });
  } catch (error) {
    log(`${error.name} ${error.code}: ${error.message}`);
  }
}
