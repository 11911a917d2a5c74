// Doubt: what the operator sees of links that stand still, and decides about them.

import { QrtError } from '../core/errors.ts';
import type { DoubtedItem, DoubtedLink, DoubtReply, SettleReply } from '../kernel/settle-ports.ts';
import { askNode } from './ask.ts';
import { openBaseDir } from './base-dir.ts';
import { checkPeer, type PeerInput } from './peers.ts';
import { makeRequestId } from './request-id.ts';

export type { DoubtedItem, DoubtedLink };

/** Links that are in doubt or not checked yet. */
export async function listDoubt(dir: string): Promise<readonly DoubtedLink[]> {
  return (await askNode<DoubtReply>(openBaseDir(dir), { type: 'doubt' })).value.links;
}

/** One part of what there is to say of a link. */
export interface DoubtPage {
  /** Absent when the link is neither in doubt nor unchecked. */
  readonly link: DoubtedLink | undefined;
  readonly items: readonly DoubtedItem[];
}

/** One link with its items in doubt, page by page; there is at least one page. */
export async function* readDoubt({ dir, peer }: PeerInput): AsyncGenerator<DoubtPage> {
  const base = openBaseDir(dir);
  let after = 0;
  for (;;) {
    const request = { type: 'doubt', peer: checkPeer(peer), after, limit: PAGE_ITEMS } as const;
    const { links, items = [], hasMore } = (await askNode<DoubtReply>(base, request)).value;
    yield { link: links[0], items };
    if (!hasMore) return;
    after = items.at(-1)?.number ?? after;
  }
}

const PAGE_ITEMS = 1_000;

/** What a decision came to. */
export type Settled = SettleReply;

export interface SettleInput extends PeerInput {
  /** Numbers of items as `3,5-9`, or `all`. */
  readonly resend: string | undefined;
  readonly discard: string | undefined;
  /** Begin anew with a peer that has lost the link. */
  readonly reset: boolean;
}

/** Decides. Throws QRT_ARGUMENT_INVALID, QRT_LINK_UNDOUBTED, QRT_RESET_REFUSED. */
export async function settleDoubt(input: SettleInput): Promise<Settled> {
  const { dir, peer, reset } = input;
  const chosen = CHOICES.map((choice) => ({ choice, ...parseItems(choice, input[choice]) }));
  const all = chosen.filter(({ isAll }) => isAll);
  if (all.length > 1) throw invalid('--resend and --discard', 'only one of them can be for all');
  const choices = chosen.flatMap(({ choice, spans }) => spans.map((span) => ({ ...span, choice })));
  assertApart(choices);
  const request = {
    type: 'settle',
    id: makeRequestId(),
    peer: checkPeer(peer),
    choices,
    ...(all[0] && { rest: all[0].choice }),
    ...(reset && { reset }),
  } as const;
  return (await askNode<SettleReply>(openBaseDir(dir), request)).value;
}

const CHOICES = ['resend', 'discard'] as const;

interface Span {
  readonly from: number;
  readonly to: number;
}

interface ChosenItems {
  readonly isAll: boolean;
  readonly spans: readonly Span[];
}

function parseItems(option: string, text: string | undefined): ChosenItems {
  if (text === undefined) return { isAll: false, spans: [] };
  if (text === 'all') return { isAll: true, spans: [] };
  const parts = text.split(',');
  if (parts.length > SPANS_MAX) {
    throw invalid(`--${option}`, `at most ${SPANS_MAX} numbers and ranges in one go`);
  }
  return { isAll: false, spans: parts.map((part) => parseSpan(option, part)) };
}

/** As many as one request may have. */
const SPANS_MAX = 500;
const SPAN = /^(\d{1,15})(?:-(\d{1,15}))?$/;

function parseSpan(option: string, part: string): Span {
  const [, first, last = first] = SPAN.exec(part) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (from >= 1 && to >= from) return { from, to };
  throw invalid(`--${option}`, 'give numbers of items such as 3,5-9, or all');
}

/** What is to become of an item is said once. */
function assertApart(spans: readonly Span[]): void {
  const sorted = spans.toSorted((one, other) => one.from - other.from);
  const double = sorted.find((span, index) => span.from <= (sorted[index - 1]?.to ?? 0));
  if (double === undefined) return;
  throw invalid(`Item ${double.from}`, 'it is named twice: say once what becomes of it');
}

const invalid = (what: string, reason: string): QrtError =>
  new QrtError('QRT_ARGUMENT_INVALID', { what, reason });
