// Seller: says what a thing costs, and takes orders, which its owner confirms later.
function seller({ price, order, confirm }, { memory, prices }) {
  if (price) {
    if (!Object.hasOwn(prices, price)) throw Error(`there is no ${price} here`);
    return prices[price];
  }
  if (confirm) return memory.open.sendOnly({ value: { sent: memory.ordered } });
  const { promise, resolver } = Q.promise();
  memory.open = resolver;
  memory.ordered = order;
  return promise;
}
