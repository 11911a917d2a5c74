// Trips: what a chain of messages costs, each sent to the answer of the one before, to a vat that is
// far away: one round trip if they all go at once, as many as messages if each waits for its answer.
//
// Two vats in this process, each behind a wire that holds back every request and every reply for a
// fixed time; the wires also count the boxes that go either way.

import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { openVat } from '../../src/embed/open-vat.ts';
import { drawFreePort } from '../../src/node/free-port.ts';
import { gossip } from '../../src/node/gossip.ts';
import type { Place } from './nodes.ts';

/** Held back for so long each way: a round trip takes twice that. */
export const ONE_WAY_MS = 100;

const CHAIN = `({ length }, { far }) => {
  let at = far;
  for (let left = length - 1; left >= 0; left -= 1) at = at.send({ left, far });
  return at;
}`;
/** What it answers with is whom the next message is for, and a number in the end. */
const FAR = '({ left, far }) => (left === 0 ? left : far)';

/** One chain, from the caller's `send` to its answer. */
export interface Chained {
  readonly length: number;
  readonly ms: number;
  /** In round trips of the wire, by the clock. */
  readonly trips: number;
  /** Requests on their way until the answer was there, towards the far vat and back. */
  readonly boxesThere: number;
  readonly boxesBack: number;
}

/** Each length in turn, so many times, after one of each that does not count. */
export async function measureTrips(
  place: Place,
  { lengths, runs }: { readonly lengths: readonly number[]; readonly runs: number },
): Promise<readonly Chained[]> {
  const [here, there] = [await openFarVat(place, 'HERE'), await openFarVat(place, 'THERE')];
  const chained: Chained[] = [];
  try {
    await gossip([here.vat.dir, there.vat.dir]);
    const far = await (await there.vat.install({ code: FAR })).qrid();
    const power = { far: here.vat.reference(far) };
    const chain = await here.vat.install({ code: CHAIN, power });
    for (let run = 0; run <= runs; run += 1) {
      for (const length of lengths) {
        // What the one before left to be told is no part of this one.
        await delay(QUIET_MS);
        const [boxesThere, boxesBack] = [there.wire.passed(), here.wire.passed()];
        const beganMs = performance.now();
        await chain.send({ length });
        const ms = performance.now() - beganMs;
        if (run === 0) continue;
        chained.push({
          ...{ length, ms, trips: ms / (2 * ONE_WAY_MS) },
          boxesThere: there.wire.passed() - boxesThere,
          boxesBack: here.wire.passed() - boxesBack,
        });
      }
    }
  } finally {
    for (const { vat, wire } of [here, there]) {
      await vat.close();
      await wire.close();
    }
  }
  return chained;
}

const QUIET_MS = 10 * ONE_WAY_MS;

async function openFarVat(place: Place, name: string) {
  const port = await drawFreePort('127.0.0.1');
  const wire = await startWire(port);
  const vat = await openVat({ dir: place.path(name), create: { port, urls: [wire.url] } });
  return { vat, wire };
}

/** A reverse proxy that is slow both ways. */
async function startWire(port: number) {
  let passed = 0;
  const pass = async (
    head: { readonly path: string; readonly method: string; readonly type: string },
    body: Buffer,
    response: ServerResponse,
  ): Promise<void> => {
    await delay(ONE_WAY_MS);
    const { path, method, type } = head;
    const headers = { 'content-type': type, 'content-length': body.length };
    const onward = request({ host: '127.0.0.1', port, path, method, headers });
    onward.end(body);
    const [reply] = await once(onward, 'response');
    const bytes = Buffer.concat(await reply.toArray());
    await delay(ONE_WAY_MS);
    const { 'content-type': replyType = '' } = reply.headers;
    response.writeHead(reply.statusCode, {
      'content-type': replyType,
      'content-length': bytes.length,
    });
    response.end(bytes);
  };
  const server = createServer(async (incoming, response) => {
    if (incoming.method === 'POST') passed += 1;
    const head = {
      path: incoming.url ?? '/',
      method: incoming.method ?? 'GET',
      type: incoming.headers['content-type'] ?? '',
    };
    const body = Buffer.concat(await incoming.toArray());
    // A vat that has gone away breaks the connection, and is tried again.
    pass(head, body, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed: () => passed,
    async close(): Promise<void> {
      server.close();
      server.closeAllConnections();
    },
  };
}
