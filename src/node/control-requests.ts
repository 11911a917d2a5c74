// Control requests: what comes over the control socket, parsed into types once, at the edge.

import { QrtError } from '../core/errors.ts';
import { isVatUrl, parseSwissnum, parseVatId, type Qrid } from '../core/ids.ts';
import {
  ARGS_BYTES_MAX,
  CODE_BYTES_INSTALL_MAX,
  CONTACT_BYTES_MAX,
  CONTACTS_MAX,
  POWER_BYTES_MAX,
  REFERENCES_MAX,
} from '../core/limits.ts';
import type { OperatorData } from '../kernel/ports.ts';
import type { NodeRequest, RequestFrame } from './control-frames.ts';
import { asFlag, asText, asWhole, type Fields, readFields } from './fields.ts';
import { asLabel } from './label.ts';
import { REQUEST_ID } from './request-id.ts';

const NAME_CHARACTERS_MAX = 4_096;
const GRANTS_MAX = 16;
const LOG_ROWS_MAX = 10_000;
const WHOLE = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** Parses a frame of a client. Throws QRT_REQUEST_MALFORMED. */
export function parseRequestFrame(json: unknown): RequestFrame {
  const frame = readFields({ json, keys: ['seq', 'request'], fail });
  const seq = frame.take('seq', asWhole(WHOLE), 'a number');
  return { seq, request: readRequest(frame) };
}

/** The fields of each type of request, besides `type`. */
const KEYS: Readonly<Record<NodeRequest['type'], readonly string[]>> = {
  ping: [],
  stop: [],
  contacts: [],
  status: [],
  install: ['id', 'name', 'code', 'grants', 'power', 'label'],
  send: ['id', 'target', 'args', 'wait'],
  learn: ['records'],
  log: ['after', 'limit'],
  turns: ['after', 'limit'],
  delete: ['id', 'object'],
  'peer-list': [],
  'peer-name': ['id', 'peer', 'name'],
  'peer-drop': ['id', 'peer'],
  'qrid-new': ['id', 'object', 'label'],
  'qrid-list': ['object'],
  'qrid-revoke': ['id', 'hash', 'withLinks'],
  'quarantine-again': ['id', 'number'],
  'quarantine-discard': ['id', 'number'],
};

function readRequest(frame: Fields): NodeRequest {
  const json = frame.take('request', (value) => value, 'a request');
  const named = (json as { type?: unknown } | null)?.type;
  if (typeof named !== 'string' || !Object.hasOwn(KEYS, named)) {
    throw fail('"request.type" must be a known type');
  }
  const type = named as NodeRequest['type'];
  const fields = frame.record('request', ['type', ...KEYS[type]]);
  switch (type) {
    case 'install':
      return { type, ...readInstall(fields) };
    case 'send':
      return {
        type,
        id: takeId(fields),
        target: readQrid(fields.record('target', QRID_KEYS)),
        args: readData(fields.record('args', DATA_KEYS), ARGS_BYTES_MAX),
        wait: fields.take('wait', asFlag, 'true or false'),
      };
    case 'learn': {
      const readItem = textItem(CONTACT_BYTES_MAX);
      return { type, records: fields.list('records', { max: CONTACTS_MAX, readItem }) };
    }
    case 'log':
    case 'turns':
      return {
        type,
        after: fields.take('after', asWhole(WHOLE), 'a number'),
        limit: fields.take('limit', asWhole({ min: 1, max: LOG_ROWS_MAX }), 'a number of rows'),
      };
    case 'qrid-new':
      return { type, id: takeId(fields), object: takeObject(fields), ...takeLabel(fields) };
    case 'delete':
      return { type, id: takeId(fields), object: takeObject(fields) };
    case 'peer-name': {
      const name = fields.take('name', asText(PEER_CHARACTERS_MAX), 'a petname');
      return { type, id: takeId(fields), peer: takePeer(fields), name };
    }
    case 'peer-drop':
      return { type, id: takeId(fields), peer: takePeer(fields) };
    case 'quarantine-again':
    case 'quarantine-discard': {
      const number = fields.take('number', asWhole(WHOLE), 'a number');
      return { type, id: takeId(fields), number };
    }
    case 'qrid-list':
      return fields.has('object') ? { type, object: takeObject(fields) } : { type };
    case 'qrid-revoke':
      return {
        type,
        id: takeId(fields),
        hash: fields.take('hash', asText(64, HASH_DIGITS), 'at least 8 digits of a hash'),
        withLinks: fields.take('withLinks', asFlag, 'true or false'),
      };
    default:
      return { type };
  }
}

const OBJECT_ID_CHARACTERS_MAX = 32;
const PEER_CHARACTERS_MAX = 100;
const HASH_DIGITS = /^[0-9a-f]{8,64}$/;

const takePeer = (fields: Fields): string =>
  fields.take('peer', asText(PEER_CHARACTERS_MAX), 'a petname or a vat id');

const takeObject = (fields: Fields): string =>
  fields.take('object', asText(OBJECT_ID_CHARACTERS_MAX), 'the id of an object');

const takeLabel = (fields: Fields): { label?: string } =>
  fields.has('label') ? { label: fields.take('label', asLabel, 'a short line of text') } : {};

function readInstall(fields: Fields) {
  const code = fields.record('code', ['text', 'hash']);
  const readItem = textItem(NAME_CHARACTERS_MAX);
  return {
    id: takeId(fields),
    name: fields.take('name', asText(NAME_CHARACTERS_MAX), 'a text'),
    code: {
      text: code.take('text', asText(CODE_BYTES_INSTALL_MAX), 'a text within bounds'),
      hash: code.take('hash', asText(64, /^[0-9a-f]{64}$/), 'a hash'),
    },
    grants: fields.list('grants', { max: GRANTS_MAX, readItem }),
    power: readData(fields.record('power', DATA_KEYS), POWER_BYTES_MAX),
    ...takeLabel(fields),
  };
}

const takeId = (fields: Fields): string =>
  fields.take('id', asText(Number.POSITIVE_INFINITY, REQUEST_ID), 'a request id');

const DATA_KEYS = ['body', 'slots'];

function readData(fields: Fields, bytesMax: number): OperatorData {
  const body = fields.take('body', asText(bytesMax), 'a text within bounds');
  const slots = fields.list('slots', {
    max: REFERENCES_MAX,
    readItem: ({ json, at }) => readQrid(readFields({ json, at, keys: QRID_KEYS, fail })),
  });
  return { body, slots };
}

const QRID_KEYS = ['vat', 'swissnum', 'hint'];

function readQrid(fields: Fields): Qrid {
  const vat = fields.take('vat', parseVatId, 'the id of a vat');
  const swissnum = fields.take('swissnum', parseSwissnum, 'a swissnum');
  if (!fields.has('hint')) return { vat, swissnum };
  return { vat, swissnum, hint: fields.take('hint', asUrl, 'the URL of a vat') };
}

const asUrl = (value: unknown): string | undefined =>
  typeof value === 'string' && isVatUrl(value) ? value : undefined;

/** An item of a list of texts. */
const textItem =
  (max: number) =>
  ({ json, at }: { readonly json: unknown; readonly at: string }): string => {
    const text = asText(max)(json);
    if (text === undefined) throw fail(`"${at}" must be a text within bounds`);
    return text;
  };

function fail(reason: string): QrtError {
  return new QrtError('QRT_REQUEST_MALFORMED', { reason });
}
