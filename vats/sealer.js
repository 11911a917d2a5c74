// Sealer: makes pairs of a sealer and an unsealer. The sealer puts contents into a box, which
// anybody may carry; only the unsealer of the same pair gets them out. So a box goes safely by way
// of people who must not read it, and what comes out of it was put in by a holder of the sealer.
//
// Power: make_object, as `qrt install` gives it.
//
// Args: { to }
//   to  a reference that is sent { sealer, unsealer } of a new pair; may be left out
// Answers { sealer, unsealer }.
//
// The two of a pair take:
//   sealer    { contents, to }  answers with a box; with `to`, sends { box } there, too
//   unsealer  { box, to }       answers with the contents, as often as it is asked; with `to`,
//                               sends { contents } there, too
//
// Contents are data and references. Box, sealer and unsealer may be sent to any vat and work from
// there.
//
// Not promised: a box that the unsealer refuses is told by its answer, not to `to`. One that a
// vat hands on to another is no longer known to the unsealer, unless that goes the same way: hand
// it on through an object of this vat, such as the forwarder of a `caretaker`. The unsealer calls
// whatever it is given as a box, so that an impostor of this vat runs within its turn: it gets
// nothing by that, but can waste the turn.
function sealer(args, power) {
  const { to } = args ?? {};
  const { make_object } = power;

  // A box never answers whoever asks it. It speaks into the ear of its pair, and nowhere else.
  const BOX = `function box(args, { memory, sealed, ear }) {
    // Its sealer tells it, before anybody else has it, which reference is its own.
    if (memory.self === undefined) memory.self = args.self;
    else ear.call({ box: memory.self, sealed });
  }`;

  // Only the very box that the unsealer asks now is heard: not another box, of which an impostor
  // passes itself off as the front.
  const EAR = `function ear({ box, sealed }, { memory }) {
    if (box === memory.asked) memory.heard = sealed;
  }`;

  const SEALER = `function sealer(args, { make_object, ear, BOX }) {
    const { contents, to } = args ?? {};
    if (contents === undefined) throw Error('args.contents is what to seal: send { contents, to }');
    const box = make_object(BOX, { memory: {}, sealed: { contents }, ear });
    box.call({ self: box });
    if (to !== undefined) Q.sendOnly(to, { box });
    return box;
  }`;

  const UNSEALER = `function unsealer(args, { memory }) {
    const { box, to } = args ?? {};
    memory.asked = box;
    try {
      Q.call(box, 'open');
    } catch {
      throw Error('args.box is no box of this pair');
    } finally {
      delete memory.asked;
    }
    const { heard } = memory;
    delete memory.heard;
    if (heard === undefined) throw Error('args.box is no box of this pair');
    if (to !== undefined) Q.sendOnly(to, heard);
    return heard.contents;
  }`;

  // Ear and unsealer share a memory with each other and with nobody else: this object, which is
  // forgotten when it has made them, brings it along.
  const PAIR = `function pair({ BOX, EAR, SEALER, UNSEALER }, { memory, make_object }) {
    const ear = make_object(EAR, { memory });
    return {
      sealer: make_object(SEALER, { make_object, ear, BOX }),
      unsealer: make_object(UNSEALER, { memory }),
    };
  }`;

  const pair = make_object(PAIR, { memory: {}, make_object });
  const made = pair.call({ BOX, EAR, SEALER, UNSEALER });
  if (to !== undefined) Q.sendOnly(to, made);
  return made;
}
