// Retry: when a link's next attempt is due. Attempts never give up, they only wait longer.

import { RETRY_REFUSED_MS } from '../core/flood-limits.ts';
import { RETRY_FIRST_MS, RETRY_HEARD_MS, RETRY_LAST_MS, SETTLE_AGAIN_MS } from '../core/limits.ts';
import { retryDelayMs } from './backoff.ts';
import { isSettling, peerStatement } from './fit.ts';
import type { Island } from './island.ts';
import type { Link } from './links.ts';
import { tagOf } from './statements.ts';

/** Whether something committed waits for its receipt, a greeting is due, or the link is not well. */
export function hasWork(link: Link): boolean {
  if (link.row.state !== 'ok') return link.row.state !== 'dropped';
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
  if (row.state !== 'ok') return row.state !== 'dropped';
  const [one, two] = row.sending;
  return one.next > one.receipted || two.next > two.receipted || delivery.isGreetingDue;
}

/** When an attempt is due, on the monotonic clock; undefined when there is nothing to do. */
export function dueAtMs(link: Link): number | undefined {
  const { delivery, settling } = link;
  if (delivery.attempt || !hasWork(link)) return undefined;
  if (!isSettling(link) || settling.told !== tagOf(link)) return delivery.retryAtMs;
  // A peer that knows no link is for the operator, on either side, to bring back or to give up.
  if (peerStatement(settling.row)?.stage === 'unknown') return undefined;
  // The peer has heard it all; it may be one that cannot reach us.
  return Math.max(delivery.retryAtMs, settling.toldMs + SETTLE_AGAIN_MS);
}

/** What the poster says of a peer that wants us to come later. */
const TOO_MANY = 'HTTP 429';

/** An attempt came to nothing: the next one waits longer. */
export function markFailed(island: Island, link: Link, reason: string): void {
  const { delivery } = link;
  delivery.failures += 1;
  delivery.hasFailed = true;
  delivery.lastError = reason;
  const now = island.clock.monotonicMs();
  const delayMs = retryDelayMs(delivery.failures, island.entropy);
  const leastMs = reason === TOO_MANY ? RETRY_REFUSED_MS : 0;
  delivery.retryAtMs = now + Math.max(leastMs, delayMs);
  const wasHeard = delivery.heardMs >= delivery.startedMs;
  if (wasHeard && delivery.busy === undefined) retrySoon(link);
}

/**
 * The peer has answered a statement: the next one is due soon, if there is one. With each it takes
 * longer: two copies of a vat that both speak to one peer would have it change its mind for ever.
 */
export function markAnswered(link: Link): void {
  const { delivery, settling } = link;
  markReached(link);
  const delayMs = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** Math.min(settling.rounds, 30));
  delivery.retryAtMs = delivery.startedMs + delayMs;
  settling.rounds += 1;
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
  if (link.delivery.hasFailed || !isSettling(link)) retrySoon(link);
}

/**
 * The next attempt is due soon, but MUST not come with each word of the peer: one that never
 * receipts would have us seal and send as often as it likes.
 */
function retrySoon({ delivery }: Link): void {
  delivery.retryAtMs = Math.min(delivery.retryAtMs, delivery.startedMs + RETRY_HEARD_MS);
}
