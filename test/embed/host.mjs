// Host: a program with a vat in it, to be ended in the middle. It makes its object on its first run
// and writes down the answers that it got.
//
//   node host.mjs DIR CALLS

import { openVat } from '../../dist/embed/open-vat.js';

const CODE = '(args, { memory }) => (memory.count = (memory.count ?? 0) + 1)';
const CALLERS = 8;
const [dir = '', calls = '0'] = process.argv.slice(2);

const vat = await openVat({ dir, create: true, listen: false });
const counter = await vat.install({ code: CODE, name: 'counter', id: 'counter' });
let next = 0;
const call = async () => {
  while (next < Number(calls)) {
    const id = `call-${next}`;
    next += 1;
    const answer = await counter.send({}, { id });
    process.stdout.write(`${id} ${answer}\n`);
  }
};
await Promise.all(Array.from({ length: CALLERS }, call));
await vat.close();
