// What the tests of shipped guests share: a test vat, and how to ask an object and hear from it.
import { afterEach, expect, vi } from 'vitest';
import {
  makeTestVat,
  type SendOptions,
  type Sink,
  type TestAnswer,
  type TestObject,
  type TestReference,
  type TestVat,
  type TestVatOptions,
  type TurnResult,
} from '../../src/testing/make-test-vat.ts';
import { readGuest } from './guest-code.ts';

export type {
  Sink,
  TestObject,
  TestReference,
} from '../../src/testing/make-test-vat.ts';
export { readGuest, readGuestCode } from './guest-code.ts';

interface InstallOptions {
  readonly power?: Record<string, unknown>;
  readonly grants?: readonly string[];
}

/** A message that was sent for an answer. */
export type Told = TestAnswer;

/** What became of the promise of an answer. */
interface Heard<Value = unknown> {
  readonly value?: Value;
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string };
}

export interface GuestVat extends TestVat {
  /** Installs a guest of `vats/`. */
  guest(name: string, options?: InstallOptions): Promise<TestObject>;
  /** Installs an object of the test itself. */
  object(code: string, power?: Record<string, unknown>): Promise<TestObject>;
  /** Sends a message and runs its turn, which must be done, and all that follows from it. */
  done(target: TestObject, args?: unknown): Promise<readonly TurnResult[]>;
  /** Sends a message with a sink as `to`, and returns what the sink is sent. */
  news<Answer = Record<string, TestObject>>(target: TestObject, args?: object): Promise<Answer>;
  /** Sends a message; `heard` says what its answer became. */
  tell(target: TestReference, args?: unknown): Promise<Told>;
  /** What a message was answered; undefined as long as it is not. */
  heard<Value = unknown>(told: Told): Promise<Heard<Value> | undefined>;
  /** Sends a message, runs all that follows, and returns what it was answered. */
  answer<Value = Record<string, TestObject>>(
    target: TestReference,
    args?: unknown,
    options?: SendOptions,
  ): Promise<Value>;
  /** Sends a message whose turn must fail; returns why. */
  refused(target: TestObject, args?: unknown): Promise<string>;
  /** The memory of an object, when its form is known. */
  read<Memory = Record<string, unknown>>(object: TestObject): Promise<Memory>;
}

/** A law is tried many times over, each on a vat with a worker of its own. */
vi.setConfig({ testTimeout: 60_000 });

const opened: TestVat[] = [];

afterEach(async () => {
  for (const vat of opened.splice(0)) await vat.close();
});

/** A vat that is closed when its test is over. */
export async function openVat(options: TestVatOptions = {}): Promise<GuestVat> {
  const vat = await makeTestVat(options);
  opened.push(vat);
  let listener: Sink | undefined;
  const guestVat: GuestVat = {
    ...vat,
    guest: (name, options = {}) => vat.install({ code: readGuest(name), name, ...options }),
    object: (code, power = {}) => vat.install({ code, power }),
    async done(target, args) {
      await vat.send(target, args);
      const turns = await vat.run();
      expect(turns[0]?.failure).toBeUndefined();
      expect(turns[0]).toMatchObject({ target, status: 'done' });
      return turns;
    },
    async news(target, args = {}) {
      listener ??= await vat.sink();
      const before = (await listener.received()).length;
      await guestVat.done(target, { ...args, to: listener });
      const news = (await listener.received()).slice(before);
      expect(news).toHaveLength(1);
      return news[0] as never;
    },
    tell: (target, args = {}) => vat.ask(target, args),
    heard: async (told) => (await told.end()) as never,
    answer: (target, args = {}, options) => vat.answer(target, args, options) as never,
    async refused(target, args) {
      await vat.send(target, args);
      const [turn] = await vat.run();
      expect(turn).toMatchObject({ target, status: 'failed', sends: [], made: [] });
      return turn!.failure!.message;
    },
    async read(object) {
      return (await vat.memory(object)) as never;
    },
  };
  return guestVat;
}
