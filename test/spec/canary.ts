// Canary: sockets on this machine that count who comes to them, and what tries to come.

import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a request over HTTP can be. */
export const VERBS = [
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE'],
] as const;

/** Where somebody could go. */
export interface CanaryPlaces {
  readonly tcp: number;
  readonly udp: number;
  /** Where a name server would be. */
  readonly dns: number;
  readonly path: string;
}

type Visit = 'tcp' | 'udp' | 'dns' | 'unix';

export interface Canary {
  readonly places: CanaryPlaces;
  /** Kinds of visits, in order. */
  readonly visits: Visit[];
  /** The first words of what came by TCP. */
  readonly words: Set<string>;
  close(): void;
}

export async function openCanary(): Promise<Canary> {
  const dir = mkdtempSync(join(tmpdir(), 'qrt-canary-'));
  const visits: Visit[] = [];
  const words = new Set<string>();
  const listen = async (kind: 'tcp' | 'unix', at: number | string): Promise<Server> => {
    const server = createServer((socket) => {
      visits.push(kind);
      socket.on('error', () => {});
      socket.once('data', (data) => {
        words.add(String(data).split(' ', 1)[0] ?? '');
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => {
      if (typeof at === 'number') server.listen(at, '127.0.0.1', resolve);
      else server.listen(at, resolve);
    });
    return server;
  };
  const path = join(dir, 'canary.sock');
  const servers = [await listen('tcp', 0), await listen('unix', path)];
  const bind = async (kind: 'udp' | 'dns'): Promise<Socket> => {
    const socket = createSocket('udp4', () => visits.push(kind));
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return socket;
  };
  const [udp, dns] = [await bind('udp'), await bind('dns')];
  const { port } = servers[0]!.address() as { port: number };
  return {
    places: { tcp: port, udp: udp.address().port, dns: dns.address().port, path },
    visits,
    words,
    close() {
      for (const server of servers) server.close();
      udp.close();
      dns.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/**
 * A guest that calls all that it can reach, each time with a place in another shape, and keeps in
 * \`memory.calls\` how many calls there were. Standing elsewhere it is the same text.
 */
export const CALLER = `function (args, power) {
  const { tcp, udp, dns, path } = args;
  const url = 'http://127.0.0.1:' + tcp + '/';
  const shapes = [
    [url], [url, {}], ['127.0.0.1', tcp], [tcp, '127.0.0.1'], [{ host: '127.0.0.1', port: tcp, url, path }],
    [path], ['canary', udp, '127.0.0.1'], ['net:' + tcp], [['127.0.0.1:' + tcp]],
    ['canary.invalid', { servers: ['127.0.0.1:' + dns] }],
    ...${JSON.stringify(VERBS)}.flatMap((verb) => [[verb, url], [url, { method: verb }]]),
  ];
  const seen = new Set();
  const queue = [power];
  for (const key of Reflect.ownKeys(globalThis)) queue.push(globalThis[key]);
  for (const key of Reflect.ownKeys(power)) queue.push(power[key]);
  for (const start of [function* () {}, () => 1, new Map().entries(), new Set().entries(), 'x'.matchAll(/x/g)]) {
    queue.push(Object.getPrototypeOf(start));
  }
  const found = [];
  while (queue.length > 0) {
    const thing = queue.pop();
    if (Object(thing) !== thing || seen.has(thing)) continue;
    seen.add(thing);
    if (typeof thing === 'function') found.push(thing);
    queue.push(Object.getPrototypeOf(thing));
    for (const key of Reflect.ownKeys(thing)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(thing, key);
      queue.push(value, get, set);
    }
  }
  let calls = 0;
  for (const each of found) {
    for (const shape of shapes) {
      for (const run of [() => each(...shape), () => new each(...shape), () => Reflect.apply(each, url, shape)]) {
        calls += 1;
        try { run(); } catch {}
      }
    }
  }
  power.memory.calls = calls;
  power.memory.functions = found.length;
}`;

/** A program with all that Node can do, for the place of a worker. */
export const VISITOR = ({ tcp, udp, dns, path }: CanaryPlaces): string => `'use strict';
const tries = [
  () => require('node:net').connect(${tcp}, '127.0.0.1').on('error', () => {}),
  () => require('node:net').connect(${JSON.stringify(path)}).on('error', () => {}),
  ...${JSON.stringify(VERBS)}.map((method) => () =>
    require('node:http').request('http://127.0.0.1:${tcp}/', { method }).on('error', () => {}).end()),
  () => fetch('http://127.0.0.1:${tcp}/').catch(() => {}),
  () => {
    const socket = require('node:dgram').createSocket('udp4').on('error', () => {});
    socket.send('visit', ${udp}, '127.0.0.1', () => {});
  },
  () => {
    const { Resolver } = require('node:dns');
    const resolver = new Resolver({ timeout: 100, tries: 1 });
    resolver.setServers(['127.0.0.1:${dns}']);
    resolver.resolve4('canary.invalid', () => {});
  },
  () => require('node:child_process').exec('exec 3<>/dev/tcp/127.0.0.1/${tcp}', { shell: '/bin/bash' }),
];
for (const each of tries) try { each(); } catch {}
const told = Buffer.from('{"type":"ready","ses":"x","node":"x"}');
const head = Buffer.alloc(4);
head.writeUInt32BE(told.length);
setTimeout(() => require('node:fs').writeSync(1, Buffer.concat([head, told])), 500);
setInterval(() => {}, 1_000);
`;
