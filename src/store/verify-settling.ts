// Verify, settling: how far each doubt is, against its link and against what both sides have said.
//
// A link in doubt may be without its row: an older qrt noted nothing but the doubt.

import { readStatement, type Statement, startExports, startLane } from '../core/statement.ts';
import type { Finding, Part, Proofs } from './verify-part.ts';
import { rule } from './verify-rules.ts';

type Row = Readonly<Record<string, unknown>>;

const settling: Part = {
  table: 'settling',
  *check(db, proofs): Iterable<Finding> {
    const rows = db.prepare(`
      SELECT settling.*, link.*, meta.value AS own FROM settling
        JOIN link ON link.id = settling.link JOIN meta ON meta.key = 'vat'`);
    let count = 0;
    for (const row of rows.iterate() as Iterable<Row>) {
      count += 1;
      for (const what of judge(row, proofs)) yield { row: `link ${row['link']}`, what };
    }
    yield { rows: count };
  },
};

/** The stages in which a link of that state can be. */
const STAGES: Readonly<Record<string, readonly string[]>> = {
  doubt: ['doubt', 'ready'],
  unchecked: ['done'],
  ok: ['done', 'reset'],
  dropped: [],
};

function* judge(row: Row, proofs: Proofs): Iterable<string> {
  const { state, stage, mark, peer_mark: peerMark, decided, rest } = row;
  if (!STAGES[String(state)]?.includes(String(stage))) {
    yield `it is ${stage}, and its link is ${state}`;
  }
  if (lengthOf(mark) !== MARK_BYTES) yield `its mark has not ${MARK_BYTES} bytes`;
  if (peerMark !== null && lengthOf(peerMark) !== MARK_BYTES) {
    yield `the mark of its peer has not ${MARK_BYTES} bytes`;
  }
  if (decided !== 0 && decided !== 1) yield 'whether it is decided is neither yes nor no';
  if (rest !== null && decided !== 1) yield 'all the rest is decided, and it is not';
  yield* judgeFresh(row);
  yield* judgeWords(row, proofs);
}

const MARK_BYTES = 16;

function* judgeFresh({ state, fresh, out1_next: next, out1_receipted: receipted }: Row) {
  const first = state === 'doubt' ? Number(receipted) : 1;
  if (Number(fresh) < first || Number(fresh) > Number(next)) {
    yield `its first item that never left is number ${fresh}, which the lane does not have`;
  }
}

/** What both sides said last, as far as it is kept. */
function* judgeWords(row: Row, proofs: Proofs): Iterable<string> {
  const { stage, final, peer, peer_mark: peerMark } = row;
  const isFinal = stage === 'ready' || stage === 'done';
  if ((final !== null) !== isFinal) {
    yield isFinal ? 'its last word is missing' : 'it has a last word before its time';
  }
  if (isFinal && (peer === null || peerMark === null)) yield 'the word of its peer is missing';
  if (stage === 'reset' && (peer !== null || peerMark !== null)) {
    yield 'it has a word of a peer that had lost the link';
  }
  const own = parse(final, { from: row['own'], to: row['vat'] });
  const heard = parse(peer, { from: row['vat'], to: row['own'] });
  if (final !== null && !(own && isOwnWord(row, own))) {
    yield 'its last word is none for this peer and doubt';
  }
  if (peer !== null && !(heard && isPeerWord(row, heard))) {
    yield 'the word of its peer is none for this vat and doubt';
  }
  if (stage === 'ready' && own?.facts) yield* judgeReady(row, own);
  if (stage === 'done' && own?.facts && heard?.facts) yield* judgeDone(row, { own, heard, proofs });
}

const isOwnWord = ({ mark, peer_mark: peerMark }: Row, said: Statement): boolean =>
  said.stage === 'ready' && isSame(said.mark, mark) && isSame(said.yours, peerMark);

function isPeerWord({ stage, mark, peer_mark: peerMark }: Row, said: Statement): boolean {
  if (stage === 'doubt') return true;
  const isFinal = said.stage === 'ready' || said.stage === 'done';
  // It had to be final before the lanes began anew.
  const isAnswer = stage === 'ready' || (isFinal && isSame(said.yours, mark));
  return isAnswer && isSame(said.mark, peerMark);
}

const LANES = [0, 1] as const;

/** Nothing is taken on a link in doubt, and nothing that was sent is forgotten. */
function* judgeReady(row: Row, { facts }: Statement): Iterable<string> {
  for (const lane of LANES) {
    const { kept, next, receivedNext, receivedTail } = facts!.lanes[lane];
    const { sent, received, receivedTail: tail } = laneOf(row, lane);
    if (received !== receivedNext || !isSame(receivedTail, tail)) {
      yield `it has not received of lane ${lane + 1} what it said last`;
    }
    if (kept > sent || next > sent) yield `it has sent less in lane ${lane + 1} than it said last`;
  }
  if (facts!.exports.next > Number(row['next_export'])) {
    yield 'it has given fewer names than it said last';
  }
}

interface Words {
  readonly own: Statement;
  readonly heard: Statement;
  readonly proofs: Proofs;
}

/** The lanes began anew by both words and only grow since. */
function* judgeDone(row: Row, { own, heard, proofs: { sha256 } }: Words): Iterable<string> {
  for (const lane of LANES) {
    const { receipted, receiptedTail, received, receivedTail } = laneOf(row, lane);
    const out = startLane(sha256, { sender: own, receiver: heard, lane });
    const into = startLane(sha256, { sender: heard, receiver: own, lane });
    const areAbove = isFrom(out, receipted, receiptedTail) && isFrom(into, received, receivedTail);
    if (!areAbove) yield `lane ${lane + 1} of its link does not go on from where it was settled`;
  }
  if (Number(row['next_export']) < startExports(own.facts!, heard.facts!)) {
    yield 'the names of its link do not go on from where it was settled';
  }
}

const isFrom = (start: ReturnType<typeof startLane>, number: number, tail: unknown): boolean =>
  number === start.next ? isSame(start.tail, tail) : number > start.next;

function laneOf(row: Row, lane: 0 | 1) {
  const [out, into] = [`out${lane + 1}`, `in${lane + 1}`];
  return {
    sent: Number(row[`${out}_next`]),
    receipted: Number(row[`${out}_receipted`]),
    receiptedTail: row[`${out}_receipted_tail`],
    received: Number(row[`${into}_next`]),
    receivedTail: row[`${into}_tail`],
  };
}

/** A word of `from` to `to`. */
function parse(text: unknown, { from, to }: { from: unknown; to: unknown }): Statement | undefined {
  const said = typeof text === 'string' ? readStatement(Buffer.from(text)) : undefined;
  return said?.from === from && said?.to === to ? said : undefined;
}

const lengthOf = (bytes: unknown): number => (bytes instanceof Uint8Array ? bytes.length : -1);

const isSame = (one: unknown, other: unknown): boolean =>
  one instanceof Uint8Array && other instanceof Uint8Array && Buffer.compare(one, other) === 0;

/** While a link is numbered anew, what it holds stands under negative numbers: never at a commit. */
const aside = (table: string, key: string): Part =>
  rule(table, 'it is set aside, and nothing is numbered anew', key, `${table} WHERE number < 1`);

const named = (table: string, column: string): string =>
  `${table}.link || ' ${column} ' || ${table}.number`;

/** The checks of what a doubt leaves in the tables. */
export const SETTLING_CHECKS: readonly Part[] = [
  settling,
  rule(
    'settle_choice',
    'it is about no item that its link holds in doubt',
    named('settle_choice', 'number'),
    `settle_choice LEFT JOIN link ON link.id = settle_choice.link
        LEFT JOIN settling ON settling.link = settle_choice.link
        LEFT JOIN outbox ON outbox.link = settle_choice.link AND lane = 1
          AND outbox.number = settle_choice.number
      WHERE outbox.number IS NULL OR settling.fresh IS NULL OR state <> 'doubt'
        OR settle_choice.number >= fresh`,
  ),
  rule(
    'link',
    'its reason is none for its state',
    'id',
    "link WHERE state <> 'dropped' AND (state = 'ok') <> (reason = '')",
  ),
  aside('outbox', named('outbox', 'number')),
  aside('forward', named('forward', 'number')),
  aside('export', named('export', 'number')),
  aside('import', 'id'),
  rule(
    'import',
    'it was given up, and has a name all the same',
    'id',
    `import WHERE kind = 'gone' AND
      (number <> CAST(substr(id, 2) AS INTEGER) OR is_live <> 0 OR swiss_hash IS NOT NULL)`,
  ),
  rule(
    'request',
    'it names an item that was never sent',
    'request.id',
    `request JOIN link ON json_valid(reply) AND link.vat = json_extract(reply, '$.peer')
      WHERE json_extract(reply, '$.to') = 'outbox'
        AND json_extract(reply, '$.number') >= out1_next`,
  ),
];
