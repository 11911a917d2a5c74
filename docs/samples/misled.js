// Misled, in several ways: what promises say to each.
function misled({ shop }, { log }) {
  const price = shop.send({ item: 'tea' });
  const tries = {
    then: () => price.then((value) => log(value)),
    closure: () => Q.when(price, { fulfilled: (value) => log(value) }),
    misspelt: () => Q.when(price, { fulfilled: shop, reject: shop }),
    now: () => price.call(),
    notAList: () => Q.all(price, price),
    tooLong: () => shop.send({}, { deadlineMs: 1e12 }),
  };
  for (const [name, attempt] of Object.entries(tries)) {
    try {
      attempt();
    } catch (error) {
      log(`${name}: ${error.message}`);
    }
  }
}
