// Watched store: a real store whose calls a test can count, refuse, or let die.
//
// It holds the kernel to the contract of the store: every write is inside a transaction.

import type { OpenStore } from '../../src/store/open.ts';

/** One call of the store. */
export interface StoreCall {
  readonly name: string;
  readonly input: readonly unknown[];
}

/** What a test does around the calls of a store. What it throws comes out of the call. */
export interface StoreWatch {
  before?(call: StoreCall): void;
  after?(call: StoreCall): void;
}

/** The process dies here. */
export class Death extends Error {}

const CHANGE_WORDS = [
  'insert',
  'update',
  'delete',
  'put',
  'kill',
  'trim',
  'forget',
  'clear',
  'unname',
  'write',
  'countExport',
  'countImport',
] as const;
const WRITES = new RegExp(`^(${CHANGE_WORDS.join('|')})`);

/**
 * Methods that return nothing and so change something, but begin with no word above: there must be
 * none. Where this is not `never`, a word is missing, or the method wants a name that says what it does.
 */
export type UnknownChange = Exclude<
  {
    [Name in keyof OpenStore]: ReturnType<OpenStore[Name]> extends void ? Name : never;
  }[keyof OpenStore],
  `${(typeof CHANGE_WORDS)[number]}${string}` | 'begin' | 'commit' | 'close'
>;

/** Whether a call changes the database or decides about a transaction. */
export function isEffect(call: StoreCall): boolean {
  return WRITES.test(call.name) || call.name === 'begin' || call.name === 'commit';
}

/** `store`, with every call told to `watch`. */
export function watchStore(store: OpenStore, watch: () => StoreWatch | undefined): OpenStore {
  let isOpen = false;
  const watched: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(store)) {
    const call = method as (...input: unknown[]) => unknown;
    watched[name] = (...input: unknown[]): unknown => {
      if (name === 'close') return call();
      if (WRITES.test(name) && !isOpen) throw new Error(`${name} outside of a transaction`);
      const told = { name, input };
      watch()?.before?.(told);
      if (name === 'begin' && isOpen) throw new Error('a transaction within another');
      const result = call(...input);
      if (name === 'begin') isOpen = true;
      if (name === 'commit') isOpen = false;
      watch()?.after?.(told);
      return result;
    };
  }
  return watched as unknown as OpenStore;
}
