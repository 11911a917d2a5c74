// Waits for the page: pending promises in words, and arrows from the objects that go on with an answer
// to those that are to give it.

import { isImportId, isObjectId } from '../core/ids.ts';
import type { PageArrow, PageWait, PageWaits } from '../core/page-data.ts';
import { UI_ARROWS_MAX, UI_WAITS_MAX } from '../core/page-limits.ts';
import {
  describeDecider,
  describeHolders,
  describeWaiters,
  describeWaiting,
} from '../core/wait-text.ts';
import type { Decider, Holder, PendingPromise, WaitCycle, Waits } from '../core/waits.ts';
import type { WaitsReader } from '../store/waits-reader.ts';

/** Those that are stuck, then the oldest, up to the bounds of a page. */
export function readPageWaits(reader: Pick<WaitsReader, 'list'>): PageWaits {
  return presentWaits(reader.list({ limit: UI_WAITS_MAX }));
}

export function presentWaits({ promises, cycles, totals }: Waits): PageWaits {
  const { pending, stuck } = totals;
  return {
    promises: promises.map(presentWait),
    cycles: cycles.map(presentCycle),
    arrows: arrowsOf(promises),
    totals: { pending, stuck, cycles: totals.cycles },
  };
}

function presentWait(promise: PendingPromise): PageWait {
  const { id, owner, installation, madeMs, deadlineMs, isStuck, cycle } = promise;
  return {
    ...{ id, owner, installation, madeMs, isStuck },
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(cycle === undefined ? {} : { cycle }),
    waitsFor: describeDecider(promise.decider),
    waitedForBy: describeWaiters(promise.waiters),
    heldBy: describeHolders(promise.holders),
  };
}

function presentCycle({ cycle, isStuck, ring }: WaitCycle): PageWaits['cycles'][number] {
  const { first, count } = ring;
  const lines = first.map(({ id, decider }, at) => {
    const next = first[at + 1] ?? (count === first.length ? first[0] : undefined);
    return `${id} ${describeWaiting(decider, next?.id)}`;
  });
  return { cycle, isStuck, lines, more: count - first.length };
}

function arrowsOf(promises: readonly PendingPromise[]): readonly PageArrow[] {
  const known = new Map(promises.map((promise) => [promise.id, promise]));
  const arrows = new Map<string, PageArrow>();
  for (const promise of promises) {
    const deciders = objectsBehind(promise, known);
    for (const from of waitingFor(promise)) {
      for (const to of deciders) {
        const key = `${from} ${to}`;
        if (arrows.size >= UI_ARROWS_MAX && !arrows.has(key)) continue;
        arrows.set(key, {
          from,
          to,
          isStuck: promise.isStuck || arrows.get(key)?.isStuck === true,
        });
      }
    }
  }
  return [...arrows.values()];
}

/** Objects that go on once a promise is settled: its continuations, else whoever holds it. */
function waitingFor({ waiters, holders }: PendingPromise): ReadonlySet<string> {
  const targets = waiters.first.flatMap(({ fulfilled, rejected }) => [fulfilled, rejected]);
  const objects = targets.filter((id) => id !== undefined).filter(isDrawn);
  return new Set(objects.length > 0 ? objects : holders.first.flatMap(objectsOf));
}

/** Objects whose turn it is to settle a promise, or what it waits for. */
function objectsBehind(
  first: PendingPromise,
  known: ReadonlyMap<string, PendingPromise>,
): ReadonlySet<string> {
  const found = new Set<string>();
  // A set is walked over in the order in which things came in, also those that come meanwhile.
  const near = new Set([first]);
  for (const { decider } of near) {
    for (const id of objectsThatDecide(decider)) found.add(id);
    for (const id of promisesBefore(decider)) {
      const promise = known.get(id);
      if (promise !== undefined) near.add(promise);
    }
  }
  return found;
}

function objectsThatDecide(decider: Decider): readonly string[] {
  if (decider.by === 'message') return [decider.target].filter(isDrawn);
  if (decider.by === 'resolver') return decider.heldBy.first.flatMap(objectsOf);
  const isSent = decider.by === 'continuation' && decider.isSettled;
  const target = isSent ? (decider.fulfilled ?? decider.rejected) : undefined;
  return target !== undefined && isDrawn(target) ? [target] : [];
}

function promisesBefore(decider: Decider): readonly string[] {
  if ('promise' in decider) return [decider.promise];
  return 'of' in decider ? decider.of.first : [];
}

const objectsOf = ({ kind, id, objects = [] }: Holder): readonly string[] => {
  if (kind === 'memory') return objects;
  return kind === 'object' || kind === 'message' ? [id].filter(isDrawn) : [];
};

const isDrawn = (id: string): boolean => isObjectId(id) || isImportId(id);
