// Schema: the tables of one vat.
//
// A new database is made whole at the newest version; an older one goes through the steps in
// `migrations.ts` and MUST come out with the very same tables.

/** Marks the file as ours in SQLite's header ("qrt1"). */
export const APPLICATION_ID = 0x71727431;

/** What `PRAGMA user_version` says of a database of this version. */
export const SCHEMA_VERSION = 6;

/**
 * Tables of a new database. Body and slots are capdata; slots are a JSON array of ids.
 *
 * In `swissnum`, one that was revoked stays as a tombstone. In `link`, `opened_by` is the hash of the
 * swissnum by whose redeem a peer opened it. In `export`, `sent` counts how often a thing was
 * mentioned to the peer under that name, `given` says whether an object ever did so; `swiss_hash` is
 * what the peer redeemed to get a name of kind 'item', or what another peer redeemed that passed the
 * thing on to it through this vat; `told` says whether the peer was told what became of a promise. In
 * `import`, a name of kind 'gone' was given up in a settling: its
 * number is that of the row's own id, and no peer ever says it. `settling` is what a link in doubt
 * has come to, and `settle_choice` what the operator wants to become of single items of lane 1. A
 * `checkpoint` is the tail of lane 1 before item `number`, after one that made a name. A `promise`
 * holds in body and slots what it waits for while it is pending (`left` counts the promises among
 * them), then its value, or the error with which it was rejected. If a peer decides it, link, name
 * and number are what that peer calls it; `received` counts how often it was named by the peer, and
 * `last` is our last item of lane 1 that names it. In `link`, `seen_export` is the highest number of the
 * peer's exports that was ever met, and `given_export` of those that lane 1 has named.
 * `pending` is what waits for a promise, in order. `holding` says which promises a memory or an object
 * holds. The `answer` of a request is the promise that it holds, of a send that wants one.
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
  opened_by BLOB, seen_export INTEGER NOT NULL, given_export INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX link_petname ON link (petname);

CREATE TABLE export (
  link INTEGER NOT NULL REFERENCES link, kind TEXT NOT NULL CHECK (kind IN ('export', 'item')),
  number INTEGER NOT NULL, local TEXT NOT NULL, sent INTEGER NOT NULL, given INTEGER NOT NULL,
  swiss_hash BLOB, told INTEGER NOT NULL, PRIMARY KEY (link, kind, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX export_local ON export (link, local);
CREATE INDEX export_promise ON export (local) WHERE local GLOB 'p*';
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
  answer TEXT,
  PRIMARY KEY (owner, seq)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE outbox (
  link INTEGER NOT NULL REFERENCES link, lane INTEGER NOT NULL CHECK (lane IN (1, 2)),
  number INTEGER NOT NULL, item BLOB NOT NULL, tail BLOB NOT NULL, share TEXT NOT NULL,
  queued_ms INTEGER NOT NULL,
  PRIMARY KEY (link, lane, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE contact (
  vat TEXT PRIMARY KEY, serial INTEGER NOT NULL, record TEXT NOT NULL, urls TEXT NOT NULL,
  hint TEXT, via INTEGER REFERENCES link
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_via ON contact (via) WHERE via IS NOT NULL;

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
  id TEXT PRIMARY KEY, digest BLOB NOT NULL, reply TEXT NOT NULL, time_ms INTEGER NOT NULL,
  answer TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX request_time ON request (time_ms);
CREATE UNIQUE INDEX request_answer ON request (answer) WHERE answer IS NOT NULL;

INSERT INTO counters VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
INSERT INTO owner VALUES (0, 'operator', 0);
INSERT INTO object VALUES ('o0.0', 0, NULL, '{}', '[]', '{}', NULL, 'deleted');
`;
