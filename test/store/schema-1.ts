// Schema 1: the tables as the first version of qrt made them, word for word, so that a database of
// that version can be made for as long as there are any. Nothing here ever changes.

/** What SQLite's header says of such a database. */
export const APPLICATION_ID_1 = 0x71727431;

export const SCHEMA_1 = `
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

CREATE TABLE swissnum (
  hash BLOB PRIMARY KEY, object TEXT NOT NULL REFERENCES object, salt BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX swissnum_object ON swissnum (object);

CREATE TABLE link (
  id INTEGER PRIMARY KEY, vat TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('ok', 'doubt')), reason TEXT NOT NULL, petname TEXT,
  is_known INTEGER NOT NULL,
  next_export INTEGER NOT NULL, record_sent INTEGER NOT NULL,
  gaps INTEGER NOT NULL, refusals INTEGER NOT NULL, last_refusal TEXT NOT NULL,
  out1_next INTEGER NOT NULL, out1_tail BLOB NOT NULL,
  out1_receipted INTEGER NOT NULL, out1_receipted_tail BLOB NOT NULL,
  out2_next INTEGER NOT NULL, out2_tail BLOB NOT NULL,
  out2_receipted INTEGER NOT NULL, out2_receipted_tail BLOB NOT NULL,
  in1_next INTEGER NOT NULL, in1_tail BLOB NOT NULL,
  in2_next INTEGER NOT NULL, in2_tail BLOB NOT NULL
) STRICT;

CREATE TABLE export (
  link INTEGER NOT NULL REFERENCES link, kind TEXT NOT NULL CHECK (kind IN ('export', 'item')),
  number INTEGER NOT NULL, local TEXT NOT NULL, sent INTEGER NOT NULL,
  PRIMARY KEY (link, kind, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX export_local ON export (link, local);

CREATE TABLE import (
  id TEXT PRIMARY KEY, link INTEGER NOT NULL REFERENCES link,
  kind TEXT NOT NULL CHECK (kind IN ('export', 'item')), number INTEGER NOT NULL,
  is_live INTEGER NOT NULL, swiss_hash BLOB, received INTEGER NOT NULL,
  UNIQUE (link, kind, number), UNIQUE (link, swiss_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE forward (
  link INTEGER NOT NULL REFERENCES link, number INTEGER NOT NULL,
  origin_link INTEGER NOT NULL, origin_number INTEGER NOT NULL,
  PRIMARY KEY (link, number)
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
