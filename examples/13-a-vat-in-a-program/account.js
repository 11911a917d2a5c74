// Account: a balance that is never below zero. Answers with it.
function account({ amount }, { memory }) {
  const balance = (memory.balance ?? 0) + amount;
  if (balance < 0) throw RangeError(`there are only ${memory.balance}`);
  memory.balance = balance;
  return balance;
}
