// Free port: draws a port on which nothing listens now.
//
// Ports are drawn below the range from which systems take the near end of outgoing connections,
// so that a node that was stopped for a while most likely finds its own port free again.

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { QrtError } from '../core/errors.ts';

const FIRST_PORT = 20_000;
const LAST_PORT = 32_767;
const TRIES_MAX = 50;

/** Draws a free port of a host. Throws QRT_ARGUMENT_INVALID when the host cannot be used. */
export async function drawFreePort(host: string): Promise<number> {
  let last: unknown;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    try {
      await tryPort({ host, port });
      return port;
    } catch (error) {
      last = error;
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'EADDRINUSE' && code !== 'EACCES') break;
    }
  }
  const reason = last instanceof Error ? last.message : 'no free port was found';
  throw new QrtError('QRT_ARGUMENT_INVALID', { what: `host ${host}`, reason }, last);
}

/** Binds a port and lets it go. Throws what the operating system says. */
export async function tryPort({ host, port }: { host: string; port: number }): Promise<void> {
  const server = createServer();
  server.listen({ host, port });
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
