// What pages are told: each from where it is, and no more than it takes.

import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TURNS_REMEMBERED_MAX } from '../../src/core/limits.ts';
import type { PageTurn } from '../../src/core/page-data.ts';
import { makeCursor, makeFeed } from '../../src/node/ui-feed.ts';
import { openStream } from '../../src/node/ui-stream.ts';
import { row, until } from './ui-kit.ts';

describe('page stream', () => {
  it('writes no more while the page takes nothing, and then only what is newest', async () => {
    const feed = makeFeed();
    const sink = new PassThrough({ highWaterMark: 1_000 });
    onTestFinished(() => void sink.destroy());
    openStream({ sink, feed, stuckMs: 60_000, onClose: () => {} });
    const graph = (objectsTotal: number) => ({ objects: [], imports: [], edges: [], objectsTotal });
    const lines = (seq: number) => [
      { seq, timeMs: 1, level: 'x', source: 'x'.repeat(2_000), text: '' },
    ];
    feed.addLog(lines(1));
    const held = sink.readableLength + sink.writableLength;
    for (let n = 2; n < 300; n += 1) {
      feed.setGraph(graph(n));
      feed.addLog(lines(n));
    }
    expect(sink.readableLength + sink.writableLength).toBe(held);
    let text = '';
    sink.on('data', (chunk) => {
      text += chunk;
    });
    await until(() => text.includes('"seq":299'));
    expect(text.match(/"objectsTotal":/g)).toHaveLength(1);
    expect(text).toContain('"objectsTotal":299');
  });
});

describe('page feed', () => {
  it('tells a page that lags the newest state once, and turns that it missed as a gap', () => {
    const feed = makeFeed();
    const cursor = makeCursor();
    const graph = (objectsTotal: number) => ({ objects: [], imports: [], edges: [], objectsTotal });
    feed.setGraph(graph(1));
    feed.addTurns([row(1)], 0);
    expect(feed.take(cursor)).toContain('"at":1');
    expect(feed.take(cursor)).toBe('');
    for (let n = 2; n < 10; n += 1) feed.setGraph(graph(n));
    // The node itself forgot five before the next one.
    feed.addTurns([row(7)], 5);
    for (let n = 0; n < TURNS_REMEMBERED_MAX; n += 1) feed.addTurns([row(8 + n)], 0);
    const text = feed.take(cursor);
    expect(text.match(/event: graph/g)).toHaveLength(1);
    expect(text).toContain('"objectsTotal":9');
    const told = /event: turns\ndata: (.*)/.exec(text)?.[1] ?? '[]';
    const turns = JSON.parse(told) as PageTurn[];
    expect(turns).toHaveLength(TURNS_REMEMBERED_MAX);
    expect([turns[0]?.at, turns.at(-1)?.at]).toEqual([8, 7 + TURNS_REMEMBERED_MAX]);
  });

  it('tells the lines of an older log anew to every page, though their numbers were told', () => {
    const feed = makeFeed();
    const cursor = makeCursor();
    const line = (seq: number, text: string) => ({
      seq,
      timeMs: 1,
      level: 'log',
      source: '',
      text,
    });
    feed.addLog([line(1, 'one'), line(2, 'two')]);
    expect(feed.take(cursor)).toContain('two');
    feed.restartLog();
    expect(feed.take(cursor)).toBe('event: log\ndata: {"life":1,"lines":[]}\n\n');
    feed.addLog([line(1, 'another')]);
    for (const each of [cursor, makeCursor()]) {
      const text = feed.take(each);
      expect(text).toContain('"life":1');
      expect(text).toContain('another');
      expect(text).not.toContain('two');
    }
    expect(feed.take(cursor)).toBe('');
  });

  it('tells nothing twice that did not change', () => {
    const feed = makeFeed();
    const cursor = makeCursor();
    const graph = { objects: [], imports: [], edges: [], objectsTotal: 0 };
    const news: number[] = [];
    feed.onNews(() => news.push(1));
    feed.setGraph(graph);
    feed.take(cursor);
    feed.setGraph({ ...graph });
    expect([feed.take(cursor), news.length]).toEqual(['', 1]);
  });
});
