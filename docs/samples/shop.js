// Shop: answers what an item costs, and throws for what it does not have.
function shop({ item }, { prices }) {
  if (!Object.hasOwn(prices, item)) throw Error(`there is no ${item}`);
  return prices[item];
}
