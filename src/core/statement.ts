// Statement: what the two ends of a link in doubt tell each other, and the numbers that follow.
//
// Both ends compute the same from the same two final statements, so that neither has to be believed
// more than the other: each lane goes on above all numbers that either has seen, with a new tail.

import { parseKeyBytes, parseVatId, type VatId } from './ids.ts';
import type { Hash } from './lanes.ts';
import { CHECKPOINTS_ASKED_MAX, CONTACTS_PER_BOX_MAX, STATED_NUMBER_MAX } from './limits.ts';
import { parseJson } from './wire-text.ts';

/**
 * How far a vat is. `unknown`: it knows of no link with the other. `asked`: its link is not in doubt,
 * and is when it is told its mark. `doubt`: it is not decided. `ready`: what it says is final under
 * these two marks. `done`: it has begun anew by this and the other's final statement.
 */
const STAGES = ['unknown', 'asked', 'doubt', 'ready', 'done'] as const;
type Stage = (typeof STAGES)[number];

/** One lane as its two halves at one vat stand. */
export interface LaneFacts {
  /** Own items from here on get other numbers, or are known no more: they never mean anything again. */
  readonly kept: number;
  /** The number of the next own item; none that is higher was ever sent. */
  readonly next: number;
  /** The next number of the other's lane, 0 if none ever began, and the tail there. */
  readonly receivedNext: number;
  readonly receivedTail: Uint8Array;
}

/** What a vat knows of a link. */
export interface Facts {
  readonly lanes: readonly [LaneFacts, LaneFacts];
  /** As `kept` and `next` of a lane, but of exports; `seen`: the other's highest number seen. */
  readonly exports: { readonly kept: number; readonly next: number; readonly seen: number };
  /** Own items of lane 1 below it are for certain the same to both: what they named stays named. */
  readonly common: number;
}

/** A moment in the life of a lane: before item `number` its tail was `tail`. */
export interface Checkpoint {
  readonly number: number;
  readonly tail: Uint8Array;
}

/** What a vat makes of the other's checkpoints: the highest that it has as well, 0 for none. */
export interface Match extends Checkpoint {
  /** The lowest one above that it does not have, 0 for none. */
  readonly above: number;
}

export interface Statement {
  readonly kind: 'settle' | 'settled';
  readonly from: VatId;
  readonly to: VatId;
  /** 16 bytes each; of the other undefined as long as it is not known. */
  readonly mark: Uint8Array | undefined;
  readonly yours: Uint8Array | undefined;
  readonly stage: Stage;
  /** Absent in the stages `unknown` and `asked`. */
  readonly facts: Facts | undefined;
  /** Of the own lane 1: the other is to say which of them it knows. */
  readonly checkpoints: readonly Checkpoint[];
  /** What is known of those that the other stated last; undefined if it stated none. */
  readonly match: Match | undefined;
  readonly contacts: readonly string[];
  /** The nonce of the statement that is answered; only of `settled`. */
  readonly request: Uint8Array | undefined;
}

const MARK_BYTES = 16;
const NONCE_BYTES = 24;

/** A statement's plaintext: JSON. */
export function encodeStatement(statement: Statement): Uint8Array {
  const { kind, from, to, mark, yours, stage, facts, contacts, request } = statement;
  const head = { kind, from, to, mark: text(mark), yours: text(yours), stage };
  const told = facts ? encodeFacts(facts) : NO_FACTS;
  const checkpoints = statement.checkpoints.map(({ number, tail }) => [number, text(tail)]);
  const { match: found } = statement;
  const match = found ? [found.number, text(found.tail), found.above] : [];
  const answered = request ? { request: text(request) } : {};
  return Buffer.from(
    JSON.stringify({ ...head, ...told, checkpoints, match, contacts, ...answered }),
  );
}

/** Reads a statement's plaintext; undefined when it is none. */
export function parseStatement(bytes: Uint8Array): Statement | undefined {
  const said = readStatement(bytes);
  return said && areNumbersLeft(said) ? said : undefined;
}

/** Whether both ends can go on above all numbers that are stated. */
function areNumbersLeft({ facts }: Statement): boolean {
  const stated: unknown[] = facts ? Object.values(encodeFacts(facts)).flat(2) : [];
  return stated.every((value) => typeof value !== 'number' || value <= STATED_NUMBER_MAX);
}

/** Reads one that was kept: of our own numbers, no peer decides how high they are. */
export function readStatement(bytes: Uint8Array): Statement | undefined {
  const head = parseJson(bytes) as Record<string, unknown> | undefined;
  if (typeof head !== 'object' || head === null || Array.isArray(head)) return undefined;
  const { kind, stage, contacts } = head;
  if (kind !== 'settle' && kind !== 'settled') return undefined;
  const from = parseVatId(head['from']);
  const to = parseVatId(head['to']);
  const mark = parseBytes(head['mark'], MARK_BYTES);
  const yours = parseBytes(head['yours'], MARK_BYTES);
  const request =
    kind === 'settled' ? parseBytes(head['request'], NONCE_BYTES) : { bytes: undefined };
  if (!from || !to || !mark || !yours || !request) return undefined;
  if (kind === 'settled' && !request.bytes) return undefined;
  if (!STAGES.includes(stage as Stage) || !isTexts(contacts)) return undefined;
  const isBare = stage === 'unknown' || stage === 'asked';
  const facts = isBare ? undefined : parseFacts(head);
  const checkpoints = parseCheckpoints(head['checkpoints']);
  const match = parseMatch(head['match']);
  if (!checkpoints || !match) return undefined;
  // Who is in doubt has a mark and says what it knows; who has a final word names the other's mark.
  if (!isBare && (!facts || !mark.bytes)) return undefined;
  if ((stage === 'ready' || stage === 'done') && !yours.bytes) return undefined;
  const marks = { mark: mark.bytes, yours: yours.bytes };
  return {
    kind,
    from,
    to,
    ...marks,
    stage: stage as Stage,
    facts,
    checkpoints,
    match: match.found,
    contacts,
    request: request.bytes,
  };
}

const NO_FACTS = { lanes: [], exports: [], common: 0 } as const;

function encodeFacts({ lanes, exports, common }: Facts) {
  return {
    lanes: lanes.map((lane) => [lane.kept, lane.next, lane.receivedNext, text(lane.receivedTail)]),
    exports: [exports.kept, exports.next, exports.seen],
    common,
  };
}

/** Reads the facts of a statement, or of what `formatFacts` wrote. */
function parseFacts(head: Record<string, unknown>): Facts | undefined {
  const { lanes, exports, common } = head;
  if (!Array.isArray(lanes) || lanes.length !== 2 || !Array.isArray(exports)) return undefined;
  const [one, two] = lanes.map(parseLane);
  const [kept, next, seen] = exports as unknown[];
  if (!one || !two || !isCount(kept, 1) || !isCount(next, 1) || !isCount(seen, 0)) return undefined;
  if (kept > next || !isCount(common, 1) || common > one.kept) return undefined;
  return { lanes: [one, two], exports: { kept, next, seen }, common };
}

function parseCheckpoints(value: unknown): readonly Checkpoint[] | undefined {
  if (!Array.isArray(value) || value.length > CHECKPOINTS_ASKED_MAX) return undefined;
  const found = value.map((each) => parseCheckpoint(each, 1));
  return found.every((each) => each !== undefined) ? found : undefined;
}

function parseCheckpoint(value: unknown, min: number): Checkpoint | undefined {
  if (!Array.isArray(value)) return undefined;
  const [number, tailText] = value as unknown[];
  const tail = typeof tailText === 'string' ? parseKeyBytes(tailText) : undefined;
  return tail && isCount(number, min) ? { number, tail } : undefined;
}

/** No match for an empty array; undefined for anything else that is none. */
function parseMatch(value: unknown): { readonly found: Match | undefined } | undefined {
  if (!Array.isArray(value)) return undefined;
  if (value.length === 0) return { found: undefined };
  const checkpoint = parseCheckpoint(value, 0);
  const above: unknown = value[2];
  return checkpoint && isCount(above, 0) ? { found: { ...checkpoint, above } } : undefined;
}

function parseLane(value: unknown): LaneFacts | undefined {
  if (!Array.isArray(value)) return undefined;
  const [kept, next, receivedNext, tailText] = value as unknown[];
  const receivedTail = typeof tailText === 'string' ? parseKeyBytes(tailText) : undefined;
  if (!isCount(kept, 1) || !isCount(next, 1) || !isCount(receivedNext, 0)) return undefined;
  return receivedTail && kept <= next ? { kept, next, receivedNext, receivedTail } : undefined;
}

/** What both ends take a statement for, as one text: the same for the same statement. */
export function formatStatement(statement: Statement): string {
  const { from, to, mark, yours, facts } = statement;
  const { lanes, exports, common } = facts ? encodeFacts(facts) : NO_FACTS;
  return JSON.stringify([from, to, text(mark), text(yours), lanes, exports, common]);
}

/** Where one lane goes on. */
export interface LaneStart {
  readonly next: number;
  readonly tail: Uint8Array;
}

/** Where a lane (0 or 1) goes on after both final statements, the same for both ends. */
export function startLane(
  hash: Hash,
  input: { readonly sender: Statement; readonly receiver: Statement; readonly lane: 0 | 1 },
): LaneStart {
  const { sender, receiver, lane } = input;
  const label = `qrt settle 1\n${lane + 1}\n`;
  const texts = `${label}${formatStatement(sender)}\n${formatStatement(receiver)}\n`;
  return {
    next: skipOne(
      Math.max(sender.facts!.lanes[lane].next, receiver.facts!.lanes[lane].receivedNext),
    ),
    tail: hash(Buffer.from(texts)),
  };
}

/**
 * One number is left out: an old box without items states it with the tail of then, and must be no
 * more than old to whoever gets it again.
 */
export const skipOne = (next: number): number => next + 1;

/** The number of the first export that `sender` makes after both final statements. */
export function startExports(sender: Facts, receiver: Facts): number {
  return Math.max(sender.exports.next, receiver.exports.seen + 1);
}

const text = (bytes: Uint8Array | undefined): string =>
  bytes === undefined ? '' : Buffer.from(bytes).toString('base64url');

/** Bytes of exactly that length; none for the empty text; undefined for anything else. */
function parseBytes(value: unknown, length: number): { bytes: Uint8Array | undefined } | undefined {
  if (value === '') return { bytes: undefined };
  if (typeof value !== 'string') return undefined;
  const bytes = Buffer.from(value, 'base64url');
  return bytes.length === length && text(bytes) === value ? { bytes } : undefined;
}

const isCount = (value: unknown, min: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= min;

function isTexts(value: unknown): value is string[] {
  if (!Array.isArray(value) || value.length > CONTACTS_PER_BOX_MAX) return false;
  return value.every((each) => typeof each === 'string');
}
