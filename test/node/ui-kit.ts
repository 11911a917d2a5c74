// Kit: the server of the page, and clients of it that say just what they are told to.

import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { PageObject } from '../../src/core/page-data.ts';
import type { TurnRow } from '../../src/core/turn-row.ts';
import { type Feed, makeFeed } from '../../src/node/ui-feed.ts';
import { serveUi, type UiServer, type UiServerInput } from '../../src/node/ui-server.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

interface Served {
  readonly server: UiServer;
  readonly feed: Feed;
  readonly port: number;
  /** Path and query of the address that works once. */
  readonly entrance: string;
}

export const SECRET = 's'.repeat(43);
export const QRID = `qrt:${'v'.repeat(43)}.${SECRET}@http://127.0.0.1:1`;

const OBJECT: PageObject = {
  id: 'o1.0',
  name: 'test',
  owner: 1,
  installation: 'test',
  code: { hash: '00', text: `function test() { return '${QRID}'; }` },
  natives: {},
  power: { value: {}, slots: [] },
  waiting: { rows: 0, first: [] },
};

export async function serve(extra: Partial<UiServerInput> = {}): Promise<Served> {
  const feed = makeFeed();
  const object = (id: string) => (id === 'o1.0' ? OBJECT : undefined);
  const server = await serveUi({
    port: 0,
    feed,
    object,
    onEntered: () => {},
    onFailure: (error) => {
      throw error;
    },
    ...extra,
  });
  onTestFinished(() => server.close('the test is over'));
  const { port, pathname, search } = new URL(server.url);
  return { server, feed, port: Number(port), entrance: `${pathname}${search}` };
}

interface Asked {
  readonly port: number;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function ask({ port, path, method = 'GET', headers = {} }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

interface Session {
  readonly path: string;
  readonly cookie: string;
}

/** Goes in by the address, as the browser does. */
export async function enter({ port, entrance }: Served): Promise<Session> {
  const { headers, body } = await ask({ port, path: entrance });
  const [set] = headers['set-cookie'] ?? [];
  const path = /src="(\/[^/]+\/)page\.js"/.exec(body)?.[1];
  if (set === undefined || path === undefined) throw new Error(`refused: ${body}`);
  return { path, cookie: set.split(';')[0]! };
}

/** A stream as a browser would read it; `text` is what has come so far. */
export function openEvents(port: number, { path, cookie }: Session) {
  const heard = { status: 0, text: '', isOver: false };
  const sent = request(
    { host: '127.0.0.1', port, path: `${path}events`, headers: { cookie } },
    (response) => {
      heard.status = response.statusCode ?? 0;
      response.setEncoding('utf8').on('data', (text) => {
        heard.text += text;
      });
      response.on('close', () => {
        heard.isOver = true;
      });
    },
  );
  sent.on('error', () => {
    heard.isOver = true;
  });
  sent.end();
  onTestFinished(() => void sent.destroy());
  return Object.assign(heard, { end: () => sent.destroy() });
}

export const until = async (check: () => boolean): Promise<void> => {
  for (let tries = 0; !check() && tries < 400; tries += 1) await delay(5);
  expect(check()).toBe(true);
};

export const row = (seq: number): TurnRow => ({
  seq,
  turn: seq,
  timeMs: seq,
  target: 'o1.0',
  owner: 1,
  share: 'operator',
  trace: 'ab',
  status: 'done',
  sends: 0,
  made: 0,
});
