// Status for the page: what a node does now, told by itself or, when it is stopped, by its disk.

import type { PageLink, PageStatus } from '../core/page-data.ts';
import { UI_LINKS_MAX } from '../core/page-limits.ts';
import type { StatusReply } from '../kernel/ports.ts';
import type { LinkHead, PageReader } from '../store/page-reader.ts';
import type { Hello } from './control-frames.ts';

/** What is known without asking. */
export interface StatusHead {
  readonly dir: string;
  readonly vat: string;
  readonly version: string;
  readonly nowMs: number;
  /** Why the node could not be asked, if it could not. */
  readonly problem?: string;
}

/** The status of a running node, which has said it. */
export function presentRunning(
  head: StatusHead,
  said: { readonly status: StatusReply; readonly hello: Hello },
): PageStatus {
  const { hello } = said;
  const { links, ...status } = said.status;
  const shown = links.toSorted((one, two) => urgencyOf(two) - urgencyOf(one));
  return {
    ...status,
    ...head,
    isRunning: true,
    pid: hello.pid,
    version: hello.version,
    ...(hello.sandbox === undefined ? {} : { sandbox: hello.sandbox.level }),
    links: shown.slice(0, UI_LINKS_MAX),
    linksTotal: links.length,
  };
}

/** The status of a node that does not run, as it was committed last. */
export function presentStopped(head: StatusHead, reader: PageReader): PageStatus {
  const totals = reader.totals();
  return {
    ...head,
    isRunning: false,
    urls: [],
    inbox: { rows: totals.inboxRows, bytes: totals.inboxBytes },
    outbox: { rows: totals.outboxRows, bytes: totals.outboxBytes },
    objects: reader.countObjects(),
    turns: totals.turns,
    commits: totals.commits,
    quarantined: totals.quarantined,
    links: reader.links(UI_LINKS_MAX).map((row) => presentLink(row, head.nowMs)),
    linksTotal: reader.countLinks(),
  };
}

function presentLink(row: LinkHead, nowMs: number): PageLink {
  const { vat, petname, state, reason, gaps, refusals, lastRefusal, rows, bytes, oldestMs } = row;
  return {
    vat,
    ...(petname === null ? {} : { petname }),
    state,
    ...(reason === '' ? {} : { reason }),
    urls: [],
    outbox: { rows, bytes },
    ...(oldestMs === null ? {} : { oldestMs: nowMs - oldestMs }),
    gaps,
    refusals,
    ...(lastRefusal === '' ? {} : { lastRefusal }),
    sent: [row.sent1, row.sent2],
    receipted: [row.receipted1, row.receipted2],
    received: [row.received1, row.received2],
  };
}

/** Links that need somebody come first, then those with much to send. */
function urgencyOf({ state, lastError, outbox }: PageLink): number {
  if (state === 'doubt') return Number.POSITIVE_INFINITY;
  if (state !== 'ok') return -1;
  return outbox.rows + (lastError === undefined ? 0 : URGENT);
}

const URGENT = 1_000_000;
