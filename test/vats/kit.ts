// What the tests of shipped guests share: a test vat, and how to ask an object and hear from it.
import { afterEach, expect, vi } from 'vitest';
import {
  makeTestVat,
  type Sink,
  type TestObject,
  type TestReference,
  type TestVat,
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
export type Told = number;

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
  ask<Answer = Record<string, TestObject>>(target: TestObject, args?: object): Promise<Answer>;
  /** Has an object send a message; `heard` says what its answer became. */
  tell(target: TestReference, args?: unknown): Promise<Told>;
  /** What a message was answered; undefined as long as it is not. */
  heard<Value = unknown>(told: Told): Promise<Heard<Value> | undefined>;
  /** Sends a message, runs all that follows, and returns what it was answered. */
  answer<Value = Record<string, TestObject>>(target: TestReference, args?: unknown): Promise<Value>;
  /** Sends a message whose turn must fail; returns why. */
  refused(target: TestObject, args?: unknown): Promise<string>;
  /** The memory of an object, when its form is known. */
  read<Memory = Record<string, unknown>>(object: TestObject): Promise<Memory>;
}

/** Sends in the name of the test, and has the answer told to a sink. */
const ASKER = `({ target, args, told }, { ear }) => {
  Q.when(Q.send(target, args), { fulfilled: ear, rejected: ear, context: told });
}`;

/** A law is tried many times over, each on a vat with a worker of its own. */
vi.setConfig({ testTimeout: 60_000 });

const opened: TestVat[] = [];

afterEach(async () => {
  for (const vat of opened.splice(0)) await vat.close();
});

/** A vat that is closed when its test is over. */
export async function openVat(): Promise<GuestVat> {
  const vat = await makeTestVat();
  opened.push(vat);
  let listener: Sink | undefined;
  let asking: Promise<{ readonly ear: Sink; readonly asker: TestObject }> | undefined;
  let tellings = 0;
  const openAsker = async () => {
    const ear = await vat.sink();
    return { ear, asker: await vat.install({ code: ASKER, power: { ear } }) };
  };

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
    async ask(target, args = {}) {
      listener ??= await vat.sink();
      const before = (await listener.received()).length;
      await guestVat.done(target, { ...args, to: listener });
      const news = (await listener.received()).slice(before);
      expect(news).toHaveLength(1);
      return news[0] as never;
    },
    async tell(target, args = {}) {
      asking ??= openAsker();
      const { asker } = await asking;
      tellings += 1;
      const told = tellings;
      await vat.send(asker, { target, args, told });
      return told;
    },
    async heard(told) {
      const heard = await (await asking)?.ear.received<Heard & { context: Told }>();
      const found = heard?.filter(({ context }) => context === told) ?? [];
      expect(found.length).toBeLessThan(2);
      return found[0] as never;
    },
    async answer(target, args) {
      const told = await guestVat.tell(target, args);
      await vat.run();
      const heard = await guestVat.heard(told);
      expect(heard).toMatchObject({ value: expect.anything() });
      return heard?.value as never;
    },
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
