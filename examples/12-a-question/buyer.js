// Buyer: asks all sellers at once, and answers with the lowest price and who asks it.
function buyer({ item }, { sellers, make_object }) {
  const choose = `({ value, context }) => {
    const offers = value.map((answer, n) => ({ price: answer.value, seller: context[n] }));
    const [best] = offers.filter(({ price }) => price).sort((a, b) => a.price - b.price);
    if (!best) throw Error('nobody has it');
    return best;
  }`;
  const answers = Q.settled(sellers.map((seller) => seller.send({ price: item })));
  return Q.when(answers, { fulfilled: make_object(choose), context: sellers });
}
