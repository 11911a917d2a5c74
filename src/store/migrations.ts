// Migrations: how the database of an older version becomes one of the newest.
//
// Each step is done in one transaction, and the last MUST leave the very tables of `schema.ts`.

/**
 * Steps from version N to N + 1, at index N - 1. SQLite cannot change a CHECK in place, so a table is
 * made anew and filled from the old one; foreign keys are off meanwhile and checked at the end.
 */
export const MIGRATIONS: readonly string[] = [
  `
CREATE INDEX object_memory ON object (memory) WHERE memory IS NOT NULL;

-- Version 1 made a QRID only when it installed an object, so its time is known.
CREATE TABLE new_swissnum (
  hash BLOB PRIMARY KEY, object TEXT NOT NULL REFERENCES object, salt BLOB NOT NULL,
  label TEXT NOT NULL, made_ms INTEGER NOT NULL, last_used_ms INTEGER, revoked_ms INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO new_swissnum
  SELECT swissnum.hash, object, salt, '', owner.created_ms, NULL, NULL FROM swissnum
  JOIN object ON object.id = swissnum.object JOIN owner ON owner.id = object.owner;
DROP TABLE swissnum;
ALTER TABLE new_swissnum RENAME TO swissnum;
CREATE INDEX swissnum_object ON swissnum (object);

-- The reply to an install says which QRID it was, now that an object can have several.
UPDATE request SET reply = json_set(reply, '$.hash', (
    SELECT lower(hex(hash)) FROM swissnum WHERE object = json_extract(reply, '$.object')))
  WHERE json_extract(reply, '$.object') IS NOT NULL;

-- By which QRID a link was opened was not written down.
CREATE TABLE new_link (
  id INTEGER PRIMARY KEY, vat TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('ok', 'doubt', 'dropped')), reason TEXT NOT NULL,
  petname TEXT, is_known INTEGER NOT NULL,
  next_export INTEGER NOT NULL, record_sent INTEGER NOT NULL,
  gaps INTEGER NOT NULL, refusals INTEGER NOT NULL, last_refusal TEXT NOT NULL,
  out1_next INTEGER NOT NULL, out1_tail BLOB NOT NULL,
  out1_receipted INTEGER NOT NULL, out1_receipted_tail BLOB NOT NULL,
  out2_next INTEGER NOT NULL, out2_tail BLOB NOT NULL,
  out2_receipted INTEGER NOT NULL, out2_receipted_tail BLOB NOT NULL,
  in1_next INTEGER NOT NULL, in1_tail BLOB NOT NULL,
  in2_next INTEGER NOT NULL, in2_tail BLOB NOT NULL,
  opened_by BLOB
) STRICT;
INSERT INTO new_link SELECT *, NULL FROM link;
DROP TABLE link;
ALTER TABLE new_link RENAME TO link;
CREATE UNIQUE INDEX link_petname ON link (petname);

-- Each object had one QRID at most, so what a peer redeemed is known; who mentioned a thing is not.
CREATE TABLE new_export (
  link INTEGER NOT NULL REFERENCES link, kind TEXT NOT NULL CHECK (kind IN ('export', 'item')),
  number INTEGER NOT NULL, local TEXT NOT NULL, sent INTEGER NOT NULL, given INTEGER NOT NULL,
  swiss_hash BLOB, PRIMARY KEY (link, kind, number)
) STRICT, WITHOUT ROWID;
INSERT INTO new_export
  SELECT link, kind, number, local, sent, sent > 0,
    CASE kind WHEN 'item' THEN (SELECT hash FROM swissnum WHERE object = local) END
  FROM export;
DROP TABLE export;
ALTER TABLE new_export RENAME TO export;
CREATE INDEX export_local ON export (link, local);
CREATE INDEX export_swiss ON export (swiss_hash) WHERE swiss_hash IS NOT NULL;
`,
  `
CREATE TABLE new_link (
  id INTEGER PRIMARY KEY, vat TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('ok', 'unchecked', 'doubt', 'dropped')), reason TEXT NOT NULL,
  petname TEXT, is_known INTEGER NOT NULL,
  next_export INTEGER NOT NULL, record_sent INTEGER NOT NULL,
  gaps INTEGER NOT NULL, refusals INTEGER NOT NULL, last_refusal TEXT NOT NULL,
  out1_next INTEGER NOT NULL, out1_tail BLOB NOT NULL,
  out1_receipted INTEGER NOT NULL, out1_receipted_tail BLOB NOT NULL,
  out2_next INTEGER NOT NULL, out2_tail BLOB NOT NULL,
  out2_receipted INTEGER NOT NULL, out2_receipted_tail BLOB NOT NULL,
  in1_next INTEGER NOT NULL, in1_tail BLOB NOT NULL,
  in2_next INTEGER NOT NULL, in2_tail BLOB NOT NULL,
  opened_by BLOB
) STRICT;
INSERT INTO new_link SELECT * FROM link;
DROP TABLE link;
ALTER TABLE new_link RENAME TO link;
CREATE UNIQUE INDEX link_petname ON link (petname);

CREATE TABLE new_import (
  id TEXT PRIMARY KEY, link INTEGER NOT NULL REFERENCES link,
  kind TEXT NOT NULL CHECK (kind IN ('export', 'item', 'gone')), number INTEGER NOT NULL,
  is_live INTEGER NOT NULL, swiss_hash BLOB, received INTEGER NOT NULL,
  UNIQUE (link, kind, number), UNIQUE (link, swiss_hash)
) STRICT, WITHOUT ROWID;
INSERT INTO new_import SELECT * FROM import;
DROP TABLE import;
ALTER TABLE new_import RENAME TO import;

-- A link that is in doubt already gets its row when its vat starts.
CREATE TABLE settling (
  link INTEGER PRIMARY KEY REFERENCES link,
  stage TEXT NOT NULL CHECK (stage IN ('doubt', 'ready', 'done', 'reset')),
  mark BLOB NOT NULL, peer_mark BLOB, final TEXT, peer TEXT,
  fresh INTEGER NOT NULL, decided INTEGER NOT NULL,
  rest TEXT CHECK (rest IN ('resend', 'discard'))
) STRICT;

CREATE TABLE settle_choice (
  link INTEGER NOT NULL REFERENCES link, number INTEGER NOT NULL,
  choice TEXT NOT NULL CHECK (choice IN ('resend', 'discard')),
  PRIMARY KEY (link, number)
) STRICT, WITHOUT ROWID;
`,
  `
CREATE TABLE checkpoint (
  link INTEGER NOT NULL REFERENCES link, half TEXT NOT NULL CHECK (half IN ('sent', 'received')),
  number INTEGER NOT NULL, tail BLOB NOT NULL, exports INTEGER NOT NULL,
  PRIMARY KEY (link, half, number)
) STRICT, WITHOUT ROWID;

-- What an older qrt wrote of a settling says nothing of what both have in common: it begins again.
UPDATE link SET state = 'doubt', reason = 'a settling began with an older version of qrt'
  WHERE state = 'unchecked' AND id IN (SELECT link FROM settling WHERE stage = 'done');
DELETE FROM settling WHERE stage <> 'reset';
DELETE FROM settle_choice WHERE link NOT IN (SELECT link FROM settling);

-- Names of before have one checkpoint: where the peer's last receipt and our own last one stood.
INSERT INTO checkpoint SELECT id, 'received', in1_next, in1_tail, 0 FROM link
  WHERE in1_next > 0 AND state <> 'dropped';
CREATE TEMP TABLE mention AS
  WITH held AS (
    SELECT link, CAST(substr(item, 1, instr(item, x'0a') - 1) AS TEXT) AS head FROM outbox
    WHERE lane = 1 AND instr(item, x'0a') > 0)
  SELECT link, CAST(substr(slot.value, 2) AS INTEGER) AS number, count(*) AS times
  FROM held, json_each(iif(json_valid(head), head, '[]'), '$[2]') AS slot
  WHERE slot.value GLOB 'x*' GROUP BY 1, 2;
-- A thing of ours that was mentioned in held items alone is not known to the peer for certain.
INSERT INTO checkpoint SELECT link.id, 'sent', out1_receipted, out1_receipted_tail, coalesce((
    SELECT min(export.number) FROM export JOIN temp.mention USING (link, number)
    WHERE export.link = link.id AND kind = 'export' AND sent <= times), next_export)
  FROM link WHERE state <> 'dropped';
DROP TABLE temp.mention;
`,
  `
CREATE TABLE new_inbox (
  owner INTEGER NOT NULL, seq INTEGER NOT NULL, share TEXT NOT NULL, target TEXT NOT NULL,
  body TEXT NOT NULL, slots TEXT NOT NULL, trace TEXT NOT NULL,
  origin_link INTEGER, origin_number INTEGER,
  attempts_limit INTEGER NOT NULL, attempts_unknown INTEGER NOT NULL, bytes INTEGER NOT NULL,
  answer TEXT,
  PRIMARY KEY (owner, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO new_inbox SELECT *, NULL FROM inbox;
DROP TABLE inbox;
ALTER TABLE new_inbox RENAME TO inbox;

CREATE TABLE new_link (
  id INTEGER PRIMARY KEY, vat TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('ok', 'unchecked', 'doubt', 'dropped')), reason TEXT NOT NULL,
  petname TEXT, is_known INTEGER NOT NULL,
  next_export INTEGER NOT NULL, record_sent INTEGER NOT NULL,
  gaps INTEGER NOT NULL, refusals INTEGER NOT NULL, last_refusal TEXT NOT NULL,
  out1_next INTEGER NOT NULL, out1_tail BLOB NOT NULL,
  out1_receipted INTEGER NOT NULL, out1_receipted_tail BLOB NOT NULL,
  out2_next INTEGER NOT NULL, out2_tail BLOB NOT NULL,
  out2_receipted INTEGER NOT NULL, out2_receipted_tail BLOB NOT NULL,
  in1_next INTEGER NOT NULL, in1_tail BLOB NOT NULL,
  in2_next INTEGER NOT NULL, in2_tail BLOB NOT NULL,
  opened_by BLOB, seen_export INTEGER NOT NULL, given_export INTEGER NOT NULL
) STRICT;
INSERT INTO new_link SELECT link.*, coalesce(met, 0), coalesce(met, 0) FROM link
  LEFT JOIN (SELECT import.link, max(number) AS met FROM import WHERE kind = 'export' GROUP BY 1)
  ON link = link.id;
DROP TABLE link;
ALTER TABLE new_link RENAME TO link;
CREATE UNIQUE INDEX link_petname ON link (petname);

CREATE TABLE new_export (
  link INTEGER NOT NULL REFERENCES link, kind TEXT NOT NULL CHECK (kind IN ('export', 'item')),
  number INTEGER NOT NULL, local TEXT NOT NULL, sent INTEGER NOT NULL, given INTEGER NOT NULL,
  swiss_hash BLOB, told INTEGER NOT NULL, PRIMARY KEY (link, kind, number)
) STRICT, WITHOUT ROWID;
INSERT INTO new_export SELECT *, 0 FROM export;
DROP TABLE export;
ALTER TABLE new_export RENAME TO export;
CREATE INDEX export_local ON export (link, local);
CREATE INDEX export_promise ON export (local) WHERE local GLOB 'p*';
CREATE INDEX export_swiss ON export (swiss_hash) WHERE swiss_hash IS NOT NULL;

CREATE TABLE promise (
  id TEXT PRIMARY KEY, owner INTEGER NOT NULL REFERENCES owner,
  kind TEXT NOT NULL CHECK (kind IN ('answer', 'peer', 'resolver', 'all', 'first', 'settled')),
  state TEXT NOT NULL CHECK (state IN ('pending', 'fulfilled', 'rejected')),
  body TEXT NOT NULL, slots TEXT NOT NULL, follows TEXT, left INTEGER NOT NULL,
  made_ms INTEGER NOT NULL, deadline_ms INTEGER,
  link INTEGER REFERENCES link, name TEXT CHECK (name IN ('export', 'item')), number INTEGER,
  received INTEGER NOT NULL, last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX promise_deadline ON promise (deadline_ms)
  WHERE deadline_ms IS NOT NULL AND state = 'pending';
CREATE UNIQUE INDEX promise_name ON promise (link, name, number) WHERE link IS NOT NULL;

CREATE TABLE pending (
  promise TEXT NOT NULL REFERENCES promise, seq INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('message', 'when', 'follow', 'part')),
  owner INTEGER NOT NULL, share TEXT NOT NULL, body TEXT NOT NULL, slots TEXT NOT NULL,
  fulfilled TEXT, rejected TEXT, answer TEXT, trace TEXT NOT NULL, bytes INTEGER NOT NULL,
  hops INTEGER NOT NULL, PRIMARY KEY (promise, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_answer ON pending (answer) WHERE kind IN ('follow', 'part');

CREATE TABLE holding (
  holder TEXT NOT NULL, promise TEXT NOT NULL, PRIMARY KEY (holder, promise)
) STRICT, WITHOUT ROWID;
CREATE INDEX holding_promise ON holding (promise);

CREATE TABLE new_request (
  id TEXT PRIMARY KEY, digest BLOB NOT NULL, reply TEXT NOT NULL, time_ms INTEGER NOT NULL,
  answer TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO new_request SELECT *, NULL FROM request;
DROP TABLE request;
ALTER TABLE new_request RENAME TO request;
CREATE INDEX request_time ON request (time_ms);
CREATE UNIQUE INDEX request_answer ON request (answer) WHERE answer IS NOT NULL;
`,
  `
CREATE TABLE new_contact (
  vat TEXT PRIMARY KEY, serial INTEGER NOT NULL, record TEXT NOT NULL, urls TEXT NOT NULL,
  hint TEXT, via INTEGER REFERENCES link
) STRICT, WITHOUT ROWID;
INSERT INTO new_contact SELECT *, NULL FROM contact;
DROP TABLE contact;
ALTER TABLE new_contact RENAME TO contact;
CREATE INDEX contact_via ON contact (via) WHERE via IS NOT NULL;
`,
];
