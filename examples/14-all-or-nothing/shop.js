// Shop: sells tea out of a stock, against the credit of a customer, which is a stock as well.
// Power: make_object, and references to both stocks and to an order.
function shop({ tea }, { make_object, order, goods, credit }) {
  const bookings = [
    { at: goods.send({ method: 'desk' }), what: { amount: tea } },
    { at: credit.send({ method: 'desk' }), what: { amount: tea * 10 } },
  ];
  const sold = make_object('({ context }) => `sold ${context} of tea`');
  return Q.when(order.send({ bookings }), { fulfilled: sold, context: tea });
}
