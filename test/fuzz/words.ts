// Words: a statement that an attacker could make about its link, right or with something changed.

import { encodeStatement, type Statement } from '../../src/core/statement.ts';
import type { LinkRow } from '../../src/kernel/store-port.ts';
import { pick } from '../sim/random.ts';
import { type Json, mutateJson, writeMutated } from './mutate-json.ts';
import type { Random } from './target.ts';

const STAGES = ['asked', 'doubt', 'ready', 'done', 'unknown'] as const;
/** Without the other's mark none is final. */
const STAGES_FIRST = ['asked', 'doubt', 'unknown'] as const;
const SPOILT = 0.5;
const MARK_BYTES = 16;

/** A statement that fits what the vat has in `row`, more or less. */
export function makeWords(
  random: Random,
  { receiving, sending, nextExport }: LinkRow,
  said: Omit<Statement, 'stage' | 'facts' | 'checkpoints' | 'match'>,
): Statement {
  const lane = (index: 0 | 1) => {
    const { next, tail, receipted, receiptedTail } = sending[index];
    const isBehind = random() < 0.2;
    return {
      kept: receiving[index].next || 1,
      next: (receiving[index].next || 1) + Math.floor(random() * 3),
      receivedNext: isBehind ? receipted : next,
      receivedTail: isBehind ? receiptedTail : tail,
    };
  };
  const mark = random() < 0.2 ? makeMark(random) : said.mark;
  return {
    ...{ ...said, mark, stage: pick(random, said.yours ? STAGES : STAGES_FIRST) },
    facts: {
      lanes: [lane(0), lane(1)],
      exports: { kept: 1, next: 1, seen: nextExport - 1 },
      common: 1,
    },
    checkpoints: [0, 1, 2].map((behind) => ({
      number: Math.max(1, receiving[0].next - behind),
      tail: behind === 0 ? receiving[0].tail : Buffer.alloc(32, behind),
    })),
    match: { number: sending[0].receipted, tail: sending[0].receiptedTail, above: sending[0].next },
  };
}

/** Its text, which now and then is changed. */
export function writeWords(random: Random, said: Statement): Buffer {
  const text = Buffer.from(encodeStatement(said));
  if (random() < SPOILT) return text;
  return Buffer.from(writeMutated(random, mutateJson(random, JSON.parse(text.toString()) as Json)));
}

export const makeMark = (random: Random): Uint8Array =>
  Uint8Array.from({ length: MARK_BYTES }, () => random() * 256);
