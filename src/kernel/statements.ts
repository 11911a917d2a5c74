// Statements: what this vat tells a peer about a link in doubt, and how it answers such a word.
//
// A statement changes nothing unless it names the mark that was told last, which an old one cannot.

import { encodeStatement, parseStatement, type Statement } from '../core/statement.ts';
import { type Envelope, encodeEnvelope, NONCE_BYTES, parseEnvelope } from '../core/wire.ts';
import type { AddressBook } from './address-book.ts';
import type { CommonHistory } from './common-history.ts';
import type { OwnFacts } from './facts.ts';
import { isSameMark, isSettling, peerStatement } from './fit.ts';
import type { Island } from './island.ts';
import { MARK_BYTES } from './link-rows.ts';
import type { Attempt, Link, Links } from './links.ts';
import type { Settler } from './settler.ts';

/** A sealed statement and what its answer is compared with. */
type SealedStatement = Pick<Attempt, 'nonce' | 'serial' | 'tag'> & {
  readonly bytes: Uint8Array;
};

export interface Statements {
  make(link: Link): SealedStatement;
  /** Takes the bytes of an answer. Returns undefined, or why they are none. */
  take(link: Link, attempt: Attempt, bytes: Uint8Array): string | undefined;
  /** The sealed answer to a statement of `link`'s peer, which may be no link at all. */
  answer(link: Link | undefined, envelope: Envelope, said: Statement): Uint8Array;
}

interface Parts {
  readonly links: Links;
  readonly book: AddressBook;
  readonly facts: OwnFacts;
  readonly common: CommonHistory;
  readonly settler: Settler;
}

export function makeStatements(island: Island, parts: Parts): Statements {
  const { sealer, entropy } = island;
  const { links, book, settler } = parts;

  /** The mark by which the peer of a link that is well can show that it speaks now. */
  const candidateOf = ({ settling }: Link): Uint8Array => {
    settling.candidate ??= entropy(MARK_BYTES);
    return settling.candidate;
  };

  /** What a link that is well says of itself. */
  const calm = (link: Link, said: Statement): Words => {
    const { row } = link.settling;
    const isOld = row?.stage === 'done' && said.mark && isSameMark(row.peerMark!, said.mark);
    // The peer has not heard that we have begun anew by its word, or is an older copy that still asks.
    if (isOld) return { ...wordsOf(parts.facts, link), match: parts.common.matchOf(link, said) };
    return { ...BARE, mark: candidateOf(link), yours: said.mark, stage: 'asked' };
  };

  const words = (link: Link): Words => wordsOf(parts.facts, link);

  const hear = (link: Link, said: Statement): void => {
    const { candidate } = link.settling;
    if (isSettling(link)) {
      const { mark } = link.settling.row!;
      if (said.yours && isSameMark(said.yours, mark)) settler.hear(link, said);
    } else if (candidate && said.yours && isSameMark(said.yours, candidate) && said.facts) {
      links.doubt(link, 'the peer is in doubt about this link', candidate);
      settler.hear(link, said);
    }
  };

  const seal = (to: Link['row']['vat'], counter: number, statement: Statement) => {
    const sealed = sealer.seal({ to, counter, plaintext: encodeStatement(statement) });
    return { ...sealed, bytes: encodeEnvelope({ from: sealer.vat, to, ...sealed }) };
  };

  return Object.freeze({
    make(link: Link) {
      const to = link.row.vat;
      // A peer that went back may have forgotten where we are, whatever it had receipted.
      const contacts = [book.own().record];
      const said = words(link);
      const head = { kind: 'settle', from: sealer.vat, to, contacts, request: undefined } as const;
      const { bytes, nonce } = seal(to, 0, { ...head, ...said });
      return { bytes, nonce, serial: book.own().serial, tag: tagOf(link) };
    },
    take(link: Link, attempt: Attempt, bytes: Uint8Array) {
      const envelope = parseEnvelope(bytes);
      if (envelope?.from !== link.row.vat || envelope.to !== sealer.vat) return NO_ANSWER;
      const plaintext = sealer.open(envelope);
      const said = plaintext && parseStatement(plaintext);
      if (said?.from !== envelope.from || said.to !== envelope.to) return NO_ANSWER;
      // MUST be for this very statement: it shows that the peer speaks now.
      const isAnswer = said.request && Buffer.compare(said.request, attempt.nonce) === 0;
      if (said.kind !== 'settled' || !isAnswer) return NO_ANSWER;
      book.learnOwn(said.contacts, link.row.vat);
      if (attempt.serial > link.row.recordSent && said.stage !== 'unknown') {
        link.row.recordSent = attempt.serial;
        links.touch(link);
      }
      link.settling.told = attempt.tag;
      link.settling.toldMs = island.clock.monotonicMs();
      settler.hear(link, said);
      return undefined;
    },
    answer(link: Link | undefined, envelope: Envelope, said: Statement) {
      const to = envelope.from;
      const isOurs = link !== undefined && link.row.state !== 'dropped';
      if (isOurs) {
        book.learnOwn(said.contacts, to);
        hear(link, said);
      }
      const told = isOurs ? (isSettling(link) ? words(link) : calm(link, said)) : unknown(said);
      const contacts = isOurs ? [book.own().record] : [];
      const head = { kind: 'settled', from: sealer.vat, to, contacts } as const;
      const counter = counterOf(envelope.nonce);
      return seal(to, counter, { ...head, ...told, request: envelope.nonce }).bytes;
    },
  });
}

const NO_ANSWER = 'the reply is no valid statement';

/** What a statement says of a link. */
type Words = Pick<Statement, 'mark' | 'yours' | 'stage' | 'facts' | 'checkpoints' | 'match'>;

/** Nothing is said of the link itself. */
const BARE = { facts: undefined, checkpoints: [], match: undefined } as const;

const unknown = (said: Statement): Words => ({
  ...BARE,
  mark: undefined,
  yours: said.mark,
  stage: 'unknown',
});

/** What a link says of itself that is in doubt, or not yet confirmed. */
function wordsOf(facts: OwnFacts, link: Link): Words {
  const { row, echo, match } = link.settling;
  const { mark, peerMark, stage, final } = row!;
  if (final !== undefined) {
    const { yours, facts: told } = peerStatement({ ...row!, peer: final })!;
    const last = stage === 'done' ? 'done' : 'ready';
    return { mark, yours, stage: last, facts: told, checkpoints: [], match };
  }
  const checkpoints = facts.ask(link);
  const yours = peerMark ?? echo;
  return { mark, yours, stage: 'doubt', facts: facts.of(link, false), checkpoints, match };
}

/** What tells one word from the next: as long as it is the same, the peer need not hear it again. */
export function tagOf({ settling }: Link): string {
  const { row, echo, search, match } = settling;
  const yours = row?.peerMark ?? echo;
  const texts = [row?.mark, yours].map((mark) => (mark ? Buffer.from(mark).toString('hex') : ''));
  const asked = [search?.low, search?.high, match?.number, match?.above];
  return [...texts, row?.stage, ...asked].join(' ');
}

/** The last 8 bytes of a nonce. */
export const counterOf = (nonce: Uint8Array): number =>
  Number(Buffer.from(nonce).readBigUInt64BE(NONCE_BYTES - 8) & MASK);

/** Counters are safe integers; a stranger's may be anything. */
const MASK = (1n << 53n) - 1n;
