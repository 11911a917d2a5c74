// Valid: honest inputs of every kind, out of which the others are made.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from './mutate-json.ts';

const vectors = <T>(name: string): T => {
  const path = join(import.meta.dirname, '..', 'vectors', `${name}.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as T;
};

export const CONTACT = vectors<{ valid: { record: string }[] }>('contacts').valid[0]!.record;

export const QRIDS = vectors<{ valid: { qrid: string; withHint: string }[] }>(
  'swissnums',
).valid.flatMap(({ qrid, withHint }) => [qrid, withHint]);

const TRACE = '0'.repeat(32);

/** Each kind, each side of a name. */
export const ITEMS: readonly string[] = [
  ...vectors<{ valid: { bytes: string }[] }>('items').valid.map(({ bytes }) => bytes),
  `["message","q1",["x1","y1","p1","q1"],0,3,"${TRACE}"]\n{"a":{"$":0},"b":[{"$":3}]}`,
  `["message","q1",["x2?","q2","p1?"],1,3,"${TRACE}"]\n{"a":{"$":0},"b":[{"$":2}]}`,
  `["message","q2",["x2?"],1,16,"${TRACE}"]\n{"pipelined":{"$":0}}`,
  `["resolve","x2?","","${TRACE}",["x3","x4?","x2?"]]\n[{"$":0},{"$":1},{"$":2}]`,
  `["resolve",1,"THREW","${TRACE}",[]]\n{"name":"Error","message":"no","code":"QRT_NO_OBJECT"}`,
  `["resolve","x4","QRT_ANSWER_LOST","${TRACE}"]`,
  `["give",["x3","x4?","y1"],"${TRACE}"]`,
  `["want",["q1","q2","y1","x3"],"${TRACE}"]`,
  `["drop",[["q2",1],["q1",9],["y1",1],["q2",1]],"${TRACE}"]`,
];

/** Those of lane 2. */
export const ITEMS_OF_LANE_2: readonly string[] = ITEMS.filter((item) =>
  /^\["(resolve|drop)"/.test(item),
);

/** Bodies for two slots. */
export const BODIES: readonly Json[] = [
  { text: 'grüße', to: { $: 0 }, $$x: [{ $: 1 }, { $: 1 }, null, true] },
  { list: [{ $: 0 }, [[{ $: 1 }]]], 'a b': { c: { d: [1, -2, 3.5, 1e21, 1e-7] } }, '': '' },
  [{ $$: { $$$: 'x' } }, 'a\u0000\u2028', { constructor: 1, length: 2 }],
  { $: 1 },
];

const VAT = 'gTl3Dqh9F19Wo1Rmw0x-zMuNipG07jeiXfYPW4_Js5Q';
const SWISSNUM = 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc';
const QRID = { vat: VAT, swissnum: SWISSNUM, hint: 'http://127.0.0.1:8000' };
const DATA = { body: '{"a":{"$":0}}', slots: [QRID] };
const HASH = '8d32a6e1'.repeat(8);

/** What goes over the control socket, of every type. */
export const REQUESTS: readonly Json[] = [
  { type: 'ping' },
  { type: 'contacts' },
  { type: 'status' },
  {
    ...{ type: 'install', id: 'a1', name: 'a.js', grants: ['log'], power: DATA, label: 'for Bob' },
    code: { text: '(args, power) => {}', hash: HASH },
  },
  { type: 'send', id: 'b1', target: QRID, args: DATA, wait: false },
  { type: 'learn', records: [CONTACT] },
  { type: 'log', after: 0, limit: 10 },
  { type: 'turns', after: 0, limit: 10 },
  { type: 'delete', id: 'c1', object: 'o1.0' },
  { type: 'peer-list' },
  { type: 'peer-name', id: 'd1', peer: VAT, name: 'bob' },
  { type: 'peer-drop', id: 'e1', peer: 'bob' },
  { type: 'doubt', peer: VAT, after: 0, limit: 10 },
  {
    ...{ type: 'settle', id: 'j1', peer: VAT, rest: 'discard', reset: false },
    choices: [{ from: 1, to: 3, choice: 'resend' }],
  },
  { type: 'qrid-new', id: 'f1', object: 'o1.0', label: 'x' },
  { type: 'qrid-list', object: 'o1.0' },
  { type: 'qrid-revoke', id: 'g1', hash: '0123abcd', withLinks: true },
  { type: 'quarantine-again', id: 'h1', number: 1 },
  { type: 'quarantine-discard', id: 'i1', number: 1 },
];

const POWER = { data: DATA_OF('{"a":{"$":0}}', ['o1.0']), natives: { log: 'log' }, memory: 'm1.0' };

function DATA_OF(body: string, slots: readonly string[]): Json {
  return { body, slots: [...slots] };
}

/** What a worker says. */
export const WORKER_FRAMES: readonly Json[] = [
  { type: 'ready', ses: '2.3.0', node: 'v20.20.2' },
  { type: 'ask', what: 'object', id: 'o1.0' },
  { type: 'ask', what: 'memory', id: 'm1.0' },
  { type: 'ask', what: 'code', id: HASH },
  { type: 'checked', text: '() => {}', hash: HASH },
  { type: 'checked', reason: 'not a function', place: { line: 1, column: 2 } },
  {
    type: 'outcome',
    turn: 3,
    status: 'failed',
    failure: { name: 'Error', message: 'no', code: 'QRT_NO_ROOM' },
  },
  {
    ...{ type: 'outcome', turn: 2, status: 'done' },
    memory: [{ id: 'm1.0', value: DATA_OF('{"n":1}', []) }],
    objects: [{ id: 'o2.0', code: HASH, text: '() => {}', power: POWER, maker: 'o1.0' }],
    promises: [{ id: 'p2.1', maker: 'o1.0', kind: 'all', parts: DATA_OF('[{"$":0}]', ['p2.2']) }],
    sends: [
      { target: 'i1', args: DATA_OF('[{"$":0}]', ['o2.0']), sender: 'o1.0' },
      {
        ...{ target: 's1.1', args: DATA_OF('{"value":{"$":0}}', ['p2.1']), sender: 'o1.0' },
        ...{ answer: 'p2.2', deadlineMs: 5 },
      },
    ],
    whens: [
      {
        ...{ promise: 'p2.1', fulfilled: 'o2.0', rejected: 'o1.0', sender: 'o1.0' },
        ...{ context: DATA_OF('{"context":1}', []), answer: 'p2.3' },
      },
    ],
    logs: [{ object: 'o1.0', text: 'hello' }],
    answer: DATA_OF('{"$":0}', ['p2.3']),
  },
];

export const MANIFEST: Json = {
  name: 'chat',
  description: 'talks',
  grants: ['log'],
  refs: { server: 'the server to join', __proto_: 'x' },
};

export const CONFIGS: readonly Json[] = [
  { vat: VAT, host: '127.0.0.1', port: 8_000 },
  {
    ...{ vat: VAT, host: '0.0.0.0', port: 8_000, urls: ['https://vats.example.org/a'] },
    ...{ limits: { memoryBytes: 2_097_152, links: 100, turnCpuMs: 2_000 }, requireSandbox: 'full' },
  },
];
