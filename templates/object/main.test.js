// `npm test` runs this: no node is needed, but all that runs here is real.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { makeTestVat } from 'qrt/testing';

let vat;
let book;

beforeEach(async () => {
  vat = await makeTestVat();
  book = await vat.install({ path: import.meta.dirname, grants: ['log'] });
});
afterEach(() => vat.close());

const invite = async (name) => {
  const { pen } = await vat.answer(book, { method: 'invite', name });
  return pen;
};
const entries = async () => (await vat.memory(book)).entries;

test('a pen writes under the name that it was made for, whatever it is told', async () => {
  const pen = await invite('Ada');
  await vat.answer(pen, { text: 'Hello', name: 'Bob' });
  assert.deepEqual(await entries(), [{ name: 'Ada', text: 'Hello' }]);
});

test('who asks to read is told all entries, also after a restart', async () => {
  await vat.answer(book, { method: 'write', text: 'Welcome' });
  await vat.answer(await invite('Ada'), { text: 'Hello' });
  await vat.restart();
  assert.deepEqual(await vat.answer(book, { method: 'read' }), {
    title: 'Guest book',
    entries: [
      { name: 'host', text: 'Welcome' },
      { name: 'Ada', text: 'Hello' },
    ],
  });
});

test('an entry without a text changes nothing', async () => {
  await vat.send(book, { method: 'write' });
  const [turn] = await vat.run();
  assert.equal(turn.status, 'failed');
  assert.match(turn.failure.message, /text is what you want to write/);
  assert.deepEqual([turn.made, turn.logs], [[], []]);
  assert.deepEqual(await vat.memory(book), {});
});

test('the oldest entries go when there are too many', async () => {
  const pen = await invite('Ada');
  for (let n = 1; n <= 101; n += 1) await vat.send(pen, { text: `entry ${n}` });
  await vat.run();
  const kept = await entries();
  assert.equal(kept.length, 100);
  assert.equal(kept[0].text, 'entry 2');
});
