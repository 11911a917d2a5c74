// Caretaker: lends out a reference so that it can be taken back. For a target it makes a forwarder,
// which passes on what it is sent, and a revoker, which ends that.
//
// Power: make_object, as `qrt install` gives it.
//
// Args: { target, to }
//   target  the reference to lend out
//   to      a reference that is sent { forwarder, revoker }; may be left out
// Answers { forwarder, revoker }.
//
// Give the forwarder to whom you lend, and keep the revoker: any message to it revokes. What the
// target answers, the forwarder answers. Each pair stands alone: make as many as there are holders,
// and revoke them one by one.
//
// From the turn of the revoker on, nothing reaches the target by this forwarder, also not what was
// sent to the forwarder earlier and still waits for its turn. A revoked forwarder throws, and the
// log says so.
//
// Not promised: what was passed on before stays sent, though the target may not have run it yet.
// Answers to that come all the same, and what the target itself hands out is not taken back. An
// immediate call to a forwarder becomes a message, and returns the promise of its answer.
function caretaker(args, power) {
  const { target, to } = args ?? {};
  const { make_object } = power;

  const FORWARDER = `function forwarder(args, { memory }) {
    if (memory.target === undefined) throw Error('this forwarder was revoked; ask for another one');
    return memory.target.send(args);
  }`;

  const REVOKER = `function revoker(args, { memory }) {
    delete memory.target;
  }`;

  // Forwarder and revoker share a memory with each other and with nobody else: this object, which
  // is forgotten when it has made them, brings it along.
  const PAIR = `function pair(codes, { memory, make_object }) {
    return {
      forwarder: make_object(codes.FORWARDER, { memory }),
      revoker: make_object(codes.REVOKER, { memory }),
    };
  }`;

  if (!Q.isReference(target)) {
    throw Error('args.target is the reference to lend out: send { target, to }');
  }
  const pair = make_object(PAIR, { memory: { target }, make_object });
  const made = pair.call({ FORWARDER, REVOKER });
  if (to !== undefined) Q.sendOnly(to, made);
  return made;
}
