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

/** The usual value stays in SQLite: making a string of it costs more than looking at it. */
const SOME_SLOTS = "nullif(slots, '[]') AS slots";

const memory = eachRow(
  'memory',
  (db) => {
    const judgeSlots = makeSlotJudge(db);
    const turn = readTurn(db);
    return ({ id, slots }) => {
      const made = isMemoryId(String(id)) ? judgeMade(String(id), turn) : ['its id is none'];
      return made.concat(judgeSlots(slots));
    };
  },
  { sql: `SELECT id, ${SOME_SLOTS} FROM memory`, key: 'id' },
);

const object = eachRow(
  'object',
  (db) => {
    const judgeSlots = makeSlotJudge(db);
    const turn = readTurn(db);
    return ({ id, hasCode, slots, natives }) => {
      const made = isObjectId(String(id)) ? judgeMade(String(id), turn) : ['its id is none'];
      const wrong = made.concat(judgeSlots(slots));
      if (hasCode !== 1) wrong.push('it has no code');
      if (natives !== null && !areNatives(natives)) wrong.push('its natives are none');
      return wrong;
    };
  },
  {
    sql: `SELECT id, state = 'deleted' OR code IS NOT NULL AS hasCode, ${SOME_SLOTS},
      nullif(natives, '{}') AS natives FROM object`,
    key: 'id',
  },
);

const inbox = eachRow(
  'inbox',
  (db) => {
    const judgeSlots = makeSlotJudge(db);
    const turn = readTurn(db);
    return ({ missing, isOfOwner, bodyBytes, slots, bytes, hasTrace, answer }) => {
      const slotBytes = capdataBytes({ body: '', slots: parseIds(slots) ?? [] });
      const counted = Number(bodyBytes) + slotBytes;
      const wrong = judgeAnswer(answer, turn).concat(judgeSlots(slots));
      if (missing !== null) wrong.push(`its target ${missing} does not exist`);
      if (isOfOwner === 0) wrong.push('its target is of another owner');
      if (counted !== bytes) wrong.push(`it has ${counted} bytes and counts ${bytes}`);
      if (hasTrace !== 1) wrong.push('its trace is none');
      return wrong;
    };
  },
  {
    sql: `SELECT seq, iif(object.id IS NULL, target, NULL) AS missing,
      object.owner = inbox.owner AS isOfOwner, octet_length(inbox.body) AS bodyBytes,
      nullif(inbox.slots, '[]') AS slots, bytes, answer,
      length(trace) = 32 AND octet_length(trace) = 32 AND trace NOT GLOB '*[^0-9a-f]*' AS hasTrace
      FROM inbox LEFT JOIN object ON object.id = target`,
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
  const value = parse(json);
  return typeof value === 'object' && value !== null && Object.values(value).every(isNativeType);
}
