// The bounds of a vat: every queue, size, depth and time has its name, unit and reason here.
//
// The limits under "wire" belong to the protocol version: two nodes must agree on them, so no
// configuration may change them.

/** Bytes in a kibibyte and a mebibyte, so that the lines below read as they are spoken. */
const KIB = 1024;
const MIB = 1024 * KIB;

// --- wire: fixed by the protocol version -------------------------------------------------------

/** A box larger than this is refused before it is opened: an unproven sender has earned no CPU. */
export const BOX_BYTES_MAX = MIB;
/** Items of both lanes in one box: bounds what one receipt may have to stand for. */
export const BOX_ITEMS_MAX = 1_000;
/** The highest number of an item or name: lanes count on from it and stay exact in a double. */
export const WIRE_NUMBER_MAX = 2 ** 48;
/** The highest in what settles a link: both ends go on above it, and MUST have numbers left. */
export const STATED_NUMBER_MAX = WIRE_NUMBER_MAX - 2 ** 32;
/** Fewer names than this are left out at a time; after two million times a link has no more. */
export const NAMES_SKIPPED_MAX = 2 ** 28;
/** One item: the largest legal body, 1,000 names and the header fit, forwarded or not. */
export const ITEM_BYTES_MAX = 320 * KIB;
/** A receipt is three numbers, two tails and a few contact records. */
export const RECEIPT_BYTES_MAX = 64 * KIB;
/** Args of a message and an answer, in bytes of their UTF-8 body. */
export const ARGS_BYTES_MAX = 256 * KIB;
/** What a guest keeps beside a continuation, in bytes of its UTF-8 body. */
export const CONTEXT_BYTES_MAX = 64 * KIB;
/** The longest deadline of an answer: 366 days. */
export const DEADLINE_MS_MAX = 366 * 86_400_000;
/** Promises of one installation that there are at a time; one more is as if it was forgotten. */
export const PROMISES_PER_OWNER_MAX = 100_000;
/** What waited for settled promises and is served at once; the rest after the next commit. */
export const PENDING_SERVED_MAX = 1_000;
/** Promises that are looked at to see whether one would wait for itself. */
export const WAITS_WALKED_MAX = 1_000;
/** References in one body: each is a row that a peer must keep for ever. */
export const REFERENCES_MAX = 1_000;
/** Forwarding hops: a ring of forwarders must end. */
export const HOPS_MAX = 16;
/** One contact record with its signature. */
export const CONTACT_BYTES_MAX = 4 * KIB;
/** URLs in one contact record. */
export const CONTACT_URLS_MAX = 8;
/** Bytes of one URL in a record or a QRID. */
export const URL_BYTES_MAX = 512;
/** Contact records beside the items of one box or receipt. */
export const CONTACTS_PER_BOX_MAX = 8;
/** Checkpoints of a lane in one statement; with n of them one round looks at 1/n of what is left. */
export const CHECKPOINTS_ASKED_MAX = 64;
/** A record dated further ahead than this is ignored: its vat could never be moved again. */
export const CONTACT_AHEAD_MS_MAX = 24 * 3_600_000;

// --- data: what a body may hold ----------------------------------------------------------------

/** Nesting of arrays and objects in any body: recursion over data must not exhaust a stack. */
export const DATA_DEPTH_MAX = 64;
/** Values in one body, counted after shared sub-trees are expanded. */
export const DATA_NODES_MAX = 100_000;

// --- objects -----------------------------------------------------------------------------------

/** Code made by a guest through `make_object`. */
export const CODE_BYTES_MAX = 64 * KIB;
/** Code that the operator installs. */
export const CODE_BYTES_INSTALL_MAX = MIB;
/** Bracket nesting allowed before a parser sees the text. */
export const CODE_NESTING_MAX = 250;
/** Levels of syntax in code, chains of operators and members included: V8 goes as deep. */
export const CODE_DEPTH_MAX = 1_000;
/** The static part of a power. */
export const POWER_BYTES_MAX = 256 * KIB;
/** Native powers in one power. */
export const POWER_NATIVES_MAX = 100;
/** UTF-16 units of the key of a native power. */
export const POWER_NATIVE_KEY_MAX = 256;
/** One memory value. */
export const MEMORY_BYTES_MAX = MIB;
/** Log text of one line. */
export const LOG_LINE_BYTES_MAX = 4 * KIB;
/** Log lines kept for each owner; the oldest go first. */
export const LOG_LINES_PER_OWNER_MAX = 10_000;
/** Log lines of one turn. */
export const TURN_LOGS_MAX = 1_000;

// --- turns -------------------------------------------------------------------------------------

/** Messages that one turn may send. */
export const TURN_SENDS_MAX = 1_000;
/** Objects that one turn may make. */
export const TURN_OBJECTS_MAX = 100;
/** Memory slots that one turn may load or make: an immediate call can bring another. */
export const TURN_MEMORY_MAX = 10_000;
/** Nested immediate calls. */
export const CALL_DEPTH_MAX = 64;
/** Everything that one turn wants to have happened. */
export const OUTCOME_BYTES_MAX = 8 * MIB;
/** CPU time of the worker for one turn, in milliseconds. */
export const TURN_CPU_MS_MAX = 1_000;
/** CPU time that loading code adds to that, in milliseconds per KiB of its text. */
export const LOAD_CPU_MS_PER_KIB = 2;
/** Wall time without an outcome after which a worker is ended, in milliseconds. */
export const TURN_WALL_MS_MAX = 30_000;
/** How often the worker's CPU time is read at least while a turn runs, in milliseconds. */
export const METER_INTERVAL_MS = 100;
/**
 * When it is first read in a turn, in milliseconds: what the turn has used before is not counted,
 * and most turns are over by then. One step of the system's own count, so none is ended too early.
 */
export const METER_FIRST_MS = 10;
/** How often it is read at most, near the limit, in milliseconds. */
export const METER_INTERVAL_MS_MIN = 5;
/** Error text that is kept of a failed turn. */
export const ERROR_TEXT_MAX = 1_024;
/** Turns that a vat remembers for an operator who watches: about what one can scroll through. */
export const TURNS_REMEMBERED_MAX = 1_000;

// --- worker ------------------------------------------------------------------------------------

/** V8's old space in the worker, in MiB. */
export const WORKER_HEAP_MIB = 64;
/** The worker's data segment, in bytes. */
export const WORKER_DATA_BYTES = 400_000_000;
/** A frame in either direction: an outcome and its envelope. */
export const FRAME_BYTES_MAX = OUTCOME_BYTES_MAX + MIB;
/** Stored forms of memory, power and code that a worker keeps between turns. */
export const WORKER_CACHE_BYTES_MAX = 16 * MIB;
/** What a worker may ask for within one turn: several times what its heap can hold. */
export const ASKED_BYTES_MAX = 256 * MIB;
/** Attempts of a message that broke a limit (CPU, heap) before it is quarantined. */
export const ATTEMPTS_LIMIT_MAX = 2;
/** Attempts of a message whose worker ended for an unknown cause before it is quarantined. */
export const ATTEMPTS_UNKNOWN_MAX = 5;
/** How long a worker without work is kept, in milliseconds: a node at rest is one process. */
export const WORKER_IDLE_MS_MAX = 5_000;
/** How long a new worker may take to say that it is ready, in milliseconds. */
export const WORKER_START_MS_MAX = 30_000;
/** How long checking one code text may take at install, in milliseconds. */
export const CODE_CHECK_MS_MAX = 10_000;
/** Threads of a worker process; Node and V8 start twelve at most. No filter of calls can count. */
export const WORKER_THREADS_MAX = 64;
/** How long the pipes of a worker that has ended may stay open, in milliseconds. */
export const WORKER_PIPE_MS_MAX = 1_000;
/** How long after a turn began the spare worker is started, in milliseconds: not in its way. */
export const SPARE_DELAY_MS = 50;
/** Pause after the first spare worker that was lost, in milliseconds; it doubles with each. */
export const SPARE_RETRY_MS = 1_000;
/** Spare workers lost in a row after which none is started until the next worker is. */
export const SPARE_FAILURES_MAX = 3;
/** Quarantined messages kept; the oldest go first. */
export const QUARANTINE_ROWS_MAX = 1_000;

// --- commit ------------------------------------------------------------------------------------

/** Turns in one commit. */
export const COMMIT_TURNS_MAX = 64;
/** Bytes accepted in one commit. */
export const COMMIT_BYTES_MAX = 4 * MIB;
/** The longest that an accepted change waits for its flush while more work comes, in ms. */
export const COMMIT_WAIT_MS_MAX = 5;
/** Messages for deleted objects that are rejected in one go: they must not fill a transaction. */
export const REJECTED_AT_ONCE_MAX = 64;
/** Turns handed to the worker before their outcomes are back. */
export const TURNS_IN_FLIGHT_MAX = 64;

// --- queues ------------------------------------------------------------------------------------

/** Rows in the inbox, all shares together. */
export const INBOX_ROWS_MAX = 100_000;
/** Bytes in the inbox, all shares together. */
export const INBOX_BYTES_MAX = 256 * MIB;
/** Rows in the outbox, all shares together. */
export const OUTBOX_ROWS_MAX = 100_000;
/** Bytes in the outbox, all shares together. */
export const OUTBOX_BYTES_MAX = 256 * MIB;
/** Answers to one peer that may await their receipt before its messages have to wait. */
export const ANSWERS_WAITING_MAX = 10_000;
/** Peers with whom this vat keeps a link, dropped ones included. */
export const LINKS_MAX = 10_000;
/** Contact records kept, but for those of vats with a link: there is room for these as well. */
export const CONTACTS_MAX = 10_000;
/** Items per link up to the newest whose way back is remembered, besides all that still wait. */
export const FORWARDS_REMEMBERED_MAX = 10_000;
/** Boxes on their way at once, to all peers together. */
export const POSTS_IN_FLIGHT_MAX = 64;

// --- delivery ----------------------------------------------------------------------------------

/** First delay before a box is tried again, in milliseconds. */
export const RETRY_FIRST_MS = 100;
/** Longest delay before a box is tried again, in milliseconds. */
export const RETRY_LAST_MS = 30_000;
/** Least time between attempts to reach a peer that is heard of but takes nothing, in ms. */
export const RETRY_HEARD_MS = 1_000;
/** How often a peer in doubt that has heard it all is asked again, in milliseconds: it may not reach us. */
export const SETTLE_AGAIN_MS = 900_000;
/** How long a URL may fail before it has to serve its vat's record again, in milliseconds. */
export const PROOF_FAILING_MS_MAX = 3_600_000;
/** How long one attempt to deliver a box may take, in milliseconds. */
export const POST_MS_MAX = 10_000;

// --- crypto ------------------------------------------------------------------------------------

/** Keys shared with peers that are kept in memory; another one is computed again (2 ms). */
export const PEER_KEYS_MAX = 10_000;

// --- transport ---------------------------------------------------------------------------------

/** Connections that the listener holds at once; a further one takes the place of another. */
export const CONNECTIONS_MAX = 256;
/** Boxes that are being read or await their reply at once, and as many contact requests. */
export const REPLIES_WAITING_MAX = 64;
/** How long a whole request may take to arrive, in milliseconds. */
export const REQUEST_MS_MAX = 10_000;
/** How long the headers of a request may take to arrive, in milliseconds. */
export const HEADERS_MS_MAX = 5_000;
/** How often those two times are looked at, in milliseconds. */
export const CONNECTION_CHECK_MS = 1_000;
/** How long the listener keeps an idle connection, in milliseconds. */
export const CONNECTION_IDLE_MS = 5_000;
/** How long nothing may move on a connection with a request, in milliseconds. */
export const CONNECTION_STUCK_MS = 15_000;
/** The headers of one request. */
export const HEADERS_BYTES_MAX = 8 * KIB;
/** How long the listener waits for replies on their way when it closes, in milliseconds. */
export const LISTENER_CLOSE_MS = 2_000;
/** How long a poster keeps an idle connection, in milliseconds: less than the listener does. */
export const POSTER_IDLE_MS = 4_000;
/** The headers of one reply. */
export const REPLY_HEADERS_BYTES_MAX = 8 * KIB;
/** Connections to one origin: the vats behind one proxy must not wait for each other. */
export const POSTER_CONNECTIONS_MAX = 4;

// --- operator ----------------------------------------------------------------------------------

/** How much later a QRID's next use is noted, in milliseconds: not each use shall cost a write. */
export const QRID_USED_STEP_MS = 60_000;
/** Bytes of a QRID's hash that people see: 48 bits, so nobody makes so many that two begin alike. */
export const HASH_BYTES_SHOWN = 6;
/** QRIDs in one list. */
export const QRID_LIST_ROWS_MAX = 10_000;
/** One request or reply on the control socket. */
export const CONTROL_BYTES_MAX = 16 * MIB;
/** Entries of a folder that `install` looks through: with more it is no bundle but a mistake. */
export const BUNDLE_ENTRIES_MAX = 1_000;
/** Code files of a bundle beside its main.js: each is parsed before anything is installed. */
export const BUNDLE_CODES_MAX = 100;
/** Bytes of the power.json or qrt.json of a bundle, white space included. */
export const BUNDLE_JSON_BYTES_MAX = MIB;
/** References that the manifest of a bundle may ask for: a person has to type them. */
export const BUNDLE_REFS_MAX = 100;
/** Characters of a line of a manifest: a name, a description, what a reference is for. */
export const MANIFEST_LINE_CHARACTERS_MAX = 500;
/** Characters of the label that an operator gives to a QRID. */
export const LABEL_CHARACTERS_MAX = 100;
/** How long the reply to a request with an id is kept at least, in milliseconds. */
export const REQUEST_KEEP_MS = 24 * 3_600_000;
/** How many replies to requests with an id are kept at least. */
export const REQUEST_KEEP_ROWS = 10_000;
/** How long `start` and short commands wait for each other's lock, in milliseconds. */
export const LOCK_WAIT_MS = 20_000;
/** Connections to the control socket at once. */
export const CONTROL_CONNECTIONS_MAX = 64;
/** Requests on the control socket that await their reply. */
export const CONTROL_REQUESTS_MAX = 1_000;
/** How long a running node may take to say who it is, in milliseconds. */
export const CONTROL_HELLO_MS_MAX = 5_000;
/** Characters of the id that a client gives to a request. */
export const REQUEST_ID_CHARACTERS_MAX = 64;
/** How long a running node may take to answer a request that waits for nothing, in milliseconds. */
export const CONTROL_REPLY_MS_MAX = 60_000;
/** How long a node may take from its start until it answers, in milliseconds. */
export const NODE_START_MS_MAX = 30_000;
/** How long turns in flight may take when a node stops, in milliseconds: then it ends anyway. */
export const NODE_STOP_MS_MAX = 10_000;
/** A node's own log file is set aside at this size; one old file is kept. */
export const NODE_LOG_BYTES_MAX = 10 * MIB;
/** First and longest pause before a vat that met a full disk is started again, in milliseconds. */
export const DISK_RETRY_FIRST_MS = 500;
export const DISK_RETRY_LAST_MS = 5_000;

// --- test vats ---------------------------------------------------------------------------------

/** Turns of one `run` unless it is told otherwise: objects that send for ever must not hang a test. */
export const RUN_TURNS_MAX = 10_000;
/** Workers in a row that never become ready before a test is told so instead of waiting on. */
export const WORKER_STARTS_FAILED_MAX = 3;
/** Objects with waiting messages that an error names. */
export const WAITING_SHOWN_MAX = 5;

// --- looking at a database ---------------------------------------------------------------------

/** A larger database is not read through whenever it is opened, only by `qrt verify` and `--verify`. */
export const CHECKED_BYTES_MAX = 256 * MIB;
/** Frames (pages of 4 KiB) in SQLite's log before they are carried over into the database. */
export const LOG_FRAMES_MAX = 1_000;
/** Problems that `qrt verify` tells of each table: it has to be replaced after the first. */
export const VERIFY_PROBLEMS_MAX = 20;
