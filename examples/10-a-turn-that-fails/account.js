// Account: a balance; who withdraws names the account that the money is paid into.
// Power: memory and log. The check comes last on purpose: what throws has not happened.
function account({ deposit = 0, withdraw = 0, to }, { memory, log }) {
  memory.balance = (memory.balance ?? 0) + deposit - withdraw;
  if (withdraw > 0) to.sendOnly({ deposit: withdraw });
  log(`balance ${memory.balance}`);
  if (memory.balance < 0) throw Error('there is not that much in it');
}
