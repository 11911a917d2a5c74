// Run by `node --test`. The vat is in memory; kernel, worker and confinement are the real ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTestVat } from 'qrt/testing';

test('a note is kept and announced, also after a crash', async () => {
  const vat = await makeTestVat();
  const friend = await vat.sink();
  const board = await vat.install({ path: 'board', power: { announce: friend }, grants: ['log'] });
  await vat.send(board, { text: 'tea is ready' });

  const turn = await vat.step();
  assert.equal(turn.status, 'done');
  assert.deepEqual(turn.logs, ['1 on the board']);
  assert.equal(turn.made.length, 1);

  await vat.restart();
  await vat.run();
  assert.deepEqual(await friend.received(), ['New: tea is ready']);
  await vat.close();
});

test('a turn that fails changes nothing', async () => {
  const vat = await makeTestVat();
  const tally = await vat.install({ path: 'tally.js', power: { unit: 'apples' } });
  await vat.send(tally, { add: 2 });
  await vat.send(tally, { add: 5, to: 'nobody' });
  const [first, second] = await vat.run();
  assert.equal(first.status, 'done');
  assert.equal(second.failure.message, 'to.sendOnly is not a function');
  assert.deepEqual(await vat.memory(tally), { count: 2 });
  await vat.close();
});
