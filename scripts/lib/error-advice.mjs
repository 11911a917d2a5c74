// What each error means and what to do about it, for docs/errors.md.
//
// A new code needs a line here; then run `node scripts/errors-page.mjs`. Say in one to three
// sentences what has happened in the reader's world and what they do next. Markdown is allowed.

import { GUEST_ADVICE } from './guest-error-advice.mjs';

/** @type {Readonly<Record<string, string>>} */
export const ADVICE = {
  // --- operator ---
  QRT_NODE_EXISTS:
    'A directory holds one node, and a key is never overwritten. Choose another directory; if the ' +
    'node there is really not wanted any more, remove its directory yourself first.',
  QRT_NODE_MISSING:
    'The directory has no `config.json`, which is what makes it a node. Check the spelling, or make ' +
    'the node.',
  QRT_NODE_UNCHOSEN:
    'Commands that may leave out the directory take it from `-d`, else from the variable `QRT_DIR`, ' +
    'else from the current directory. None of these names a node.',
  QRT_NODE_LOCKED:
    'Only one process at a time may write to a node. Another one had the lock for 5 seconds and did ' +
    'not answer on the control socket: a node that is starting or stopping, or a long command. Wait ' +
    'and try again. The lock ends with its process, also when that is killed; there is never a ' +
    'stale one to remove.',
  QRT_NODE_RUNNING: 'The node runs already, so there is nothing to do: use it as it is.',
  QRT_NODE_STOPPED:
    'The command needs the running node: `stop`, `send --wait`, `send --result`, and `result` while ' +
    'the answer is pending. Start the node, then repeat it.',
  QRT_NODE_OTHER:
    'A process of another vat answers on the control socket of this directory: the directory was ' +
    'exchanged under a running node. Stop that process, by its process number if need be, before ' +
    'the directory is used again.',
  QRT_NODE_UNSTARTED:
    'The process of the node ended, or said nothing for 30 seconds, before it was ready. The last ' +
    'lines of `node.log` follow the message and usually name the cause. On a slow or busy machine ' +
    'try again.',
  QRT_NODE_UNSTOPPED:
    'The node was asked to stop and is still there. What is committed is safe, so the process may ' +
    'be ended with `kill -9`; look into `node.log` for what held it up.',
  QRT_DIR_UNUSABLE:
    'The directory, or a file in it, cannot be read or written as needed. The reason is what the ' +
    'operating system said: mostly permissions, a file in the place of a directory, or a directory ' +
    'that is not empty.',
  QRT_MODE_OPEN:
    'Who can read the files of a node is the vat. qrt refuses to work while others may read them, ' +
    'as after a copy without modes. Type the command in the message.',
  QRT_CONFIG_INVALID:
    'The file is no JSON, a field is wrong or unknown, or the vat in it is not the one of the key. ' +
    'The fields are described in [running nodes](running-nodes.md#configjson).',
  QRT_NODE_COPIED:
    'The port is taken by a node with the same key, so one directory is a copy of the other. If both ' +
    'ran, peers would see two histories and stop talking to both. Decide which one goes on, and ' +
    'remove the other; to have a second node, make one with `create-node`.',
  QRT_PORT_TAKEN:
    'Another process listens there, often another node. Stop it, or give this node another port; ' +
    'peers learn the new one by themselves as soon as this node reaches them.',
  QRT_PORT_REFUSED:
    'The operating system does not let this process listen there: a port below 1024 without the ' +
    'right to it, or an address that this machine does not have.',
  QRT_TLS_INVALID:
    'The certificate and the key that `config.json` names under `tls` are PEM files that belong ' +
    'together; the key has no passphrase. A node that runs goes on with those it has read and says ' +
    'so in its log; one that starts does not start. See ' +
    '[TLS of its own](running-nodes.md#tls-of-its-own).',
  QRT_SANDBOX_UNAVAILABLE:
    'A level of the sandbox was required, and a program that tried to break out of it on this ' +
    'machine found it missing or open. The message says why. On Linux the package `bubblewrap` has ' +
    'to be installed and allowed to make user namespaces; elsewhere there is only the level `none`.',
  QRT_URL_INVALID:
    'A URL of a vat is `http://` or `https://`, a host, and optionally port and path; without user, ' +
    'query or fragment, and in plain ASCII.',
  QRT_JSON_MALFORMED:
    'The text is not JSON, or holds something that would change on the way: a number with more ' +
    'digits than a double keeps, `-0`, a lone surrogate. Put it in single quotes in a shell, and ' +
    'write large numbers as text.',
  QRT_PATH_UNKNOWN:
    '`--ref PATH=QRID` puts a reference at a place of the JSON: `to`, `list[3].who`, `["a b"]`. All ' +
    'but the last step of the path must exist already.',
  QRT_ARGUMENT_INVALID:
    'The command was typed wrongly; the message says how. `--help` has examples.',
  QRT_QRID_MALFORMED:
    'The text is no QRID, or only part of one: 43 characters on each side of the dot. The message ' +
    'does not repeat it, because a QRID is a secret.',
  QRT_VAT_UNKNOWN:
    'This node has never heard of the vat that the QRID names, so it would not know where to send. ' +
    'Gossip with a node that knows it, or use the QRID as `install` printed it, with its URL.',
  QRT_CODE_MISSING:
    'There is no such file or folder, and no guest of that name comes with qrt. ' +
    'A path that exists is always preferred to a guest of the same name.',
  QRT_BUNDLE_INVALID:
    'A file of the folder cannot be part of a bundle, or its `qrt.json` or `power.json` says ' +
    'something unknown. The message names the file. See [bundles](writing-objects.md#bundles).',
  QRT_BUNDLE_INCOMPLETE:
    'A bundle gets nothing by itself: its `qrt.json` only names what it needs, and the operator ' +
    'gives it, or does not install it. The options to add are in the message.',
  QRT_GRANT_UNKNOWN:
    '`--grant` gives a native power; the message lists those that exist. `make_object` and memory ' +
    'come without asking.',
  QRT_REQUEST_OVERSIZE:
    'Args, power or code are larger than a vat takes: args and power 256 KiB each, code 1 MiB. Send ' +
    'it in parts, or keep less in it. A reply of more than 16 MiB is what thousands of peers with ' +
    'long contact records can make of `qrt gossip` and `qrt status`: drop those that you do not know.',
  QRT_REQUEST_MALFORMED:
    'What came over the control socket is not a request of this version, as after an upgrade of ' +
    'the command while an older node still runs. Restart the node.',
  QRT_REQUEST_REUSED:
    'The same `--id` means the same request, for at least a day. A request with other contents ' +
    'needs another id.',
  QRT_REQUEST_UNKNOWN:
    'An answer is found by the id of its `send`, in the node that sent it. Look whether id and node ' +
    'are right. A node keeps what became of a request for a day at least, and that of its last ' +
    '10,000 requests however old they are.',
  QRT_ANSWER_UNWANTED:
    'Only a `send` with `--result` asks for an answer; of another one there is nothing to tell but ' +
    'that it was stored. Send again with `--result`, and without the old `--id`, if it may be done ' +
    'once more.',
  QRT_LINK_DOUBTED:
    'This node and that vat remember different histories, so nothing moves between them. See ' +
    '[doubt](running-nodes.md#doubt).',
  QRT_LINK_UNDOUBTED: '`qrt status` shows the state of each link.',
  QRT_LINK_DECIDED:
    'Both vats count on what was decided, and begin anew as soon as the other one is ready. See ' +
    '[doubt](running-nodes.md#doubt).',
  QRT_ITEM_DISCARDED:
    'Two disks did not fit, and the operator of the vat that sent or forwarded this message chose not ' +
    'to send it again. Whether the receiver had taken it before, its operator can see. See ' +
    '[doubt](running-nodes.md#doubt).',
  QRT_RESET_REFUSED:
    'Only if the other vat knows nothing of this one any more can the link be begun anew. As long as ' +
    'it has not answered, or knows the link, decide about the items instead. See ' +
    '[doubt](running-nodes.md#doubt).',
  QRT_LINKS_FULL:
    'A vat keeps 10,000 links with other vats and never forgets one: a dropped link counts as well, ' +
    'so `qrt peer drop` makes no room. Spread the work over more vats.',

  QRT_LINK_DROPPED:
    "The link with that vat was given up by this node's operator, for good: names and numbers of it " +
    'are never used again. What had left before and was not yet confirmed may have arrived, and then ' +
    'it runs there; what had not left is deleted. To talk with whoever is there, one of the two ' +
    'needs a new vat.',
  QRT_OBJECT_UNKNOWN:
    'Object ids look like `o5.0`; `install` prints one, and `qrt dump DIR objects` shows all.',
  QRT_QRID_UNKNOWN:
    'Give at least 8 digits of the hash, as `qrt qrid list DIR` shows it, or the QRID itself. QRIDs ' +
    'of other vats are withdrawn there.',
  QRT_QRID_AMBIGUOUS: 'Copy all digits of the hash that `qrt qrid list DIR` shows.',
  QRT_BACKUP_EXISTS:
    'A backup never replaces a file: the older one may be the better one. Choose a new name, such as ' +
    'one with the date in it.',
  QRT_BACKUP_INVALID:
    'The file is missing, is no backup at all, or one of a format that a newer qrt writes. Check the ' +
    'name; a newer backup needs a newer qrt.',
  QRT_QUARANTINE_UNKNOWN:
    'Copies of messages leave quarantine by `--again`, by `--discard`, and when an installation has ' +
    'more of them than are kept: its oldest go first.',
  QRT_PROMISE_UNKNOWN:
    'A promise is listed from the turn that made it until it is settled, or until nobody can see any ' +
    'more what becomes of it. Its id looks like `p5.0`.',
  QRT_OBJECT_DELETED:
    'The object was ended by `qrt delete`, for good. Its id still stands in references and lists; a ' +
    'new object has to be installed.',
  QRT_PEER_UNKNOWN:
    'Only vats with a link can be named or dropped. `qrt peer list DIR` shows them; of a vat id give ' +
    'at least 6 characters, or all of it if it begins with two dashes.',
  QRT_PEER_AMBIGUOUS:
    'Vat ids can be made to begin alike. Copy more of the one that `qrt peer list DIR` shows, or use ' +
    'its petname, which always means one peer.',
  QRT_PETNAME_INVALID:
    'A petname must not be mistaken for a vat id, which has 43 characters, and must be easy to type: ' +
    'nothing but letters, digits, dots, underscores and dashes.',
  QRT_PETNAME_TAKEN:
    'Two peers with names alike would be mistaken for each other. Choose another name, or rename the ' +
    'other peer first with `qrt peer name`, which also works for a dropped one.',
  QRT_DOCTOR_FAILED:
    'Something that the node needs is not as it must be. What to do stands beside each check that ' +
    'failed; then look again.',

  // --- operator of a test vat ---
  QRT_VAT_CLOSED:
    'A program used a vat after `close`, after `qrt stop`, or after the vat could not go on; then the ' +
    'cause says why. Nothing was done. Open the vat again, in this process or in another one.',
  QRT_TESTVAT_CLOSED:
    'The test used its vat after `close`, often because it did not await something before. Make a ' +
    'vat for each test, and await each call.',
  QRT_TESTVAT_RESTLESS:
    'Objects that send to each other without end never come to rest. The message names some that ' +
    'have messages waiting. Run single turns with `step`, or raise `turnsMax`.',
  QRT_TESTVAT_PENDING:
    'The object answered with a promise that is still pending, or sent on to an object `outside`, ' +
    'which never answers. `ask` gives what becomes of it later, and `advance` lets deadlines pass.',
  QRT_REFERENCE_FOREIGN:
    'A reference that came in an answer means something to the vat that gave it only: for another one ' +
    'make a QRID of it. Test vats know their own objects only; for one side of two vats that talk use ' +
    '`outside`.',

  // --- peer ---
  QRT_VAT_UNSEALABLE:
    'The vat id in the QRID is not a public key that anything can be sealed for. Nobody can own ' +
    'such a vat: the QRID is wrong or forged.',
  QRT_CONTACT_INVALID:
    'What should say where a vat listens is not a record, or is not signed by that vat. It is ' +
    'ignored; `gossip` counts such records as refused.',
  QRT_ADDRESS_REFUSED:
    'A peer’s URL leads to an address that is not of the public internet: this machine, its network, ' +
    'or a range that leads nowhere. A node that others can reach does not connect there just because ' +
    'somebody says so. Messages stay queued, and the URL is tried again, as a name may come to lead ' +
    'elsewhere. If the peer is meant to be there, see ' +
    '[private addresses](running-nodes.md#private-addresses).',
  QRT_ITEM_MALFORMED:
    'A peer sent an entry that is not what the protocol allows. It was consumed without effect and ' +
    'its sender was told. The peer runs another program, or a broken one.',
  QRT_NAME_UNKNOWN:
    'A peer named a thing that it was never given. The message had no effect. From a qrt of ours ' +
    'this does not come; suspect the peer.',
  QRT_NO_OBJECT:
    'The QRID or reference leads to nothing: a wrong swissnum, one that was revoked, or an object ' +
    'that was deleted. These all look the same from outside, on purpose. Ask whoever gave it for a ' +
    'new one. What is asked of a promise that was forgotten ends like that as well, as it can stand ' +
    'in a message that is sent anew from quarantine.',
  QRT_TOO_FAR:
    'A message was handed on from vat to vat 16 times, so vats probably forward it in a ring. It ' +
    'had no effect. Have the sender get a reference from the vat that has the object.',

  ...GUEST_ADVICE,

  // --- transient ---
  QRT_VAT_BUSY:
    "The operator's share of the queue that the message names is full. See in `qrt status` why it " +
    'does not drain: a stopped node, a peer that cannot be reached, an object that sends without end.',
  QRT_NODE_SILENT:
    'The node did not reply in time, or went away in the middle. Requests take effect once: repeat ' +
    'the command, with the same `--id` if it had one.',
  QRT_ANSWER_PENDING:
    'A program closed its vat, or `qrt stop` did, while it waited for an answer; or the vat could not ' +
    'go on, then the cause says why. The message is on disk and runs when the node is served next. The ' +
    'answer is kept for a day at least after it was asked for: `vat.result(id)`.',
  QRT_CALLS_FULL:
    'A program makes calls faster than its vat answers them, without waiting for any: nothing was ' +
    'sent. Keep a bounded number of calls on their way, or wait longer before the next ones.',
  QRT_DISK_FULL:
    'The disk, or the quota, is full. What is on disk is whole. A running node goes on by itself ' +
    'when there is room, and tries every few seconds.',
  QRT_ANSWER_LATE:
    'The message is sent, and its answer has not come yet: the receiver may be down, busy, or wait ' +
    'for others itself. Nothing is lost. Type the command in the message, now or later, also after ' +
    'restarts; with `--timeout` it waits for longer.',
  QRT_WAIT_EXPIRED:
    '`--wait` ended before the other vat had stored the message. It stays queued and is tried for ' +
    'ever; `qrt status` shows why it does not get there.',

  // --- corrupt ---
  QRT_STORE_CORRUPT:
    'The database is not what qrt wrote. A node that meets this ends at once, so that nobody is told ' +
    'something false. `qrt verify DIR` names what is damaged. Do not start the node again, and do ' +
    'not repair it with SQLite tools. Copy the directory away, look after the disk, and see ' +
    '[backup](running-nodes.md#backup) for what an older copy means.',
  QRT_STORE_NEWER:
    'A newer qrt has used this node and changed the form of its database. Run that version or a ' +
    'newer one.',
  QRT_STORE_FAILED:
    'The operating system failed to read or write the database: an I/O error, a file that was ' +
    'removed or replaced. The node ended so that nothing is built on it. Look after the disk, then ' +
    'start the node: it goes on from its last commit.',
  QRT_BACKUP_DAMAGED:
    'Each byte of a backup is under a hash, and some are not what they were: the file was cut off, or ' +
    'its disk has changed it. A backup that is not whole is not restored in part. Take another one, ' +
    'or copy the file again from where it came from.',
  QRT_KEY_INVALID:
    'The file `key` is missing, cannot be read, or is not what qrt wrote. There is no other copy of ' +
    'it: put it back from a backup. Without its key a vat cannot be served by anybody.',
  QRT_WORKER_BROKEN:
    'The worker process said something that no qrt worker says, and was ended; its turns run again ' +
    'in a new one. If it comes again the installation is damaged, or a guest got out of its ' +
    'confinement: keep the message and report it.',
  QRT_WORKER_UNSTARTED:
    'The process that checks or runs code does not start. Usually there is not enough memory, a ' +
    'limit on processes is too low, or files of the package are missing: install qrt again.',
  QRT_INVARIANT_BROKEN:
    'qrt found itself in a state that it should not be in. What is committed is whole. Report it, ' +
    'with the text and the last lines of `node.log`.',
};
