// Retry: when a link's next attempt is due. Attempts never give up, they only wait longer.

import { RETRY_HEARD_MS } from '../core/limits.ts';
import { retryDelayMs } from './backoff.ts';
import type { Island } from './island.ts';
import type { Link } from './links.ts';

/** Whether something committed waits for its receipt, or a greeting is due. */
export function hasWork(link: Link): boolean {
  return hasItems(link) || link.delivery.isGreetingDue;
}

/** Whether an attempt has something to deliver, to a peer that did not fail last time. */
export function isLikely(link: Link): boolean {
  return !link.delivery.hasFailed && hasItems(link);
}

function hasItems({ row, committed }: Link): boolean {
  const [one, two] = row.sending;
  return committed[0] > one.receipted || committed[1] > two.receipted;
}

/** Whether anything, committed or not, waits to be sent. */
export function hasPending({ row, delivery }: Link): boolean {
  const [one, two] = row.sending;
  return one.next > one.receipted || two.next > two.receipted || delivery.isGreetingDue;
}

/** When an attempt is due, on the monotonic clock; undefined when there is nothing to do. */
export function dueAtMs(link: Link): number | undefined {
  if (link.row.state !== 'ok' || link.delivery.attempt || !hasWork(link)) return undefined;
  return link.delivery.retryAtMs;
}

/** An attempt came to nothing: the next one waits longer. */
export function markFailed(island: Island, link: Link, reason: string): void {
  const { delivery } = link;
  delivery.failures += 1;
  delivery.hasFailed = true;
  delivery.lastError = reason;
  const now = island.clock.monotonicMs();
  delivery.retryAtMs = now + retryDelayMs(delivery.failures, island.entropy);
  const wasHeard = delivery.heardMs >= delivery.startedMs;
  if (wasHeard && delivery.busy === undefined) retrySoon(link);
}

/** The peer took what it was sent: there is no reason to wait. */
export function markReached(link: Link): void {
  link.delivery.failures = 0;
  link.delivery.hasFailed = false;
  link.delivery.retryAtMs = 0;
  link.delivery.lastError = undefined;
}

/** Something authentic came from the peer: it is there. */
export function markHeard(island: Island, link: Link): void {
  link.delivery.heardMs = island.clock.monotonicMs();
  retrySoon(link);
}

/**
 * The next attempt is due soon, but MUST not come with each word of the peer: one that never
 * receipts would have us seal and send as often as it likes.
 */
function retrySoon({ delivery }: Link): void {
  delivery.retryAtMs = Math.min(delivery.retryAtMs, delivery.startedMs + RETRY_HEARD_MS);
}
