// Probe victims: what the hostile probe is after: a secret file, servers of each kind, this process.
//
// They say whether they were reached, so that nothing rests on the word of a program in a sandbox.

import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttemptName, ProbeTargets } from './probe-attempts.ts';

/** Open victims. */
export interface Victims {
  readonly targets: Omit<ProbeTargets, 'program' | 'dataBytes'>;
  /** Attempts of which a victim has felt something. */
  felt(): Promise<readonly AttemptName[]>;
  close(): void;
}

/** A signal that nobody minds. */
const SIGNAL = 'SIGURG';

/** Opens all. Rejects when this machine does not even let us listen on its own loopback. */
export async function openVictims(): Promise<Victims> {
  const felt = new Set<AttemptName>();
  const dir = mkdtempSync(join(tmpdir(), 'qrt-probe-'));
  const secret = `${process.pid} ${performance.now()} ${hostname()}`;
  const secretPath = join(dir, 'key');
  const socketPath = join(dir, 'socket');
  writeFileSync(secretPath, secret, { mode: 0o600 });
  const note = (name: AttemptName) => () => void felt.add(name);
  const onSignal = note('signalHost');
  process.on(SIGNAL, onSignal);
  const abstractName = `${dir}/abstract`;
  const servers = {
    connect: createServer(),
    connectPath: createServer(),
    connectAbstract: createServer(),
  };
  const sockets = { sendDatagram: createSocket('udp4'), askNames: createSocket('udp4') };
  const close = (): void => {
    process.off(SIGNAL, onSignal);
    for (const server of Object.values(servers)) server.close();
    for (const socket of Object.values(sockets)) socket.close();
    rmSync(dir, { recursive: true, force: true });
  };
  for (const [name, server] of Object.entries(servers)) {
    server.on('connection', (socket) => {
      felt.add(name as AttemptName);
      socket.destroy();
    });
  }
  for (const [name, socket] of Object.entries(sockets)) {
    socket.on('message', note(name as AttemptName));
  }
  // There is no such name, says a server of names with these bits; who asked need not wait.
  sockets.askNames.on('message', (question, { port, address }) => {
    question.writeUInt16BE(0x8183, 2);
    sockets.askNames.send(question, port, address);
  });
  try {
    await Promise.all([
      listen(servers.connect, { port: 0, host: LOOPBACK }),
      listen(servers.connectPath, { path: socketPath }),
      ...(process.platform === 'linux'
        ? [listen(servers.connectAbstract, { path: `\0${abstractName}` })]
        : []),
      ...Object.values(sockets).map(bind),
    ]);
  } catch (error) {
    close();
    throw error;
  }
  const port = servers.connect.address();
  return Object.freeze<Victims>({
    targets: {
      ...{ secret, secretPath, socketPath, abstractName },
      writablePath: join(dir, 'made'),
      home: homedir(),
      hostPid: process.pid,
      hostUid: process.getuid?.() ?? -1,
      hostName: hostname(),
      tcpPort: typeof port === 'object' && port !== null ? port.port : 0,
      udpPort: sockets.sendDatagram.address().port,
      dnsPort: sockets.askNames.address().port,
    },
    async felt() {
      // What the probe did before it ended is here already; it only has to be read.
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      return [...felt];
    },
    close,
  });
}

const LOOPBACK = '127.0.0.1';
const SETTLE_MS = 5;

function listen(server: Server, place: Parameters<Server['listen']>[0] & object): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', reject).listen(place, resolve);
  });
}

function bind(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('error', reject).bind(0, LOOPBACK, resolve);
  });
}
