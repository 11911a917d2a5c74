// Settler: how a link in doubt comes to be well again, step by step, each of them durable.
//
//   doubt ──(fits, or decided)──► ready ──(the peer is ready, too)──► done ──(the peer is done)──► ok
//
// A mark of ours stands together with one mark of the peer for ever, and with such a pair each side
// has one final word. Who sees another mark draws a new one of its own: so a word that is repeated,
// or comes from an older copy of the peer, never counts for what is settled now.

import {
  encodeStatement,
  formatStatement,
  type Statement,
  skipOne,
  startExports,
  startLane,
} from '../core/statement.ts';
import type { CommonHistory } from './common-history.ts';
import type { OwnFacts } from './facts.ts';
import { isSameMark, isSettling, pairedStatement, peerStatement } from './fit.ts';
import type { Island } from './island.ts';
import { MARK_BYTES } from './link-rows.ts';
import type { LaneListener, Link, Links } from './links.ts';
import type { Outbox } from './outbox.ts';
import type { Renumber } from './renumber.ts';
import type { SettlingRow } from './settle-store-port.ts';

export interface Settler {
  /** Takes a statement of the peer that cannot be older than our present mark. */
  hear(link: Link, statement: Statement): void;
  /** The operator has said what becomes of everything. */
  decided(link: Link): void;
  /** Begins a link anew that the peer has lost. */
  reset(link: Link): void;
}

interface Parts {
  readonly links: Links;
  readonly outbox: Outbox;
  readonly facts: OwnFacts;
  readonly common: CommonHistory;
  readonly renumber: Renumber;
  readonly onLane: LaneListener;
}

export function makeSettler(island: Island, parts: Parts): Settler {
  const { entropy } = island;
  const { links, common } = parts;

  const redraw = (link: Link, echo: Uint8Array | undefined): void => {
    if (link.row.state !== 'doubt') {
      links.doubt(link, 'the peer did not begin anew as was settled');
    } else {
      const row = link.settling.row!;
      const fresh = { mark: entropy(MARK_BYTES), peerMark: undefined, final: undefined };
      Object.assign(row, fresh, { stage: 'doubt' });
      Object.assign(link.settling, { search: undefined, match: undefined });
      links.touchSettling(link);
    }
    link.settling.echo = echo;
  };

  /** Whether the statement is one for our present mark. */
  const isForUs = ({ mark }: SettlingRow, { yours, stage }: Statement): boolean =>
    yours ? isSameMark(yours, mark) : stage !== 'done';

  const hear = (link: Link, said: Statement): void => {
    const row = link.settling.row!;
    const { mark } = said;
    if (said.stage === 'unknown') {
      // What it will know when it is back may be something else.
      if (peerStatement(row)?.facts) undecide(island, links, link);
      if (row.peerMark) redraw(link, undefined);
      link.settling.row!.peer = textOf(said);
      links.touchSettling(link);
      return;
    }
    if (!mark) return;
    if (row.peerMark && !isSameMark(row.peerMark, mark)) return redraw(link, mark);
    if (said.stage === 'asked' || !isForUs(row, said)) {
      if (!row.peerMark) link.settling.echo = mark;
      return;
    }
    row.peerMark = mark;
    link.settling.echo = undefined;
    if (said.match) common.learn(link, said.match);
    link.settling.match = common.matchOf(link, said) ?? link.settling.match;
    if (takeFacts(link, said)) advance(link);
  };

  /** Returns whether what the peer says goes on from what it said before. */
  const takeFacts = (link: Link, said: Statement): boolean => {
    const row = link.settling.row!;
    const before = peerStatement(row);
    const isSamePair = before?.mark && isSameMark(before.mark, said.mark!);
    if (isSamePair && isFinal(before)) {
      // An older word of the peer, or one of an older copy of it: the final one stands.
      if (!isFinal(said)) return true;
      if (formatStatement(before) !== formatStatement(said)) {
        redraw(link, said.mark);
        return false;
      }
    } else if (before?.facts && !isSameTaken(before, said)) undecide(island, links, link);
    row.peer = textOf(said);
    links.touchSettling(link);
    return true;
  };

  const advance = (link: Link): void => goOn(island, parts, link);

  return Object.freeze({
    hear(link: Link, statement: Statement) {
      if (isSettling(link)) hear(link, statement);
    },
    decided(link: Link) {
      link.settling.rounds = 0;
      advance(link);
    },
    reset: (link: Link) => reset(island, parts, link),
  });
}

/** The operator has decided about something else than what the peer says now. */
function undecide({ store }: Island, links: Links, link: Link): void {
  const row = link.settling.row!;
  if (!row.isDecided) return;
  row.isDecided = false;
  row.rest = undefined;
  // MUST share the transaction in which the link is undecided again.
  links.touchSettling(link);
  store.deleteChoices(row.link);
}

/** Takes all steps that what is known allows. */
function goOn(island: Island, parts: Parts, link: Link): void {
  const { links, facts } = parts;
  const row = link.settling.row!;
  const heard = pairedStatement(link);
  if (!heard?.facts) return;
  const isKnown = facts.ask(link).length === 0;
  if (row.stage === 'doubt' && isKnown && (row.isDecided || facts.areFit(link))) {
    row.final = textOf({
      ...{ kind: 'settle', from: island.sealer.vat, to: link.row.vat, contacts: [] },
      ...{ mark: row.mark, yours: row.peerMark, stage: 'ready', request: undefined },
      facts: facts.of(link, true),
      ...{ checkpoints: [], match: undefined },
    });
    row.stage = 'ready';
    links.touchSettling(link);
  }
  const isMutual = isFinal(heard) && isSameMark(heard.yours!, row.mark);
  if (row.stage === 'ready' && isMutual) begin(island, parts, link, heard);
  if (row.stage === 'done' && isMutual && heard.stage === 'done') links.checked(link);
  links.setActive(link, true);
}

/** Begins the lanes anew by both final statements. */
function begin(island: Island, parts: Parts, link: Link, peer: Statement): void {
  const { links, outbox, renumber, onLane } = parts;
  const row = link.settling.row!;
  const own = peerStatement({ ...row, peer: row.final })!;
  const [one, two] = own.facts!.lanes;
  if (one.kept > link.row.sending[0].receipted) {
    outbox.discard(link, 1, one.kept);
    onLane(link, one.kept, 'stored');
  }
  outbox.discard(link, 2, two.kept);
  const start = (sender: Statement, receiver: Statement, lane: 0 | 1) =>
    startLane(island.sha256, { sender, receiver, lane });
  renumber(link, {
    peer: peer.facts!,
    lanes: [one.kept, two.kept],
    common: own.facts!.common,
    exports: own.facts!.exports.kept,
    sending: [start(own, peer, 0), start(own, peer, 1)],
    receiving: [start(peer, own, 0), start(peer, own, 1)],
    nextExport: startExports(own.facts!, peer.facts!),
    isLost: false,
  });
  link.row.isKnownToPeer = true;
  row.stage = 'done';
  links.touchSettling(link);
  links.begun(link, 'settled, and the peer has not confirmed it yet');
}

/** What a peer says that knows of no link: nothing of ours, and nothing that it ever gave. */
const NOTHING = { kept: 1, next: 1, receivedNext: 0, receivedTail: new Uint8Array(0) };
const LOST = {
  lanes: [NOTHING, NOTHING],
  exports: { kept: 1, next: 1, seen: 0 },
  common: 1,
} as const;

const TAIL_BYTES = 32;

function reset(island: Island, { links, renumber }: Parts, link: Link): void {
  const { sending, receiving, nextExport } = link.row;
  // Tails that nobody could have stated before: what is repeated from the lost link never fits.
  const tail = (): Uint8Array => island.entropy(TAIL_BYTES);
  const out = (index: 0 | 1) => ({ next: skipOne(sending[index].next), tail: tail() });
  const into = (index: 0 | 1) => ({ next: skipOne(receiving[index].next), tail: tail() });
  renumber(link, {
    peer: LOST,
    lanes: [sending[0].receipted, sending[1].receipted],
    common: 1,
    exports: nextExport,
    sending: [out(0), out(1)],
    receiving: [into(0), into(1)],
    nextExport,
    isLost: true,
  });
  link.row.isKnownToPeer = false;
  // Nor does it know where this vat is.
  link.row.recordSent = 0;
  const row = link.settling.row!;
  Object.assign(row, { stage: 'reset', peer: undefined, final: undefined, peerMark: undefined });
  links.touchSettling(link);
  links.begun(link, '');
  links.checked(link);
}

const isFinal = ({ stage }: Statement): boolean => stage === 'ready' || stage === 'done';

/** Whether the peer says that it took the same as before. */
function isSameTaken(before: Statement, said: Statement): boolean {
  const taken = ({ facts }: Statement): string =>
    JSON.stringify(
      facts?.lanes.map((lane) => [
        lane.receivedNext,
        Buffer.from(lane.receivedTail).toString('hex'),
      ]),
    );
  return taken(before) === taken(said);
}

/** A statement as it is kept. */
function textOf(statement: Statement): string {
  const passing = { checkpoints: [], match: undefined, contacts: [], request: undefined } as const;
  const kept = { ...statement, ...passing, kind: 'settle' } as const;
  return Buffer.from(encodeStatement(kept)).toString();
}
