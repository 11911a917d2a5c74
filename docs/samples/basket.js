// Basket: has the prices of several items added up, and tells `to` what came of it.
function basket({ shop, items, to }, { make_object }) {
  const prices = items.map((item) => shop.send({ item }));
  const adder = make_object('({ value }) => value.reduce((sum, price) => sum + price)');
  const sum = Q.when(Q.all(prices), { fulfilled: adder });
  Q.when(sum, { fulfilled: to, rejected: to, context: items });
}
