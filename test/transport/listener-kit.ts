// A listener for tests, and clients that say exactly what they are told; `closeListeners` ends them.

import { connect, type Socket } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { makeVatId } from '../../src/core/ids.ts';
import {
  type Listener,
  type ListenerLimits,
  type ListenerOptions,
  startListener,
} from '../../src/transport/listener.ts';
import type { ListenerInput } from '../../src/transport/waiting-replies.ts';

export const vat = makeVatId(new Uint8Array(32).fill(1));
export const otherVat = makeVatId(new Uint8Array(32).fill(2));
export const boxPath = `/qrt/1/vat/${vat}/box`;
export const contactPath = `/qrt/1/vat/${vat}/contact`;
export const octets = { 'content-type': 'application/octet-stream' };

const open: Listener[] = [];
/** For `afterEach`. */
export async function closeListeners(): Promise<void> {
  await Promise.all(open.splice(0).map((listener) => listener.close()));
}

export interface TestListener {
  readonly listener: Listener;
  readonly inputs: ListenerInput[];
  readonly url: string;
}

/** Echoes boxes unless told otherwise. */
export async function startTestListener(
  limits: Partial<ListenerLimits> = {},
  answer?: (input: ListenerInput, listener: Listener) => void,
  options: Partial<ListenerOptions> = {},
): Promise<TestListener> {
  const inputs: ListenerInput[] = [];
  const listener: Listener = await startListener({
    host: '127.0.0.1',
    port: 0,
    vat,
    version: '0.0.0-test',
    configPath: 'qrt.json',
    limits,
    ...options,
    onInput: (input) => {
      inputs.push(input);
      if (answer) answer(input, listener);
      else {
        const bytes = input.type === 'box' ? input.bytes : new Uint8Array(Buffer.from('{}'));
        listener.reply({ ticket: input.ticket, status: 200, bytes });
      }
    },
  });
  open.push(listener);
  return { listener, inputs, url: `http://127.0.0.1:${listener.port}` };
}

export function postBox(url: string, body: Uint8Array<ArrayBuffer>): Promise<Response> {
  return fetch(url + boxPath, { method: 'POST', headers: octets, body });
}

/** Sends text as it is and resolves to all that comes back until the listener closes. */
export async function raw({ listener }: TestListener, text: string): Promise<string> {
  const socket = openSocket(listener);
  socket.write(text);
  return readText(socket);
}

export function openSocket({ port }: Listener): Socket {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  return socket;
}

export function rawBox(headers: readonly string[], body = ''): string {
  const lines = [`POST ${boxPath} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', body];
  return lines.join('\r\n');
}
