// Error table: every code that qrt itself can refuse something with, its kind and its message.
// No message may hold a swissnum, a key or a plaintext.

/** Whose fault an error is, which decides what qrt does about it. */
export type ErrorKind = 'usage' | 'peer' | 'guest' | 'transient' | 'corrupt';

interface ErrorEntry {
  readonly kind: ErrorKind;
  /** What, which, what to do. `{name}` is replaced by the detail of that name. */
  readonly message: string;
}

const entry = (kind: ErrorKind, message: string): ErrorEntry => ({ kind, message });

/** Every code with its kind and message. */
export const ERRORS = {
  // --- operator ---
  QRT_NODE_EXISTS: entry('usage', 'There is already a node in {dir}. Give another directory.'),
  QRT_NODE_MISSING: entry(
    'usage',
    'There is no node in {dir}. Make one with `qrt create-node {dir}`, or give its directory.',
  ),
  QRT_NODE_UNCHOSEN: entry(
    'usage',
    'No node chosen. Give its directory (`qrt send`: with -d), set QRT_DIR, or go into the directory.',
  ),
  QRT_NODE_LOCKED: entry(
    'usage',
    'Node {dir} is in use by another process. Stop it with `qrt stop {dir}`, or wait for it.',
  ),
  QRT_NODE_RUNNING: entry('usage', 'Node {dir} is already running as process {pid}.'),
  QRT_NODE_STOPPED: entry(
    'usage',
    'Node {dir} is not running. Start it with `qrt start {dir}` and try again.',
  ),
  QRT_NODE_OTHER: entry(
    'usage',
    'The process behind {dir}/control.sock serves vat {found}, not {wanted}. Stop it first.',
  ),
  QRT_NODE_UNSTARTED: entry(
    'transient',
    'Node {dir} did not become ready: {reason}. Its last words are in {dir}/node.log.',
  ),
  QRT_NODE_UNSTOPPED: entry(
    'transient',
    'Node {dir} did not stop in {seconds} s. It is process {pid}; look into {dir}/node.log.',
  ),
  QRT_DIR_UNUSABLE: entry('usage', 'Directory {dir} cannot be used: {reason}.'),
  QRT_MODE_OPEN: entry(
    'usage',
    '{path} can be read by others (mode {mode}). Close it with `chmod {wanted} {path}`.',
  ),
  QRT_CONFIG_INVALID: entry('usage', '{path} is not a valid configuration: {reason}.'),
  QRT_NODE_COPIED: entry(
    'usage',
    'Vat {vat} runs already, at {url}: {dir} is a copy of it, or the original. Never run both.',
  ),
  QRT_PORT_TAKEN: entry(
    'usage',
    'Port {port} on {host} is in use. Free it, or change "port" in {path} and start again.',
  ),
  QRT_PORT_REFUSED: entry(
    'usage',
    'Cannot listen on {host}:{port} ({reason}). Change "host" or "port" in {path}.',
  ),
  QRT_TLS_INVALID: entry('usage', '{path} cannot be used for TLS: {reason}. Mend it, or {config}.'),
  QRT_SANDBOX_UNAVAILABLE: entry(
    'usage',
    'No sandbox for workers of the level wanted ({levels}) holds on this machine: {reason}.',
  ),
  QRT_URL_INVALID: entry('usage', '{url} is no URL of a vat. Give http://HOST:PORT or https://….'),
  QRT_JSON_MALFORMED: entry('usage', '{what} cannot be taken as JSON: {reason}. Nothing was done.'),
  QRT_PATH_UNKNOWN: entry('usage', '{what} {path} names no place in the JSON. {hint}'),
  QRT_ARGUMENT_INVALID: entry('usage', '{what}: {reason}.'),
  QRT_QRID_MALFORMED: entry(
    'usage',
    '{what} is no QRID. One looks like qrt:VATID.SWISSNUM or qrt:VATID.SWISSNUM@http://host:port.',
  ),
  QRT_VAT_UNKNOWN: entry(
    'usage',
    'Nothing is known of vat {vat}. Run `qrt gossip` with a node that knows it, or use a QRID ' +
      'with a URL hint. Nothing was queued.',
  ),
  QRT_CODE_MISSING: entry(
    'usage',
    'No code at {path}: no such file or folder, and no such guest ships. These do: {known}.',
  ),
  QRT_BUNDLE_INVALID: entry('usage', 'The bundle cannot be installed. {path}: {reason}.'),
  QRT_BUNDLE_INCOMPLETE: entry(
    'usage',
    'The bundle {path} was not given all that its qrt.json asks for. Type it again with:{missing}',
  ),
  QRT_GRANT_UNKNOWN: entry('usage', 'There is no native power {type}. Known: {known}.'),
  QRT_REQUEST_OVERSIZE: entry('usage', '{what} has {bytes} bytes; at most {max} are allowed.'),
  QRT_REQUEST_MALFORMED: entry('usage', 'The request is malformed: {reason}.'),
  QRT_REQUEST_REUSED: entry(
    'usage',
    'The request id {id} was used before for another request. Choose a new one.',
  ),
  QRT_REQUEST_UNKNOWN: entry(
    'usage',
    'This vat knows no request {id}: it never got it, or got it so long ago that it was forgotten.',
  ),
  QRT_ANSWER_UNWANTED: entry(
    'usage',
    'No answer comes to request {id}: it is no send, or was sent without --result.',
  ),
  QRT_LINK_DOUBTED: entry(
    'usage',
    'The link with vat {vat} is in doubt: {reason}. Nothing is sent on it until it is settled.',
  ),
  QRT_LINK_UNDOUBTED: entry(
    'usage',
    'The link with vat {vat} is not in doubt: there is nothing to decide.',
  ),
  QRT_LINK_DECIDED: entry(
    'usage',
    'What becomes of the link with vat {vat} was decided before, and cannot be changed any more.',
  ),
  QRT_RESET_REFUSED: entry(
    'usage',
    'Vat {vat} has not said that it lost the link, so the link cannot be begun anew without it.',
  ),
  QRT_LINK_DROPPED: entry(
    'usage',
    'The link with {vat} was dropped for good: nothing more is sent to it or taken from it. ' +
      'What was under way then may have arrived.',
  ),
  QRT_OBJECT_UNKNOWN: entry(
    'usage',
    'There is no object {object} in this vat. `qrt dump DIR objects` shows those that there are.',
  ),
  QRT_OBJECT_DELETED: entry('usage', 'Object {object} is deleted, for good.'),
  QRT_PEER_UNKNOWN: entry(
    'usage',
    'No peer {peer}: no link has that petname or that vat id, or one that begins with it (give at ' +
      'least 6 characters). `qrt peer list DIR` shows them.',
  ),
  QRT_PEER_AMBIGUOUS: entry(
    'usage',
    'Several vat ids begin with {peer}. Give more of it, or its petname.',
  ),
  QRT_PETNAME_INVALID: entry(
    'usage',
    '{name} cannot be a petname: give 1 to 63 letters, digits, ".", "_" or "-", a letter or digit ' +
      'first, and nothing that looks like a vat id.',
  ),
  QRT_PETNAME_TAKEN: entry(
    'usage',
    'The petname {name}, in this or other capitals, is that of vat {vat}. Give another one.',
  ),
  QRT_QRID_UNKNOWN: entry(
    'usage',
    'No QRID of this vat has a hash that begins with {hash}. `qrt qrid list DIR` shows them all.',
  ),
  QRT_QRID_AMBIGUOUS: entry(
    'usage',
    'Several QRIDs have a hash that begins with {hash}. Give more of its digits.',
  ),
  QRT_BACKUP_EXISTS: entry('usage', 'There is already something at {path}. Give another name.'),
  QRT_BACKUP_INVALID: entry(
    'usage',
    '{path} is no backup that this qrt can restore: {reason}. Nothing was done.',
  ),
  QRT_QUARANTINE_UNKNOWN: entry(
    'usage',
    'No message {id} is in quarantine. `qrt quarantine DIR` shows those that are.',
  ),
  QRT_PROMISE_UNKNOWN: entry(
    'usage',
    'No promise {id} is pending in this vat. `qrt promises DIR` shows those that are.',
  ),
  // Of this kind because the one who reads it is the one who can mend what was found: exit code 2.
  QRT_DOCTOR_FAILED: entry(
    'usage',
    '{failed} of {checks} checks of {dir} failed: {names}. Do what is said beside each, and look again.',
  ),
  QRT_LINKS_FULL: entry(
    'usage',
    'This vat has {max} links, dropped ones among them, which is the most it keeps.',
  ),
  // --- operator of a test vat ---
  QRT_VAT_CLOSED: entry(
    'usage',
    'The vat of {dir} is not open any more. Open it again with `openVat`; what it has stored is there.',
  ),
  QRT_TESTVAT_CLOSED: entry('usage', 'This test vat is closed. Make another one: `makeTestVat()`.'),
  QRT_TESTVAT_RESTLESS: entry(
    'usage',
    'After {turns} turns messages still wait: {waiting}. Look for objects that send to each other ' +
      'for ever, or give `run` a larger turnsMax.',
  ),
  QRT_TESTVAT_PENDING: entry(
    'usage',
    'No answer came, and no message is left to run. What would settle it comes later: move the ' +
      'clock by `advance`, or send what it waits for, and use `ask` in place of `answer`.',
  ),
  QRT_REFERENCE_FOREIGN: entry(
    'usage',
    '{what} belongs to another vat. Hand over its QRID (`await reference.qrid()`); in a test, use ' +
      'objects that this test vat installed, or `vat.outside(name)`.',
  ),
  // --- peer ---
  QRT_VAT_UNSEALABLE: entry('peer', 'Vat {vat} has no usable key: the QRID is mistyped or forged.'),
  QRT_CONTACT_INVALID: entry('peer', 'A contact record is not valid: {reason}.'),
  QRT_ADDRESS_REFUSED: entry(
    'peer',
    '{address} is no public address ({range}), and no connection was made. If this node has peers ' +
      'there, start it with --allow-private-peers, or set "allowPrivatePeers" in its config.json.',
  ),
  QRT_ITEM_MALFORMED: entry('peer', 'An item is malformed: {reason}.'),
  QRT_NAME_UNKNOWN: entry('peer', 'An item names something that was never given to its sender.'),
  QRT_ITEM_DISCARDED: entry(
    'peer',
    'The message was discarded by the operator of the vat that held it, in settling a doubt. It may ' +
      'have had its effect before.',
  ),
  QRT_NO_OBJECT: entry(
    'peer',
    'There is no such object: it was deleted, or its QRID is wrong or withdrawn. Ask for another.',
  ),
  QRT_TOO_FAR: entry('peer', 'A message was forwarded {max} times and goes no further.'),
  // --- guest ---
  QRT_CODE_REFUSED: entry('guest', '{where}: {reason}'),
  QRT_CODE_UNKNOWN: entry('guest', 'There is no code with hash {hash} in this vat.'),
  QRT_DATA_UNCARRIED: entry('guest', '{path} cannot be carried: {reason}'),
  QRT_DATA_OVERSIZE: entry('guest', '{what} is too large: at most {max} {unit}.'),
  QRT_DATA_MALFORMED: entry('guest', 'The data of a message or memory is malformed: {reason}'),
  QRT_TURN_OVER: entry('guest', 'This reference or power belongs to a turn that is over.'),
  QRT_TURN_POISONED: entry('guest', 'The turn was aborted: {reason}'),
  QRT_TARGET_INVALID: entry('guest', '{what} needs a reference as its target.'),
  QRT_CALL_REMOTE: entry(
    'guest',
    'An object of another vat cannot be called immediately. Use sendOnly.',
  ),
  QRT_CALL_PROMISE: entry(
    'guest',
    'A promise or resolver cannot be called immediately: send to it, or give Q.when a continuation.',
  ),
  QRT_CALL_DEEP: entry('guest', 'Immediate calls are nested more than {max} deep.'),
  QRT_POWER_INVALID: entry('guest', 'That power cannot be given: {reason}'),
  QRT_NO_ROOM: entry('guest', 'There is no room for this message now: {queue} is full.'),
  QRT_LIMIT_REACHED: entry('guest', 'A turn may not have more than {max} {what}.'),
  QRT_PROMISE_INVALID: entry('guest', '{what} {reason}.'),
  QRT_PROMISE_DATA: entry('guest', 'The promise became data, to which nothing can be sent.'),
  QRT_PROMISE_CYCLE: entry('guest', 'The promise would wait for itself for ever.'),
  QRT_PROMISE_SETTLED: entry(
    'guest',
    'The promise of this resolver was settled before, or nobody waits for it any more.',
  ),
  QRT_PROMISE_EMPTY: entry('guest', 'Q.first was given nothing that could become first.'),
  QRT_DEADLINE_PASSED: entry('guest', 'No answer came in time.'),
  QRT_ANSWER_LOST: entry(
    'guest',
    'What became of this was forgotten when the disk of one of two vats was set back.',
  ),
  QRT_MESSAGE_QUARANTINED: entry(
    'guest',
    'A message was taken out after {attempts} attempts: {cause}.',
  ),
  // --- transient ---
  QRT_VAT_BUSY: entry('transient', 'This vat is full ({what}). Try again later.'),
  QRT_NODE_SILENT: entry('transient', 'Node {dir} did not answer: {reason}.'),
  QRT_ANSWER_PENDING: entry(
    'transient',
    'The vat of {dir} was closed before the answer to {id} was there. The message is stored: open ' +
      'the vat again and ask for `vat.result("{id}")`.',
  ),
  QRT_CALLS_FULL: entry(
    'transient',
    '{max} calls of this program wait for their vat already. Await some of them before the next.',
  ),
  QRT_DISK_FULL: entry('transient', 'The disk of {dir} is full. Nothing was changed.'),
  QRT_WAIT_EXPIRED: entry('transient', 'Not delivered in time; it stays queued.'),
  QRT_ANSWER_LATE: entry(
    'transient',
    'No answer to {id} in time. It may still come: `qrt result {dir} {id}` waits for it.',
  ),
  // --- corrupt ---
  QRT_STORE_CORRUPT: entry(
    'corrupt',
    'The database {path} is damaged: {reason}. Restore a copy; do not start this one.',
  ),
  QRT_STORE_NEWER: entry(
    'corrupt',
    'The database {path} has schema {found}; this qrt knows up to {known}. Use a newer qrt.',
  ),
  QRT_STORE_FAILED: entry('corrupt', 'The database {path} failed: {reason}.'),
  QRT_BACKUP_DAMAGED: entry(
    'corrupt',
    'The backup {path} is damaged: {reason}. Nothing was restored; use another one.',
  ),
  QRT_KEY_INVALID: entry(
    'corrupt',
    'The key file {path} is not usable: {reason}. Put it back from a backup.',
  ),
  QRT_WORKER_BROKEN: entry('corrupt', 'The worker broke the protocol: {reason}.'),
  QRT_WORKER_UNSTARTED: entry('corrupt', 'The worker process cannot be started: {reason}.'),
  QRT_INVARIANT_BROKEN: entry('corrupt', 'A fault in qrt itself: {reason}. Please report it.'),
} as const satisfies Record<string, ErrorEntry>;
