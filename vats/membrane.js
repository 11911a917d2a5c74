// Membrane: lends out a reference so that all that is reached through it can be taken back at one
// stroke. Whatever passes in either direction, references in messages, in answers and in what
// promises become, is wrapped alike; only data passes as it is.
//
// Power: make_object, as `qrt install` gives it.
//
// Args: { target }
//   target  the reference to lend out: the inside of a new membrane
// Answers { wrapped, revoker }: give `wrapped` to the outside and keep `revoker`. Any message to it
// revokes all that has ever passed this membrane.
//
// A wrapper passes on what it is sent, and answers what the thing behind it answers. The same thing
// has the same wrapper, and a wrapper that comes back becomes the thing itself: so `===` holds on
// both sides, and who gives away a wrapper gives away what can be revoked, too. A promise passes at
// once, as a promise of its own, and what it becomes is wrapped then.
//
// From the turn of the revoker on nothing passes, in neither direction: no message that still waits
// for its turn, no answer, and no promise that is settled later. All of that is rejected.
//
// Bounds: 4,000 things and promises for one membrane, and 90 new things in one message; what would
// bring more is refused. Each turn looks through all that have passed.
//
// Not promised: what passed on before stays sent. Inside and outside may have met elsewhere, and
// data can say much. An immediate call to a wrapper becomes a message, and returns a promise.
function membrane(args, power) {
  const { target } = args ?? {};
  const { make_object } = power;

  // The only way through, and the only one who knows which wrapper belongs to what. It is called by
  // wrappers and passers, with data that comes from one side, and returns it for the other side.
  const GATE = `function gate({ data, from }, { memory, make_object, ...codes }) {
    const { WRAPPER, PASSER, CHAPTER } = codes;
    const to = from === 'inside' ? 'outside' : 'inside';

    const pass = (value) => {
      if (typeof value !== 'object' || value === null) return value;
      if (Q.isReference(value)) return passReference(value);
      // New ones, in which each part was looked at exactly once: an immediate call may bring
      // arrays and objects that show something else each time.
      if (!Array.isArray(value)) {
        return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, pass(each)]));
      }
      return Array.from({ length: value.length }, (_, n) => pass(value[n]));
    };

    const passReference = (thing) => {
      const pages = memory.chapters.map((chapter) => chapter.call().pairs);
      for (const pairs of pages) {
        const home = pairs.find((pair) => pair.side === to && pair.wrapper === thing);
        if (home !== undefined) return home.thing;
        const known = pairs.find((pair) => pair.side === from && pair.thing === thing);
        if (known !== undefined) return known.wrapper;
      }
      const wrapper = Q.isPromise(thing) ? passPromise(thing) : wrap(thing);
      note({ side: from, thing, wrapper }, pages.at(-1));
      return wrapper;
    };

    const passPromise = (promise) => {
      const passer = passerFrom(from);
      return Q.when(promise, { fulfilled: passer, rejected: passer });
    };

    const wrap = (thing) =>
      make_object(WRAPPER, { gate: memory.gate, thing, from: to, answers: passerFrom(from) });

    const passerFrom = (side) => {
      memory[side] ??= make_object(PASSER, { gate: memory.gate, from: side });
      return memory[side];
    };

    // One memory has room for 1,000 references.
    const note = (pair, last) => {
      if (last !== undefined && last.length < 400) return last.push(pair);
      if (memory.chapters.length >= 10) throw Error('too much has passed this membrane: no more');
      return memory.chapters.push(make_object(CHAPTER, { memory: { pairs: [pair] } }));
    };

    const assertOpen = () => {
      if (memory.revoked) throw Error('this membrane was revoked');
    };

    assertOpen();
    const passed = pass(data);
    // An immediate call may bring accessors, and these may revoke.
    assertOpen();
    return passed;
  }`;

  // It gives out its live memory, so only the gate ever has a reference to it.
  const CHAPTER = `(args, { memory }) => memory`;

  // Stands on one side for a thing of the other. It has the thing, and uses it only by the gate.
  const WRAPPER = `function wrapper(args, { gate, thing, from, answers }) {
    const answer = Q.send(thing, gate.call({ data: args, from }));
    return Q.when(answer, { fulfilled: answers, rejected: answers });
  }`;

  // Hears what a promise of one side became, and answers it for the other side.
  const PASSER = `function passer({ value, error }, { gate, from }) {
    if (error === undefined) return gate.call({ data: value, from });
    const { promise, resolver } = Q.promise();
    resolver.sendOnly({ error: gate.call({ data: error, from }) });
    return promise;
  }`;

  const REVOKER = `function revoker(args, { memory }) {
    for (const key of Object.keys(memory)) delete memory[key];
    memory.revoked = true;
  }`;

  // Gate and revoker share a memory with each other and with nobody else: this object, which is
  // forgotten when it has made them, brings it along.
  const MAKER = `function maker({ target, codes }, { memory, make_object }) {
    memory.gate = make_object(codes.GATE, { memory, make_object, ...codes });
    const wrapped = memory.gate.call({ data: target, from: 'inside' });
    return { wrapped, revoker: make_object(codes.REVOKER, { memory }) };
  }`;

  if (!Q.isReference(target)) {
    throw Error('args.target is the reference to lend out: send { target }');
  }
  const maker = make_object(MAKER, { memory: { chapters: [] }, make_object });
  return maker.call({ target, codes: { GATE, CHAPTER, WRAPPER, PASSER, REVOKER } });
}
