// Peer: a vat that a test plays by hand over real HTTP, and that remembers each thing it was told.

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { VatId } from '../../src/core/ids.ts';
import * as wire from '../spec/wire.ts';

/** A receipt that the node gave: what it says that it has. */
interface ToldReceipt {
  readonly nonce: Uint8Array;
  readonly next: number;
}

/** A box that the node sent: its items are promised for ever. */
interface ToldBox {
  readonly nonce: Uint8Array;
  readonly first: number;
  readonly items: readonly Uint8Array[];
}

export interface Peer {
  readonly id: VatId;
  readonly receipts: readonly ToldReceipt[];
  readonly boxes: readonly ToldBox[];
  /** Tails of what it sent: at index n the one before item n + 1. */
  tails(): readonly Uint8Array[];
  /** Sends the next items and waits for the receipt of the node at `url`. */
  send(url: string, items: readonly Uint8Array[]): Promise<void>;
  /** A message to what the first item redeemed; `gives` hands over a thing of this peer. */
  message(args: object, gives?: boolean): Uint8Array;
  close(): Promise<void>;
}

const TRACE = 'fedcba9876543210'.repeat(2);
const GIVEN = { $: 0 };

/** A peer of `node` on a free port; one box of three that it gets goes without a receipt. */
export async function startPeer(node: { readonly vat: VatId }): Promise<Peer> {
  const keys = wire.makeKeys();
  const receipts: ToldReceipt[] = [];
  const boxes: ToldBox[] = [];
  const sent: Uint8Array[] = [];
  const got: Uint8Array[] = [];
  let asked = 0;

  const takeBox = (bytes: Buffer): Uint8Array | undefined => {
    const { nonce } = wire.splitEnvelope(bytes);
    const text = wire.open(keys, bytes);
    if (text === undefined) throw new Error('a box of the node does not open');
    const { first, items } = wire.readBox(text).lanes[0];
    boxes.push({ nonce: Uint8Array.from(nonce), first, items: items.map((i) => Buffer.from(i)) });
    asked += 1;
    if (asked % 3 === 0) return undefined;
    got.push(...items.slice(got.length + 1 - first).map((item) => Buffer.from(item)));
    const tail = wire.tailsOf(got).at(-1)!;
    const lane = { next: got.length + 1, tail };
    const parts = { from: keys.id, to: node.vat, request: nonce, lane };
    return wire.seal(keys, node.vat, wire.receiptText(parts));
  };

  const server = createServer((request, response) => {
    if (request.method === 'GET') return void response.end(record);
    const answer = async (): Promise<void> => {
      const reply = takeBox(await readAll(request));
      if (reply === undefined) return void response.writeHead(503).end();
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(reply);
    };
    answer().catch((error) => response.destroy(error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const record = wire.contactText(keys, [url]);

  return Object.freeze<Peer>({
    id: keys.id,
    receipts,
    boxes,
    tails: () => wire.tailsOf(sent),
    message(args, gives = false) {
      const head = ['message', 'q1', gives ? ['x1'] : [], 0, 0, TRACE];
      const body = gives ? { ...args, to: GIVEN } : args;
      return Buffer.from(`${JSON.stringify(head)}\n${JSON.stringify(body)}`);
    },
    async send(nodeUrl, items) {
      const lane = { first: sent.length + 1, tail: wire.tailsOf(sent).at(-1)!, items };
      sent.push(...items);
      const box = { from: keys.id, to: node.vat, lane, linked: lane.first > 1, contacts: [record] };
      const bytes = wire.seal(keys, node.vat, wire.boxText(box));
      const reply = await fetch(`${nodeUrl}/qrt/1/vat/${node.vat}/box`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: bytes,
      });
      if (reply.status !== 200) throw new Error(`the node answered ${reply.status}`);
      const envelope = Buffer.from(await reply.arrayBuffer());
      const { next, stop } = wire.readReceipt(wire.open(keys, envelope)!).lanes[0];
      if (stop !== 'nothing') throw new Error(`the node stopped: ${stop}`);
      receipts.push({ nonce: Uint8Array.from(wire.splitEnvelope(envelope).nonce), next });
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  });
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
