// Test sink: an object of a test vat that does nothing, while the test sees what it was sent.

import { TestObject } from './test-reference.ts';

/** The code of a sink: a message to it is over as soon as it comes. */
export const SINK_CODE = '() => {}';

/** An object that keeps what it is sent, for the test to look at. */
export class TestSink extends TestObject {
  readonly #received: unknown[] = [];

  /** The args of all messages to it whose turn is over, in that order. */
  async received<Args = unknown>(): Promise<readonly Args[]> {
    return this.#received.slice() as Args[];
  }

  /** A message to it came to its end. Not for tests. */
  static note(sink: TestSink, args: unknown): void {
    sink.#received.push(args);
  }
}
