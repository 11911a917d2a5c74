// Flood attacker: a process that attacks one port from many addresses of this machine.
//
// Its arguments are the attack, the port, the path of boxes and a recorded box of a peer.

import { connect } from 'node:net';
import { type Attack, attackBytes, isSlow } from './attack-bytes.ts';

const [named = '', port = '', path = '', recorded = ''] = process.argv.slice(2);
const attack = named as Attack;
const SOCKETS: Partial<Readonly<Record<Attack, number>>> = { connections: 10_000, strangers: 200 };
const envelope = Buffer.from(recorded, 'base64');
const statuses = new Map<string, number>();
const beganMs = performance.now();
let requests = 0;
let isOver = false;

function open(n: number): void {
  if (isOver) return;
  const localAddress = `127.${1 + (n % 100)}.${Math.floor(n / 100) % 100}.9`;
  const socket = connect({ host: '127.0.0.1', port: Number(port), localAddress });
  const next = (): void => {
    requests += 1;
    socket.write(attackBytes(attack, { path, envelope }));
  };
  socket.once('connect', () => (attack === 'half-open' ? socket.end() : next()));
  socket.on('data', (bytes) => {
    const status = /^HTTP\/1\.1 (\d+)/.exec(bytes.toString('latin1'))?.[1];
    if (status) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status && !isSlow(attack)) next();
  });
  socket.on('error', () => undefined);
  socket.once('close', () => setTimeout(open, isSlow(attack) ? 20 : 5, n + 1));
}

process.send?.('ready');
for (let n = 0; n < (SOCKETS[attack] ?? 300); n += 1) open(n * 7);

process.on('message', () => {
  isOver = true;
  const perSecond = (requests * 1_000) / (performance.now() - beganMs);
  const told = [...statuses].map(([status, count]) => `${status}: ${count}`).join(', ');
  process.send?.({ perSecond, statuses: told || 'none' });
});
