// Hits: a program that keeps a counter in a vat of its own.
import { openVat } from 'qrt';

const vat = await openVat({ dir: 'HITS', create: true });
const counter = await vat.install({
  name: 'counter',
  code: '({ add }, { memory }) => (memory.count = (memory.count ?? 0) + add)',
});
await counter.sendOnly({ add: 1 });
console.log(await counter.send({ add: 2 }));
await vat.close();
