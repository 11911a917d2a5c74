// Till: a program with a vat in it. Each sale has an id, so it is booked once, whatever happens.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { openVat } from 'qrt';

const vat = await openVat({ dir: 'TILL', create: true });
if (!existsSync('qrid')) {
  const made = await vat.install({ path: 'account.js', id: 'account' });
  writeFileSync('qrid', await made.qrid(), { mode: 0o600 });
}
const account = vat.reference(readFileSync('qrid', 'utf8'));

for (const [number, amount] of [30, 12, 25, -99].entries()) {
  const sale = account.send({ amount }, { id: `sale-${number + 1}` });
  if (process.argv.includes('crash') && number === 2) process.kill(process.pid, 'SIGKILL');
  const told = await sale.then(
    (balance) => `the balance is ${balance}`,
    ({ name, message }) => `${name}: ${message}`,
  );
  console.log(`sale ${number + 1} of ${amount}: ${told}`);
}
await vat.close();
