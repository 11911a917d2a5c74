// HTTP server: its port, and its end.

import type { Server } from 'node:http';
import { QrtError } from '../core/errors.ts';

/** Where a server listens, and the file that says so, for the text of an error. */
export interface ListenPlace {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly configPath: string;
}

/** Rejects with QRT_PORT_TAKEN or QRT_PORT_REFUSED. */
export function listen(
  server: Server,
  { host, port, configPath: path }: ListenPlace,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        reject(new QrtError('QRT_PORT_TAKEN', { host, port, path }, error));
        return;
      }
      const reason = LISTEN_REASONS[error.code ?? ''] ?? error.code ?? error.message;
      reject(new QrtError('QRT_PORT_REFUSED', { host, port, path, reason }, error));
    });
    server.listen({ host, port }, resolve);
  });
}

const LISTEN_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'this machine knows no such host',
  EAI_AGAIN: 'this machine knows no such host',
};

/** Stops accepting, and cuts off what has not ended after `closeMs`. */
export function closeWithin(server: Server, closeMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), closeMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
