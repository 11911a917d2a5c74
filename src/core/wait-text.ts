// Wait text: in words what a promise waits for, what waits for it, and who holds it.

import { unreachable } from './errors.ts';
import type { Decider, Holder, Some, Waiter } from './waits.ts';

/** What will settle a promise; goes on after "waits for". */
export function describeDecider(decider: Decider): string {
  switch (decider.by) {
    case 'message':
      return `the answer of ${decider.target}`;
    case 'pipelined':
      return `the answer of what ${decider.promise} ${becomes(decider)}`;
    case 'continuation': {
      return `the answer of ${aims(decider)} once ${decider.promise} ${decider.isSettled ? 'has room' : 'is settled'}`;
    }
    case 'promise':
      return `${decider.promise}, which it follows`;
    case 'all':
    case 'first':
    case 'settled':
      return `Q.${decider.by} of ${listOf(decider.of, (id) => id)}`;
    case 'resolver':
      return `its resolver, held by ${describeHolders(decider.heldBy, 'nobody')}`;
    case 'peer': {
      const { vat, petname = vat, name, number } = decider;
      return `vat ${petname}, ${name === 'item' ? `the answer to our item ${number}` : `its x${number}`}`;
    }
    case 'nobody':
      return 'an answer that nobody gives';
    default:
      return unreachable(decider);
  }
}

/** Whom a continuation is sent to. */
function aims({ fulfilled, rejected }: Pick<Waiter, 'fulfilled' | 'rejected'>): string {
  return [...new Set([fulfilled, rejected])].filter((id) => id !== undefined).join(' or ');
}

const becomes = ({ isSettled }: { readonly isSettled: boolean }): string =>
  isSettled ? 'became, when there is room' : 'becomes';

/** Why a promise waits for the next one of a ring; goes on after its id. */
export function describeWaiting(decider: Decider, next = 'the next'): string {
  switch (decider.by) {
    case 'message':
    case 'peer':
    case 'nobody':
      return `waits for ${describeDecider(decider)}`;
    case 'pipelined':
      return `is the answer to what was sent to ${next}`;
    case 'continuation':
      return `is the answer of a continuation of ${next}`;
    case 'promise':
      return `follows ${next}`;
    case 'all':
    case 'first':
    case 'settled':
      return `is Q.${decider.by} of ${next}${decider.of.count > 1 ? ' and others' : ''}`;
    case 'resolver':
      return `has a resolver that only what waits for ${next} holds`;
    default:
      return unreachable(decider);
  }
}

/** One of those that wait for a promise. */
export function describeWaiter(waiter: Waiter): string {
  const { kind, answer } = waiter;
  switch (kind) {
    case 'message':
      return answer === undefined ? 'a message' : `a message, answered by ${answer}`;
    case 'when':
      return `a continuation to ${aims(waiter)}${answer === undefined ? '' : `, answered by ${answer}`}`;
    case 'follow':
      return `${answer}, which follows it`;
    case 'part':
      return `${answer}, which is made of it`;
    default:
      return unreachable(kind);
  }
}

/** The same of several, in a cell. */
export function describeWaiters(waiters: Some<Waiter>): string {
  if (waiters.count === 0) return '-';
  return listOf(waiters, ({ kind, fulfilled, rejected, answer }) => {
    if (kind === 'message') return 'a message';
    return kind === 'when' ? `a continuation to ${fulfilled ?? rejected}` : String(answer);
  });
}

export function describeHolder({ kind, id, objects = [] }: Holder): string {
  switch (kind) {
    case 'memory':
      return objects.length === 0 ? `memory ${id}` : `memory ${id} of ${objects.join(', ')}`;
    case 'object':
      return `the power of ${id}`;
    case 'message':
      return `a message to ${id}`;
    case 'waiting':
      return `what waits for ${id}`;
    case 'promise':
      return `the value of ${id}`;
    case 'quarantine':
      return `message ${id} in quarantine`;
    case 'request':
      return `the operator's request ${id}`;
    case 'peer':
      return `vat ${id}`;
    default:
      return unreachable(kind);
  }
}

/** Who holds something, in a cell. */
export function describeHolders(holders: Some<Holder>, none = '-'): string {
  return holders.count === 0 ? none : listOf(holders, describeHolder);
}

function listOf<T>({ count, first }: Some<T>, describe: (each: T) => string): string {
  const more = count > first.length ? [`${count - first.length} more`] : [];
  return [...new Set(first.map(describe)), ...more].join(', ');
}
