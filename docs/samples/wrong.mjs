// Wrong: what a program is told when something does not work.
import { openVat, QrtError, Rejection } from 'qrt';

const vat = await openVat({ dir: 'HITS', listen: false });
const picky = await vat.install({
  name: 'picky',
  code: `({ wish }) => {
    if (wish !== 'please') throw RangeError('say please');
    return Q.promise().promise;
  }`,
});
const attempts = [
  () => openVat({ dir: 'HITS' }),
  () => picky.send({ wish: 'now' }),
  () => picky.send({ wish: 'please' }, { deadlineMs: 20 }),
  () => picky.send({ wish: () => 'please' }),
  () => vat.result('never-sent'),
];
for (const attempt of attempts) await attempt().catch(tell);
const late = picky.send({ wish: 'please' }, { id: 'wish-1' }).catch(tell);
await picky.send({ wish: 'again' }).catch(() => {});
await vat.close();
await late;

function tell(error) {
  const kind = error instanceof Rejection ? 'rejected' : error instanceof QrtError ? 'refused' : '?';
  const message = error.message.replace(process.cwd(), 'FOLDER').replace(/process \d+/, 'process PID');
  console.log(`${kind}: ${error.name} ${error.code}: ${message}`);
}
