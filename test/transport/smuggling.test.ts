import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  boxPath,
  closeListeners,
  contactPath,
  openSocket,
  raw,
  startTestListener,
} from './listener-kit.ts';

afterEach(closeListeners);

const TYPE = 'Content-Type: application/octet-stream';
const LENGTH = 'Content-Length: 1';

interface Shape {
  readonly status: string;
  readonly line?: string;
  readonly headers: readonly string[];
  readonly end?: string;
  readonly body?: string;
}

/** What two readers could take for requests of different lengths, or for different requests. */
const SHAPES: Readonly<Record<string, Shape>> = {
  'two lengths that differ': { status: '400', headers: [LENGTH, 'Content-Length: 2'] },
  'two lengths that are alike': { status: '400', headers: [LENGTH, LENGTH] },
  'a list of lengths': { status: '400', headers: ['Content-Length: 1, 1'] },
  'a length and chunks': { status: '400', headers: [LENGTH, 'Transfer-Encoding: chunked'] },
  'chunks and a length': { status: '400', headers: ['Transfer-Encoding: chunked', LENGTH] },
  'an unknown coding': { status: '400', headers: [LENGTH, 'Transfer-Encoding: identity'] },
  'a tab before a coding': { status: '400', headers: [LENGTH, 'Transfer-Encoding:\tchunked'] },
  'a space after a name': { status: '400', headers: ['Content-Length : 1'] },
  'a space after the name of a coding': {
    status: '400',
    headers: [LENGTH, 'Transfer-Encoding : chunked'],
  },
  'chunks alone': { status: '411', headers: ['Transfer-Encoding: chunked'], body: '0\r\n\r\n' },
  'chunks with a trailer': {
    status: '411',
    headers: ['Transfer-Encoding: chunked', 'Trailer: Content-Length'],
    body: '0\r\nContent-Length: 1\r\n\r\n',
  },
  'no length': { status: '411', headers: [], body: '' },
  'a sign': { status: '400', headers: ['Content-Length: +1'] },
  'a minus': { status: '400', headers: ['Content-Length: -1'] },
  hexadecimal: { status: '400', headers: ['Content-Length: 0x1'] },
  'a space within': { status: '400', headers: ['Content-Length: 1 1'] },
  nothing: { status: '400', headers: ['Content-Length: '] },
  'a zero in front': { status: '411', headers: ['Content-Length: 01'] },
  'more than 64 bits': { status: '400', headers: ['Content-Length: 18446744073709551617'] },
  'more than a number holds': { status: '411', headers: ['Content-Length: 9007199254740993'] },
  'a folded header': { status: '400', headers: [LENGTH, 'X: a\r\n b'] },
  'a folded length': { status: '400', headers: ['Content-Length:\r\n 1'] },
  'a folded coding': { status: '400', headers: [LENGTH, 'Transfer-Encoding:\r\n chunked'] },
  'bare line feeds': { status: '400', headers: [LENGTH], end: '\n' },
  'one bare line feed': { status: '400', headers: [`X: y\n${LENGTH}`] },
  'a bare return': { status: '400', headers: [LENGTH, 'X: a\rContent-Length: 9'] },
  'a zero byte': { status: '400', headers: [LENGTH, 'X: a\0b'] },
  'two types': { status: '400', headers: [LENGTH, 'Content-Type: text/plain'] },
  'two hosts': { status: '400', headers: [LENGTH, 'host: y'] },
  'an absolute form': {
    status: '404',
    line: `POST http://x${boxPath} HTTP/1.1`,
    headers: [LENGTH],
  },
  'a version that is none': { status: '400', line: `POST ${boxPath} HTTP/3.1`, headers: [LENGTH] },
  'a method that is none': { status: '400', line: `BOX ${boxPath} HTTP/1.1`, headers: [LENGTH] },
  'an expectation that is none': { status: '417', headers: [LENGTH, 'Expect: 200-maybe'] },
};

const SMUGGLED = `GET ${contactPath} HTTP/1.1\r\nHost: x\r\n\r\n`;

function textOf({ line, headers, end = '\r\n', body = 'x' }: Shape): string {
  const first = line ?? `POST ${boxPath} HTTP/1.1`;
  return [first, 'Host: x', TYPE, ...headers, '', ''].join(end) + body;
}

describe('what two readers could read differently', () => {
  it.each(Object.entries(SHAPES))(
    '%s is refused, and nothing behind it is read',
    async (_, shape) => {
      const test = await startTestListener();
      const reply = await raw(test, textOf(shape) + SMUGGLED);
      expect(reply).toMatch(new RegExp(`^HTTP/1.1 ${shape.status} `));
      expect(reply.match(/HTTP\/1\.1/g)).toHaveLength(1);
      expect(reply.length).toBeLessThan(500);
      expect(test.inputs).toEqual([]);
    },
  );

  it('requests one behind the other are answered in order, also when one of them is refused', async () => {
    const test = await startTestListener();
    const box = (body: string): string => textOf({ status: '', headers: [LENGTH], body });
    const reply = await raw(test, box('a') + SMUGGLED + box('b') + box('c').replace('/1/', '/2/'));
    expect(reply.match(/HTTP\/1\.1 \d+/g)?.map((line) => line.slice(-3))).toEqual([
      '200',
      '200',
      '200',
      '404',
    ]);
    const boxes = test.inputs.flatMap((input) => (input.type === 'box' ? [...input.bytes] : []));
    expect(boxes).toEqual([97, 98]);
  });

  it('who waits for a word before its body gets it only for a body that will be read', async () => {
    const test = await startTestListener();
    const expecting = (length: number): string =>
      textOf({
        status: '',
        headers: [`Content-Length: ${length}`, 'Expect: 100-continue', 'Connection: close'],
        body: '',
      });
    const large = await raw(test, expecting(2_000_000));
    expect(large).toMatch(/^HTTP\/1.1 413 /);
    expect(large).not.toContain('100 Continue');
    const socket = openSocket(test.listener);
    let heard = '';
    socket.on('data', (bytes) => {
      heard += bytes;
    });
    socket.write(expecting(1));
    while (!heard.includes('100 Continue')) await sleep(2);
    expect(test.inputs).toEqual([]);
    socket.write('x');
    while (!heard.includes('HTTP/1.1 200')) await sleep(2);
    expect(test.inputs).toHaveLength(1);
  });

  it('an upgrade is not made: the request is one like any other', async () => {
    const test = await startTestListener();
    const headers = [LENGTH, 'Connection: close, Upgrade', 'Upgrade: h2c'];
    expect(await raw(test, textOf({ status: '', headers }))).toMatch(/^HTTP\/1.1 200 /);
    expect(await raw(test, 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('');
    expect(test.inputs).toHaveLength(1);
  });
});
