// Stream of the page: server-sent events for one page, for as long as it takes them.

import type { Writable } from 'node:stream';
import { type Cursor, type Feed, makeCursor } from './ui-feed.ts';

/** The side of a response that a stream writes to. */
type StreamSink = Pick<Writable, 'write' | 'end' | 'destroy' | 'once' | 'on' | 'writableEnded'>;

export interface UiStream {
  /** Writes a last event and ends. */
  end(lastEvent: string): void;
}

export interface UiStreamInput {
  readonly sink: StreamSink;
  readonly feed: Feed;
  /** How long the page may take nothing. */
  readonly stuckMs: number;
  readonly onClose: () => void;
}

/** Without any news a line goes out this often, so that a connection that is gone is noticed. */
const ALIVE_MS = 10_000;

/** Tells a page all that the feed has, and then what is new. */
export function openStream({ sink, feed, stuckMs, onClose }: UiStreamInput): UiStream {
  const cursor: Cursor = makeCursor();
  let stuck: NodeJS.Timeout | undefined;

  const write = (text: string): void => {
    // MUST not write more while this waits: the rest stays in the feed, where it is bounded.
    if (sink.write(text) || stuck !== undefined) return;
    stuck = setTimeout(() => sink.destroy(), stuckMs);
    sink.once('drain', () => {
      clearTimeout(stuck);
      stuck = undefined;
      pump();
    });
  };
  const pump = (): void => {
    if (stuck !== undefined || sink.writableEnded) return;
    const text = feed.take(cursor);
    if (text !== '') write(text);
  };

  const forget = feed.onNews(pump);
  const alive = setInterval(() => {
    if (stuck === undefined) write(': alive\n\n');
  }, ALIVE_MS);
  sink.on('close', () => {
    forget();
    clearInterval(alive);
    clearTimeout(stuck);
    onClose();
  });
  // The browser tries again by itself, soon: the command may have been busy.
  write('retry: 1000\n\n');
  pump();
  return Object.freeze({
    end: (lastEvent: string) => void sink.end(lastEvent),
  });
}
