// HTTP server: with TLS or without, its port, and its end.

import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { QrtError } from '../core/errors.ts';

/** A certificate, with those that lead from it to a root, and its private key, as PEM. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

export interface HttpServer {
  readonly server: Server | SecureServer;
  /** New connections get this certificate; those that are open keep theirs. */
  renew(identity: TlsIdentity): void;
  /** Stops accepting, and cuts off what has not ended after `closeMs`. */
  close(closeMs: number): Promise<void>;
}

/** With an identity it speaks TLS 1.2 or newer, and nothing else. */
export async function makeHttpServer(
  options: ServerOptions & { readonly headersTimeout: number },
  route: RequestListener,
  identity?: TlsIdentity,
): Promise<HttpServer> {
  if (identity === undefined) {
    const server = createServer(options, route);
    const cut = () => server.closeAllConnections();
    return { server, renew() {}, close: (closeMs) => closeWithin(server, { closeMs, cut }) };
  }
  // Most nodes have a proxy for it: they are spared its memory and its loading time.
  const https = await import('node:https');
  const { cert, key } = identity;
  const secure = { cert, key, handshakeTimeout: options.headersTimeout };
  const server = https.createServer({ ...options, ...secure, minVersion: 'TLSv1.2' }, route);
  // The server itself knows no connection before its handshake is done.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    server,
    renew: (next) => server.setSecureContext({ cert: next.cert, key: next.key }),
    close: (closeMs) => closeWithin(server, { closeMs, cut }),
  };
}

/** Where a server listens, and the file that says so, for the text of an error. */
export interface ListenPlace {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly configPath: string;
}

/** Rejects with QRT_PORT_TAKEN or QRT_PORT_REFUSED. */
export function listen(
  server: Server | SecureServer,
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

function closeWithin(
  server: Server | SecureServer,
  { closeMs, cut }: { readonly closeMs: number; readonly cut: () => void },
): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(cut, closeMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
