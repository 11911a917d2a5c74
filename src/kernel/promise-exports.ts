// Promise exports: which promises of this vat peers know, and which peers are still to be told an end.
//
// A peer that knows a promise holds it, and is told once what becomes of it; see tellings.ts.

import { PEER_ANSWER_BYTES_MAX, PEER_ANSWERS_MAX } from '../core/answer-limits.ts';
import { isPromiseId, type LocalId } from '../core/ids.ts';
import type { Island } from './island.ts';
import type { PromiseExport, PromiseName, PromiseRow } from './promise-store-port.ts';

export interface PromiseExports {
  /** A peer knows the promise by this new name; if it is settled, the peer is to be told. */
  add(name: PromiseName, promise: LocalId, isSettled: boolean): void;
  /** The promise under that name of a peer; undefined for any other thing. */
  get(name: PromiseName): PromiseExport | undefined;
  /** Whether a peer knows the promise. */
  isKnown(promise: LocalId): boolean;
  /** The promise has its end: whoever knows it is to be told. */
  settled(promise: Pick<PromiseRow, 'id' | 'data'>): void;
  /** Who knows the promise by this name is to be told once more. */
  tellAgain(name: PromiseExport): void;
  /** The peer was told, in the open transaction. */
  told(name: PromiseName): void;
  /** So many mentions to the peer count no more. */
  uncount(name: PromiseName, mentions: number): void;
  /** The peer needs it no more. */
  remove(name: PromiseName): void;
  /** Whether a peer has as many answers as may be that it did not give up. */
  isFull(link: number): boolean;
  /** Names of settled promises whose end was not told. */
  readonly untold: ReadonlyMap<string, PromiseExport>;
  /** Names were changed in the store itself, where all promises are written. */
  reload(): void;
}

const keyOf = ({ link, kind, number }: PromiseName): string => `${link} ${kind} ${number}`;

export function makePromiseExports({ store, transaction }: Island): PromiseExports {
  /** Most vats have none: then nothing is looked up. */
  let hasAny = false;
  const answers = makeAnswerCount();
  const untold = new Map<string, PromiseExport>();

  const reload = (): void => {
    hasAny = store.hasPromiseExports();
    answers.clear();
    untold.clear();
    for (const { bytes, ...name } of store.peerAnswers()) answers.set(name, bytes);
    for (const each of store.untoldExports()) untold.set(keyOf(each), each);
  };
  reload();

  return Object.freeze({
    untold,
    reload,
    add(name: PromiseName, promise: LocalId, isSettled: boolean) {
      transaction.join(0);
      store.insertExport({ ...name, local: promise });
      store.countExportSent({ ...name, isGiven: true });
      answers.set(name, 0);
      if (isSettled) untold.set(keyOf(name), { ...name, local: promise, sent: 1 });
      hasAny = true;
    },
    get: (name: PromiseName) => (hasAny ? store.promiseExport(name) : undefined),
    isKnown: (promise: LocalId) => hasAny && isPromiseId(promise) && store.isExported(promise),
    settled({ id, data }: Pick<PromiseRow, 'id' | 'data'>) {
      if (!hasAny) return;
      for (const each of store.exportsOfPromise(id)) {
        untold.set(keyOf(each), each);
        answers.set(each, data.body.length);
      }
    },
    tellAgain(name: PromiseExport) {
      transaction.join(0);
      store.updateExportTold(name, false);
      untold.set(keyOf(name), name);
    },
    told(name: PromiseName) {
      transaction.join(0);
      store.updateExportTold(name, true);
      untold.delete(keyOf(name));
    },
    uncount({ link, kind, number }: PromiseName, mentions: number) {
      transaction.join(0);
      store.countExportSent({ link, kind, number, isGiven: true, mentions: -mentions });
    },
    remove(name: PromiseName) {
      transaction.join(0);
      store.deleteExport(name);
      untold.delete(keyOf(name));
      answers.delete(name);
    },
    isFull: answers.isFull,
  });
}

/** Answers that peers have, and the bytes of what these became. */
function makeAnswerCount() {
  const byLink = new Map<number, { bytes: number; readonly sizes: Map<number, number> }>();
  const remove = ({ link, kind, number }: PromiseName): void => {
    const held = byLink.get(link);
    if (kind !== 'item' || !held) return;
    held.bytes -= held.sizes.get(number) ?? 0;
    held.sizes.delete(number);
  };
  return {
    clear: () => byLink.clear(),
    delete: remove,
    set(name: PromiseName, bytes: number): void {
      if (name.kind !== 'item') return;
      remove(name);
      const held = byLink.get(name.link) ?? { bytes: 0, sizes: new Map<number, number>() };
      held.bytes += bytes;
      held.sizes.set(name.number, bytes);
      byLink.set(name.link, held);
    },
    isFull(link: number): boolean {
      const held = byLink.get(link);
      if (!held) return false;
      return held.sizes.size >= PEER_ANSWERS_MAX || held.bytes >= PEER_ANSWER_BYTES_MAX;
    },
  };
}
