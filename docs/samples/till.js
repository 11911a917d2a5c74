// Till: adds up what is paid, and is open when it is told so.
function till({ pay, open }, { memory }) {
  if (open) return memory.opening.sendOnly({ value: { total: memory.total } });
  if (pay <= 0) throw Error(`${pay} is no payment`);
  if (pay) return (memory.total = (memory.total ?? 0) + pay);
  const { promise, resolver } = Q.promise();
  memory.opening = resolver;
  return promise;
}
