// Verify, rules: what must hold between the tables, each as a query for the rows that break it.

import type { Part } from './verify-part.ts';

/** A rule about a table: rows of `from` break it, and `key` names them. */
export function rule(table: string, what: string, key: string, from: string): Part {
  return {
    table,
    *check(db) {
      for (const row of db.prepare(`SELECT ${key} FROM ${from}`).pluck().iterate()) {
        yield { row: String(row), what };
      }
    },
  };
}

/** Nothing may be named by a number that its counter has not reached. */
const behind = (counter: string, table: string, column: string): Part =>
  rule(
    'counters',
    `${counter} lies behind the highest ${column} of ${table}`,
    counter,
    `counters WHERE ${counter} < (SELECT max(${column}) FROM ${table})`,
  );

const LANES = [1, 2].flatMap((lane) => {
  const [out, into] = [`out${lane}`, `in${lane}`];
  const link = (what: string, where: string): Part =>
    rule('link', `lane ${lane}: ${what}`, 'id', `link WHERE ${where}`);
  return [
    link('more is receipted than was sent', `${out}_receipted > ${out}_next`),
    link('numbers begin at 1', `${out}_receipted < 1 OR ${into}_next < 0`),
    link(
      'a tail has 32 bytes',
      [`${out}_tail`, `${out}_receipted_tail`, `${into}_tail`]
        .map((tail) => `length(${tail}) <> 32`)
        .join(' OR '),
    ),
  ];
});

/** The rules, one after another. */
export const RULES: readonly Part[] = [
  behind('owner', 'owner', 'id'),
  behind('inbox', 'inbox', 'seq'),
  behind('inbox', 'pending', 'seq'),
  behind('link', 'link', 'id'),
  behind('log', 'log', 'seq'),
  behind('quarantine', 'quarantine', 'id'),
  behind('import', 'import', 'CAST(substr(id, 2) AS INTEGER)'),
  rule(
    'counters',
    'a counter is negative, or more turns are done than were begun',
    'id',
    `counters WHERE turns_done > turn OR min(turn, turns_done, owner, import, inbox, link, log,
      quarantine, commits, starts) < 0`,
  ),
  rule(
    'inbox',
    'its owner does not exist',
    'seq',
    'inbox WHERE owner NOT IN (SELECT id FROM owner)',
  ),
  rule(
    'inbox',
    'it comes from a link that does not exist',
    'seq',
    `inbox WHERE (origin_link IS NULL) <> (origin_number IS NULL)
      OR (origin_link IS NOT NULL AND origin_link NOT IN (SELECT id FROM link))`,
  ),
  rule('log', 'its owner does not exist', 'seq', 'log WHERE owner NOT IN (SELECT id FROM owner)'),
  rule(
    'link',
    'its vat is no id',
    'id',
    "link WHERE length(vat) <> 43 OR vat GLOB '*[^A-Za-z0-9_-]*'",
  ),
  ...LANES,
  rule(
    'link',
    'its counter of exports lies behind the highest of them',
    'id',
    `link WHERE next_export < 1 OR next_export <= (SELECT coalesce(max(number), 0) FROM export
      WHERE export.link = link.id AND kind = 'export')`,
  ),
  rule(
    'export',
    'it stands for nothing that exists',
    "link || ' ' || kind || ' ' || number",
    `export WHERE local NOT GLOB 's*' AND local NOT IN (SELECT id FROM object)
      AND local NOT IN (SELECT id FROM import) AND local NOT IN (SELECT id FROM promise)`,
  ),
  rule(
    'export',
    'it is named by an item that never came',
    "export.link || ' ' || kind || ' ' || number",
    "export JOIN link ON link.id = export.link WHERE kind = 'item' AND number >= in1_next",
  ),
  rule(
    'import',
    'it is named by an item that was never sent',
    'import.id',
    "import JOIN link ON link.id = import.link WHERE kind = 'item' AND number >= out1_next",
  ),
  rule(
    'import',
    'its id is none',
    'id',
    "import WHERE id <> 'i' || CAST(substr(id, 2) AS INTEGER)",
  ),
  rule(
    'import',
    'its hash is none',
    'id',
    'import WHERE length(swiss_hash) <> 32 OR is_live NOT IN (0, 1)',
  ),
  rule(
    'forward',
    'it is the way back of an item that was never sent, or to no link',
    "forward.link || ' ' || number",
    `forward JOIN link ON link.id = forward.link
      WHERE number >= out1_next OR origin_link NOT IN (SELECT id FROM link)`,
  ),
  rule(
    'checkpoint',
    'it is of an item that never was, or has no tail, or is of a link that was dropped',
    "checkpoint.link || ' ' || half || ' ' || number",
    `checkpoint JOIN link ON link.id = checkpoint.link
      WHERE number < 1 OR number > iif(half = 'sent', out1_next, in1_next) OR length(tail) <> 32
      OR exports < 0 OR exports > next_export OR state = 'dropped'`,
  ),
];
