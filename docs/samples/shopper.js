// Shopper: asks a shop for a price, and leaves what comes after it to two new objects.
function shopper({ shop, item }, { make_object, log }) {
  const told = '({ value, context }, { log }) => log(`${context} costs ${value}`)';
  const failed = '({ error, context }, { log }) => log(`no ${context}: ${error.message}`)';
  Q.when(shop.send({ item }), {
    fulfilled: make_object(told, { log }),
    rejected: make_object(failed, { log }),
    context: item,
  });
}
