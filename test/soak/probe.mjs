// Probe: loaded into the process of a node, which then says at SIGUSR2 what it holds once all that
// nobody holds is gone. It changes nothing else of the node.

import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
/** @type {() => void} */
const collect = runInNewContext('gc');
setFlagsFromString('--no-expose-gc');

const dir = process.env['QRT_SOAK_PROBE'] ?? '.';
/** What is freed by one round lets go of more, such as what waits for finalizers. */
const ROUNDS = 3;

process.on('SIGUSR2', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    collect();
    await turnOfLoop();
  }
  const { heapUsed, external } = process.memoryUsage();
  const path = join(dir, `probe-${process.pid}.json`);
  // By renaming: whoever waits for it must not read half of it.
  writeFileSync(`${path}.part`, JSON.stringify({ liveBytes: heapUsed + external }));
  renameSync(`${path}.part`, path);
});
