// Waiter, wrong: waits for the answer in the middle of a turn.
async function waiter({ shop, item }, { log }) {
  const price = await shop.send({ item });
  log(`${item} costs ${price}`);
}
