// What the errors mean that code of guests meets, and what to do about each: part of error-advice.mjs.

/** @type {Readonly<Record<string, string>>} */
export const GUEST_ADVICE = {
  QRT_CODE_REFUSED:
    'The text is not exactly one plain function that qrt can run. The reason and the place are in ' +
    'the message; [writing objects](writing-objects.md#what-is-refused-and-why) goes through them.',
  QRT_CODE_UNKNOWN:
    'An object names a code that is not in the database. This should not happen; keep a copy of ' +
    'the directory and report it.',
  QRT_DATA_UNCARRIED:
    'The value at that path is none that JSON carries without changing it. The message and memory ' +
    'stay as they were. See [what data can be](writing-objects.md#what-data-can-be).',
  QRT_DATA_OVERSIZE:
    'Args may have 256 KiB, a memory 1 MiB, each 64 levels, 100,000 values and 1,000 references; ' +
    'all that a turn does together 8 MiB. Split the data over several objects or messages.',
  QRT_DATA_MALFORMED:
    'Stored data does not read as what it should be. This should not happen; keep a copy of the ' +
    'directory and report it.',
  QRT_TURN_OVER:
    'A reference or native power was kept beyond its turn, in some variable. Keep references in ' +
    '`power.memory`: there they are made anew in every turn.',
  QRT_TURN_POISONED:
    'The turn met a limit and fails as a whole, also if the object catches the error: the reason ' +
    'follows. Do less in one turn, and send yourself a message to go on.',
  QRT_TARGET_INVALID:
    '`Q.send`, `Q.sendOnly`, `Q.call` and the methods of a reference need a real reference. Data that only ' +
    'looks like one is none.',
  QRT_CALL_REMOTE:
    '`call` runs another object of the same vat within the turn. An object of another vat cannot ' +
    'take part in the turn: use `sendOnly`.',
  QRT_CALL_PROMISE:
    '`call` needs an object that is here now, and what a promise becomes may be known only later. ' +
    '`send` to the promise: the message goes to whatever it becomes. Or give `Q.when` an object that ' +
    'goes on with the value.',
  QRT_CALL_DEEP:
    'Objects called each other more than 64 levels deep, perhaps in a ring. The turn fails. Replace ' +
    'one of the calls by `sendOnly`.',
  QRT_POWER_INVALID:
    'What was passed to `make_object` or `add` as a power is none: not a plain record, memory that ' +
    'is neither a plain object nor an array, or a native power below the top level.',
  QRT_NO_ROOM:
    "The sender's share of the queue is full. Nothing was queued by this call, and it may be " +
    'caught. Stop sending, and go on in a later turn; `qrt status` shows which queue does not drain. ' +
    'As a refusal by a peer: the message was to be passed on through vats that all stood still, each ' +
    'waiting for the next, and had no room left at all; or it was for a promise, and what you sent to ' +
    'promises before and waits there has taken all your room. Send it again later, or give them more room. ' +
    'How a program does so: [A message that must get through](writing-objects.md#a-message-that-must-get-through).',
  QRT_LIMIT_REACHED:
    'One turn may send 1,000 messages (continuations and promises count as such), make 100 objects, write 1,000 log lines and touch 10,000 ' +
    'memories, 8 MiB in all. The turn fails. Go on in a further turn, by a message to yourself.',
  QRT_PROMISE_INVALID:
    'A function of promises was given something that it does not take; the message says what and ' +
    'where. Continuations are references to objects, never functions: make the object with ' +
    '`make_object`, or keep its reference in `power`. Nothing was asked for.',
  QRT_PROMISE_DATA:
    'A message waited for this promise, which became a number, a text, a list or a record and not a ' +
    'reference. Read the value in a continuation of `Q.when`; only references can be sent to.',
  QRT_PROMISE_CYCLE:
    'The promise was made to follow itself, directly or by way of others: an object answered with ' +
    'the promise of that very answer, or a resolver got its own promise. Look for the object that ' +
    'hands a promise back to who waits for it.',
  QRT_PROMISE_SETTLED:
    'A resolver settles its promise once, and what comes second is rejected with this. It harms ' +
    'nobody; who has to know which one came first should ask for the answer of the first.',
  QRT_PROMISE_EMPTY:
    '`Q.first` of an empty list can never be fulfilled, so it is rejected at once. Look at the list ' +
    'before.',
  QRT_DEADLINE_PASSED:
    'The promise had a `deadlineMs`, and nothing settled it by then. The message may still run, or ' +
    'have run: only its answer comes too late. Ask the object what it knows, or make the request ' +
    'one that may be repeated.',
  QRT_ANSWER_LOST:
    'Two vats settled a doubt, as a backup was restored or a disk copied, and what was known of this ' +
    'answer went with it. The message may have had its effect: ask for that before you send again. See ' +
    '[doubt](running-nodes.md#doubt).',
  QRT_MESSAGE_QUARANTINED:
    'Running this message alone ended the worker twice by a limit (CPU, heap, silence) or five times ' +
    'for another cause, so it was taken out for good; whoever sent it from another vat is told. ' +
    'Look for an endless loop or for memory that grows without bound. `qrt quarantine DIR` shows a ' +
    'copy, which can be sent anew.',
};
