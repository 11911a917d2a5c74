// Schema: the tables of one vat, and how an older database becomes a newer one.
//
// A new database is made whole at the newest version; an older one goes through the steps in
// MIGRATIONS, each in one transaction, and MUST come out with the very same tables.

/** Marks the file as ours in SQLite's header ("qrt1"). */
export const APPLICATION_ID = 0x71727431;

/** What `PRAGMA user_version` says of a database of this version. */
export const SCHEMA_VERSION = 4;

/**
 * Tables of a new database. Body and slots are capdata; slots are a JSON array of ids.
 *
 * In `swissnum`, one that was revoked stays as a tombstone. In `link`, `opened_by` is the hash of the
 * swissnum by whose redeem a peer opened it. In `export`, `sent` counts how often a thing was
 * mentioned to the peer under that name, `given` says whether an object ever did so; `swiss_hash` is
 * what the peer redeemed to get a name of kind 'item', or what another peer redeemed that passed the
 * thing on to it through this vat. In `import`, a name of kind 'gone' was given up in a settling: its
 * number is that of the row's own id, and no peer ever says it. `settling` is what a link in doubt
 * has come to, and `settle_choice` what the operator wants to become of single items of lane 1. A
 * `checkpoint` is the tail of lane 1 before item `number`, after one that made a name.
 */
export const SCHEMA = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE counters (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  turn INTEGER NOT NULL, turns_done INTEGER NOT NULL, owner INTEGER NOT NULL,
  import INTEGER NOT NULL, inbox INTEGER NOT NULL, link INTEGER NOT NULL, log INTEGER NOT NULL,
  quarantine INTEGER NOT NULL, commits INTEGER NOT NULL, starts INTEGER NOT NULL
) STRICT;

CREATE TABLE owner (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE native_grant (type TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE code (hash TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE memory (
  id TEXT PRIMARY KEY, owner INTEGER NOT NULL REFERENCES owner, body TEXT NOT NULL,
  slots TEXT NOT NULL
) STRICT;

CREATE TABLE object (
  id TEXT PRIMARY KEY, owner INTEGER NOT NULL REFERENCES owner,
  code TEXT REFERENCES code, body TEXT NOT NULL, slots TEXT NOT NULL, natives TEXT NOT NULL,
  memory TEXT REFERENCES memory, state TEXT NOT NULL CHECK (state IN ('live', 'deleted'))
) STRICT;
CREATE INDEX object_memory ON object (memory) WHERE memory IS NOT NULL;

CREATE TABLE swissnum (
  hash BLOB PRIMARY KEY, object TEXT NOT NULL REFERENCES object, salt BLOB NOT NULL,
  label TEXT NOT NULL, made_ms INTEGER NOT NULL, last_used_ms INTEGER, revoked_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX swissnum_object ON swissnum (object);

CREATE TABLE link (
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
CREATE UNIQUE INDEX link_petname ON link (petname);

CREATE TABLE export (
  link INTEGER NOT NULL REFERENCES link, kind TEXT NOT NULL CHECK (kind IN ('export', 'item')),
  number INTEGER NOT NULL, local TEXT NOT NULL, sent INTEGER NOT NULL, given INTEGER NOT NULL,
  swiss_hash BLOB, PRIMARY KEY (link, kind, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX export_local ON export (link, local);
CREATE INDEX export_swiss ON export (swiss_hash) WHERE swiss_hash IS NOT NULL;

CREATE TABLE import (
  id TEXT PRIMARY KEY, link INTEGER NOT NULL REFERENCES link,
  kind TEXT NOT NULL CHECK (kind IN ('export', 'item', 'gone')), number INTEGER NOT NULL,
  is_live INTEGER NOT NULL, swiss_hash BLOB, received INTEGER NOT NULL,
  UNIQUE (link, kind, number), UNIQUE (link, swiss_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE forward (
  link INTEGER NOT NULL REFERENCES link, number INTEGER NOT NULL,
  origin_link INTEGER NOT NULL, origin_number INTEGER NOT NULL,
  PRIMARY KEY (link, number)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE checkpoint (
  link INTEGER NOT NULL REFERENCES link, half TEXT NOT NULL CHECK (half IN ('sent', 'received')),
  number INTEGER NOT NULL, tail BLOB NOT NULL, exports INTEGER NOT NULL,
  PRIMARY KEY (link, half, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
  owner INTEGER NOT NULL, seq INTEGER NOT NULL, share TEXT NOT NULL, target TEXT NOT NULL,
  body TEXT NOT NULL, slots TEXT NOT NULL, trace TEXT NOT NULL,
  origin_link INTEGER, origin_number INTEGER,
  attempts_limit INTEGER NOT NULL, attempts_unknown INTEGER NOT NULL, bytes INTEGER NOT NULL,
  PRIMARY KEY (owner, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
  link INTEGER NOT NULL REFERENCES link, lane INTEGER NOT NULL CHECK (lane IN (1, 2)),
  number INTEGER NOT NULL, item BLOB NOT NULL, tail BLOB NOT NULL, share TEXT NOT NULL,
  queued_ms INTEGER NOT NULL,
  PRIMARY KEY (link, lane, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE contact (
  vat TEXT PRIMARY KEY, serial INTEGER NOT NULL, record TEXT NOT NULL, urls TEXT NOT NULL,
  hint TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, target TEXT NOT NULL, cause TEXT NOT NULL,
  attempts INTEGER NOT NULL, body TEXT NOT NULL, slots TEXT NOT NULL, trace TEXT NOT NULL,
  time_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE log (
  seq INTEGER PRIMARY KEY, owner INTEGER NOT NULL, time_ms INTEGER NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('log', 'failure', 'link')), source TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX log_owner ON log (owner, seq);

CREATE TABLE request (
  id TEXT PRIMARY KEY, digest BLOB NOT NULL, reply TEXT NOT NULL, time_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX request_time ON request (time_ms);

INSERT INTO counters VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
INSERT INTO owner VALUES (0, 'operator', 0);
INSERT INTO object VALUES ('o0.0', 0, NULL, '{}', '[]', '{}', NULL, 'deleted');
`;

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
];
