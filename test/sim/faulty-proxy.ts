// Faulty proxy: a reverse proxy that does to boxes and replies what an enemy on the way could do.
//
// It breaks no cryptography, it holds no key: it loses, repeats, keeps, mixes up and damages. Which
// fault meets which request is drawn from the caller's generator, at most one per request.

import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What can happen to a request on its way; `none` is counted when nothing did. */
export const FAULTS = [
  /** Never arrives; the connection breaks. */
  'dropRequest',
  /** Arrives; the connection breaks before the reply. */
  'dropReply',
  /** Arrives twice, one after the other; the second reply is passed on. */
  'repeatRequest',
  /** Arrives later than it was sent. */
  'delay',
  /** Only its first bytes arrive. */
  'truncateRequest',
  'truncateReply',
  /** Does not arrive: its own bytes come back as the reply. */
  'reflect',
  /** Does not arrive: an older reply comes back. */
  'replayReply',
  /** Arrives, and an older request once more after it. */
  'replayRequest',
  /** Arrives at another vat, whose reply comes back. */
  'crossDeliver',
  /** Arrives; the reply is 200 without a body. */
  'emptyReply',
  /** Arrives; the reply is 200 with random bytes. */
  'garbageReply',
  /** One bit of the body is another one. */
  'flipRequest',
  'flipReply',
  /** Does not arrive: the reply is 502. */
  'refuse',
] as const;

/** One of the faults. */
type Fault = (typeof FAULTS)[number];

/** How often each fault occurs, from 0 to 1; together at most 1. */
export type FaultRates = Partial<Readonly<Record<Fault, number>>>;

interface Address {
  readonly host: string;
  readonly port: number;
}

/** What a proxy is made of. */
export interface FaultyProxyOptions {
  readonly target: Address;
  /** Numbers from 0 up to 1, from a seed. */
  readonly random: () => number;
  readonly faults: FaultRates;
  /** The longest that `delay` holds a request back, in milliseconds. */
  readonly delayMsMax?: number;
  /** Where `crossDeliver` delivers: another vat's address and path. */
  readonly cross?: Address & { readonly path: string };
}

/** A running proxy. */
export interface FaultyProxy {
  /** Stands for the target's URL. */
  readonly url: string;
  /** How often each fault occurred. */
  readonly counts: Readonly<Record<Fault | 'none', number>>;
  /** From now on these faults and no others. */
  setFaults(faults: FaultRates): void;
  close(): Promise<void>;
}

/** A request or a reply as bytes; `status` of a request is 0. */
interface Passing {
  readonly path: string;
  readonly method: string;
  readonly type: string;
  readonly status: number;
  readonly body: Buffer;
}

/** Bytes that went by and may come again. */
const REMEMBERED_MAX = 100;

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startFaultyProxy(options: FaultyProxyOptions): Promise<FaultyProxy> {
  const counts = Object.fromEntries(['none', ...FAULTS].map((fault) => [fault, 0])) as Record<
    Fault | 'none',
    number
  >;
  let faults = options.faults;
  const network = makeNetwork(options);

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const fault = drawFault({ faults, random: options.random });
    counts[fault] += 1;
    const reply = await network.pass(await readPassing(incoming), fault);
    if (reply === undefined) {
      response.destroy();
      return;
    }
    response.writeHead(reply.status, {
      'content-type': reply.type,
      'content-length': reply.body.length,
    });
    response.end(reply.body);
  };

  const server = createServer((incoming, response) => {
    // The target is down, or a client went away: either way the connection breaks.
    serve(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return Object.freeze<FaultyProxy>({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    setFaults(next) {
      faults = next;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  });
}

function drawFault({
  faults,
  random,
}: {
  faults: FaultRates;
  random: () => number;
}): Fault | 'none' {
  let drawn = random();
  for (const fault of FAULTS) {
    drawn -= faults[fault] ?? 0;
    if (drawn < 0) return fault;
  }
  return 'none';
}

/** Passes requests on, each with its fault. Undefined stands for a broken connection. */
function makeNetwork({ target, random, delayMsMax = 50, cross }: FaultyProxyOptions) {
  const requests: Passing[] = [];
  const replies: Passing[] = [];
  const pick = (limit: number): number => Math.floor(random() * limit);

  const deliver = async (passing: Passing): Promise<Passing> => {
    remember(requests, passing);
    const reply = await send(target, passing);
    remember(replies, reply);
    return reply;
  };
  const old = (list: readonly Passing[], like: Passing): Passing | undefined => {
    const same = list.filter(({ path, method }) => path === like.path && method === like.method);
    return same[pick(same.length)];
  };
  const flip = (passing: Passing): Passing => {
    const body = Buffer.from(passing.body);
    const index = pick(body.length);
    if (body.length > 0) body[index] = (body[index] ?? 0) ^ (1 << pick(8));
    return { ...passing, body };
  };
  const truncate = (passing: Passing): Passing => {
    return { ...passing, body: passing.body.subarray(0, pick(passing.body.length)) };
  };
  const replace = (reply: Passing, body: Buffer): Passing => ({ ...reply, status: 200, body });

  const ways: Readonly<Record<Fault | 'none', (passing: Passing) => Promise<Passing | undefined>>> =
    {
      none: deliver,
      dropRequest: async () => undefined,
      dropReply: async (passing) => {
        await deliver(passing);
        return undefined;
      },
      repeatRequest: async (passing) => {
        await deliver(passing);
        return deliver(passing);
      },
      delay: async (passing) => {
        await sleep(random() * delayMsMax);
        return deliver(passing);
      },
      truncateRequest: (passing) => deliver(truncate(passing)),
      truncateReply: async (passing) => truncate(await deliver(passing)),
      reflect: async (passing) => replace(passing, passing.body),
      replayReply: async (passing) => old(replies, passing) ?? deliver(passing),
      replayRequest: async (passing) => {
        const before = old(requests, passing);
        const reply = await deliver(passing);
        if (before !== undefined) await deliver(before);
        return reply;
      },
      crossDeliver: (passing) => {
        return cross === undefined
          ? deliver(passing)
          : send(cross, { ...passing, path: cross.path });
      },
      emptyReply: async (passing) => replace(await deliver(passing), Buffer.alloc(0)),
      garbageReply: async (passing) => {
        const garbage = Buffer.from(Array.from({ length: pick(500) }, () => pick(256)));
        return replace(await deliver(passing), garbage);
      },
      flipRequest: (passing) => deliver(flip(passing)),
      flipReply: async (passing) => flip(await deliver(passing)),
      refuse: async (passing) => ({ ...replace(passing, Buffer.from('502\n')), status: 502 }),
    };

  return { pass: (passing: Passing, fault: Fault | 'none') => ways[fault](passing) };
}

function remember(list: Passing[], passing: Passing): void {
  list.push(passing);
  if (list.length > REMEMBERED_MAX) list.shift();
}

async function send({ host, port }: Address, passing: Passing): Promise<Passing> {
  const { path, method, type, body } = passing;
  const outgoing = request({
    ...{ host, port, path, method, agent: false },
    headers: method === 'GET' ? {} : { 'content-type': type, 'content-length': body.length },
  });
  outgoing.end(method === 'GET' ? undefined : body);
  const [reply] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { ...(await readPassing(reply)), path, method };
}

async function readPassing(message: IncomingMessage): Promise<Passing> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return {
    path: message.url ?? '',
    method: message.method ?? '',
    type: message.headers['content-type'] ?? '',
    status: message.statusCode ?? 0,
    body: Buffer.concat(chunks),
  };
}
