// Flood attacker: a process that attacks one port from many addresses of this machine.
//
// Its arguments are the attack, the port, the path of boxes and a recorded box of a peer.

import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

const [attack = '', port = '', path = '', recorded = ''] = process.argv.slice(2);
const SOCKETS: Readonly<Record<string, number>> = { connections: 10_000, strangers: 200 };
const envelope = Buffer.from(recorded, 'base64');
const statuses = new Map<string, number>();
const beganMs = performance.now();
let requests = 0;
let isOver = false;

const boxOf = (body: Uint8Array, length = body.length): Buffer =>
  Buffer.concat([
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n` +
        `Content-Length: ${length}\r\n\r\n`,
    ),
    body,
  ]);

/** What is sent at once on a new connection, and again after each reply. */
function say(): Uint8Array {
  switch (attack) {
    case 'strangers':
      return boxOf(
        Buffer.concat([envelope.subarray(0, 1), randomBytes(32), envelope.subarray(33)]),
      );
    case 'forged':
      return boxOf(Buffer.concat([envelope.subarray(0, 65), randomBytes(200)]));
    case 'replayed':
      return boxOf(envelope);
    case 'oversize':
      return boxOf(new Uint8Array(10), 100_000_000);
    case 'slow-headers':
      return Buffer.from(`POST ${path} HTTP/1.1\r\nHost: x\r\n`);
    case 'slow-bodies':
      return boxOf(new Uint8Array(10), 1_000_000);
    default:
      return new Uint8Array(0);
  }
}

const isSlow = ['slow-headers', 'slow-bodies', 'half-open', 'connections'].includes(attack);

function open(n: number): void {
  if (isOver) return;
  const localAddress = `127.${1 + (n % 100)}.${Math.floor(n / 100) % 100}.9`;
  const socket = connect({ host: '127.0.0.1', port: Number(port), localAddress });
  const next = (): void => {
    requests += 1;
    socket.write(say());
  };
  socket.once('connect', () => (attack === 'half-open' ? socket.end() : next()));
  socket.on('data', (bytes) => {
    const status = /^HTTP\/1\.1 (\d+)/.exec(bytes.toString('latin1'))?.[1];
    if (status) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status && !isSlow) next();
  });
  socket.on('error', () => undefined);
  socket.once('close', () => setTimeout(open, isSlow ? 20 : 5, n + 1));
}

process.send?.('ready');
for (let n = 0; n < (SOCKETS[attack] ?? 300); n += 1) open(n * 7);

process.on('message', () => {
  isOver = true;
  const perSecond = (requests * 1_000) / (performance.now() - beganMs);
  const told = [...statuses].map(([status, count]) => `${status}: ${count}`).join(', ');
  process.send?.({ perSecond, statuses: told || 'none' });
});
