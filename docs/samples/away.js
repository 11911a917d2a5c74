// Away, wrong: calls an object immediately wherever it lives.
function away({ to }, { log }) {
  try {
    to.call({ add: 1 });
  } catch (error) {
    log(`${error.code}: ${error.message}`);
    to.sendOnly({ add: 1 });
  }
}
