// The worker program: locks itself down, then runs one turn after another until the kernel goes.
//
// It holds no key, no socket and no file: what it knows came in frames, what it does leaves in
// frames. It serves one vat in its life.

import { makeChannel } from './channel.ts';
import { openPipes } from './pipes.ts';
import { makeWorker, openRealm } from './worker.ts';

runWorker();

function runWorker(): never {
  const channel = makeChannel(openPipes());
  const worker = makeWorker(channel, openRealm());
  for (;;) worker.serveNext();
}
