// Verify, rows: each row of the large tables against its own hashes, and what it refers to.

import { isMemoryId, isObjectId } from '../core/ids.ts';
import { parseItem } from '../core/item.ts';
import { capdataBytes, isNativeType } from '../core/power.ts';
import {
  eachRow,
  judgeAnswer,
  judgeMade,
  makeSlotJudge,
  parse,
  parseIds,
  type Row,
  readTurn,
  TRACE,
} from './verify-judge.ts';
import type { Part } from './verify-part.ts';

const code = eachRow(
  'code',
  (_, { sha256 }) =>
    ({ hash, text }) => {
      const found = Buffer.from(sha256(Buffer.from(String(text)))).toString('hex');
      return found === hash ? [] : ['its text is not the one of its hash'];
    },
  { key: 'hash' },
);

const memory = eachRow(
  'memory',
  (db) => {
    const judgeSlots = makeSlotJudge(db);
    const turn = readTurn(db);
    return ({ id, slots }) => [
      ...(isMemoryId(String(id)) ? judgeMade(String(id), turn) : ['its id is none']),
      ...judgeSlots(slots),
    ];
  },
  { sql: 'SELECT id, slots FROM memory', key: 'id' },
);

const object = eachRow(
  'object',
  (db) => {
    const judgeSlots = makeSlotJudge(db);
    const turn = readTurn(db);
    return ({ id, state, hasCode, slots, natives }) => [
      ...(isObjectId(String(id)) ? judgeMade(String(id), turn) : ['its id is none']),
      ...(state === 'deleted' || hasCode === 1 ? [] : ['it has no code']),
      ...(areNatives(natives) ? [] : ['its natives are none']),
      ...judgeSlots(slots),
    ];
  },
  {
    sql: 'SELECT id, state, code IS NOT NULL AS hasCode, slots, natives FROM object',
    key: 'id',
  },
);

const inbox = eachRow(
  'inbox',
  (db) => {
    const judgeSlots = makeSlotJudge(db);
    const turn = readTurn(db);
    return ({ owner, queue, target, bodyBytes, slots, bytes, trace, answer }) => {
      const slotBytes = capdataBytes({ body: '', slots: parseIds(slots) ?? [] });
      const counted = Number(bodyBytes) + slotBytes;
      return [
        ...(owner === null ? [`its target ${target} does not exist`] : []),
        ...(owner === null || owner === queue ? [] : ['its target is of another owner']),
        ...(counted === bytes ? [] : [`it has ${counted} bytes and counts ${bytes}`]),
        ...(TRACE.test(String(trace)) ? [] : ['its trace is none']),
        ...judgeAnswer(answer, turn),
        ...judgeSlots(slots),
      ];
    };
  },
  {
    sql: `SELECT seq, object.owner, inbox.owner AS queue, target, octet_length(inbox.body) AS bodyBytes,
      inbox.slots, bytes, trace, answer FROM inbox LEFT JOIN object ON object.id = target`,
    key: 'seq',
  },
);

const quarantine = eachRow(
  'quarantine',
  (db) => {
    const judgeSlots = makeSlotJudge(db);
    return ({ slots }) => judgeSlots(slots);
  },
  { key: 'id' },
);

const swissnum = eachRow(
  'swissnum',
  (_, { swissHash }) =>
    ({ hash, salt }) => {
      const isRight = Buffer.compare(swissHash(salt as Uint8Array), hash as Uint8Array) === 0;
      return isRight ? [] : ['its hash is not that of its salt'];
    },
  { key: 'hash' },
);

const contact = eachRow(
  'contact',
  (_, { isContact }) =>
    ({ vat, record, serial, urls }) => {
      if (record === '') return parse(urls) === undefined ? ['its URLs are no list'] : [];
      const said = { vat: String(vat), record: String(record), serial: Number(serial) };
      return isContact({ ...said, urls: String(urls) })
        ? []
        : ['its record is not what was signed'];
    },
  { key: 'vat' },
);

/** There are many of them, so SQLite itself looks for the wrong ones. */
const request: Part = {
  table: 'request',
  *check(db) {
    yield { rows: db.prepare('SELECT count(*) FROM request').pluck().get() as number };
    const wrong = db.prepare('SELECT id FROM request WHERE NOT json_valid(reply)').pluck();
    for (const id of wrong.iterate()) yield { row: String(id), what: 'its reply is not JSON' };
  },
};

const grant = eachRow(
  'native_grant',
  () =>
    ({ type }) =>
      isNativeType(type) ? [] : ['there is no such power'],
  { key: 'type' },
);

/** Numbers without a gap, each tail made of the one before it, from what is receipted to the end. */
const outbox: Part = {
  table: 'outbox',
  *check(db, { sha256 }) {
    const rows = db.prepare('SELECT * FROM outbox WHERE link = ? AND lane = ? ORDER BY number');
    let count = 0;
    for (const link of db.prepare('SELECT * FROM link').all() as Row[]) {
      if (link['state'] === 'dropped') continue;
      for (const lane of [1, 2]) {
        const at = `link ${link['id']}, lane ${lane}, number `;
        let next = Number(link[`out${lane}_receipted`]);
        let tail = link[`out${lane}_receipted_tail`] as Uint8Array;
        for (const row of rows.iterate(link['id'], lane) as Iterable<Row>) {
          const [number, item] = [Number(row['number']), row['item'] as Uint8Array];
          if (number !== next) yield { row: at + number, what: `it should be number ${next}` };
          const wanted = sha256(tail, numberBytes(number), item);
          tail = row['tail'] as Uint8Array;
          const isWhole = Buffer.compare(wanted, tail) === 0;
          if (!isWhole) yield { row: at + number, what: 'its tail is not that of its item' };
          if (parseItem(item).kind === 'malformed') yield { row: at + number, what: 'it is none' };
          next = number + 1;
          count += 1;
        }
        const isEnd = Buffer.compare(tail, link[`out${lane}_tail`] as Uint8Array) === 0;
        if (next === link[`out${lane}_next`] && isEnd) continue;
        yield { row: `${at}${next}`, what: 'the lane does not end here' };
      }
    }
    yield { rows: count };
  },
};

/** What is read row by row. */
export const ROW_CHECKS: readonly Part[] = [
  ...[code, memory, object, swissnum, inbox, outbox, quarantine, contact, request, grant],
];

function numberBytes(number: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
}

function areNatives(json: unknown): boolean {
  const value = json === '{}' ? {} : parse(json);
  return typeof value === 'object' && value !== null && Object.values(value).every(isNativeType);
}
