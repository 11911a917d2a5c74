// Control requests: what comes over the control socket, parsed into types once, at the edge.

import * as v from 'valibot';
import { QrtError } from '../core/errors.ts';
import { isVatUrl, parseSwissnum, parseVatId } from '../core/ids.ts';
import {
  ARGS_BYTES_MAX,
  CODE_BYTES_INSTALL_MAX,
  CONTACT_BYTES_MAX,
  CONTACTS_MAX,
  DEADLINE_MS_MAX,
  REFERENCES_MAX,
} from '../core/limits.ts';
import { NODE_LIMITS } from '../core/node-limits.ts';
import type { RequestFrame } from './control-frames.ts';
import { LABEL } from './label.ts';
import { REQUEST_ID } from './request-id.ts';
import { FLAG, known, list, readAs, record, text, whole } from './schema.ts';

const NAME_CHARACTERS_MAX = 4_096;
const PEER_CHARACTERS_MAX = 100;
const GRANTS_MAX = 16;
const LOG_ROWS_MAX = 10_000;
const BOUNDED = 'a text within bounds';

/** Parses a frame of a client. Throws QRT_REQUEST_MALFORMED. */
export function parseRequestFrame(json: unknown): RequestFrame {
  const fail = (reason: string): QrtError => new QrtError('QRT_REQUEST_MALFORMED', { reason });
  return readAs({ json, schema: FRAME, fail });
}

const NUMBER = whole({ min: 0, max: Number.MAX_SAFE_INTEGER, wanted: 'a number' });
const ID = text({ max: Number.POSITIVE_INFINITY, pattern: REQUEST_ID, wanted: 'a request id' });
const OBJECT = text({ max: 32, wanted: 'the id of an object' });
const PEER = text({ max: PEER_CHARACTERS_MAX, wanted: 'a petname or a vat id' });
const CHOICES_MAX = 1_000;
const CHOICE = v.picklist(['resend', 'discard'], 'must be resend or discard');
const HASH_START = /^[0-9a-f]{8,64}$/;
const DEADLINE = whole({ min: 0, max: DEADLINE_MS_MAX, wanted: 'a number of milliseconds' });
const ROWS = {
  after: NUMBER,
  limit: whole({ min: 1, max: LOG_ROWS_MAX, wanted: 'a number of rows' }),
};

const asUrl = (value: unknown): string | undefined =>
  typeof value === 'string' && isVatUrl(value) ? value : undefined;

const QRID = record({
  vat: known(parseVatId, 'the id of a vat'),
  swissnum: known(parseSwissnum, 'a swissnum'),
  hint: v.exactOptional(known(asUrl, 'the URL of a vat')),
});

const dataOf = (bytesMax: number) =>
  record({ body: text({ max: bytesMax, wanted: BOUNDED }), slots: list(QRID, REFERENCES_MAX) });

/** How much of either a vat takes its kernel knows; here only what none would. */
const INSTALL = record({
  type: v.literal('install'),
  id: ID,
  name: text({ max: NAME_CHARACTERS_MAX, wanted: 'a text' }),
  code: record({
    text: text({ max: CODE_BYTES_INSTALL_MAX, wanted: BOUNDED }),
    hash: text({ max: 64, pattern: /^[0-9a-f]{64}$/, wanted: 'a hash' }),
  }),
  grants: list(text({ max: NAME_CHARACTERS_MAX, wanted: BOUNDED }), GRANTS_MAX),
  power: dataOf(NODE_LIMITS.powerBytes.max),
  label: v.exactOptional(LABEL),
});

const REQUEST = v.variant(
  'type',
  [
    record({ type: v.literal('ping') }),
    record({ type: v.literal('stop') }),
    record({ type: v.literal('contacts') }),
    record({ type: v.literal('status') }),
    INSTALL,
    record({
      type: v.literal('send'),
      id: ID,
      target: QRID,
      args: dataOf(ARGS_BYTES_MAX),
      wait: FLAG,
      answer: v.exactOptional(FLAG),
      brief: v.exactOptional(FLAG),
      deadlineMs: v.exactOptional(DEADLINE),
    }),
    record({ type: v.literal('result'), id: ID, wait: v.exactOptional(FLAG) }),
    record({
      type: v.literal('learn'),
      records: list(text({ max: CONTACT_BYTES_MAX, wanted: BOUNDED }), CONTACTS_MAX),
    }),
    record({ type: v.literal('log'), ...ROWS }),
    record({ type: v.literal('turns'), ...ROWS }),
    record({ type: v.literal('delete'), id: ID, object: OBJECT }),
    record({ type: v.literal('peer-list') }),
    record({
      type: v.literal('peer-name'),
      id: ID,
      peer: PEER,
      name: text({ max: PEER_CHARACTERS_MAX, wanted: 'a petname' }),
    }),
    record({ type: v.literal('peer-drop'), id: ID, peer: PEER }),
    record({
      type: v.literal('doubt'),
      peer: v.exactOptional(PEER),
      after: v.exactOptional(NUMBER),
      limit: v.exactOptional(ROWS.limit),
    }),
    record({
      type: v.literal('settle'),
      id: ID,
      peer: PEER,
      choices: list(record({ from: NUMBER, to: NUMBER, choice: CHOICE }), CHOICES_MAX),
      rest: v.exactOptional(CHOICE),
      reset: v.exactOptional(FLAG),
    }),
    record({
      type: v.literal('qrid-new'),
      id: ID,
      object: OBJECT,
      label: v.exactOptional(LABEL),
    }),
    record({ type: v.literal('quarantine-again'), id: ID, number: NUMBER }),
    record({ type: v.literal('quarantine-discard'), id: ID, number: NUMBER }),
    record({ type: v.literal('qrid-list'), object: v.exactOptional(OBJECT) }),
    record({
      type: v.literal('qrid-revoke'),
      id: ID,
      hash: text({ max: 64, pattern: HASH_START, wanted: 'at least 8 digits of a hash' }),
      withLinks: FLAG,
    }),
  ],
  (issue) => (issue.expected === 'Object' ? 'must be a request' : 'must be a known type'),
);

const FRAME = record({ seq: NUMBER, request: REQUEST });
