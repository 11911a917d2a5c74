// Rate limiter: lends out a reference so that only so many messages get through at a time. For a
// target it makes a bucket of tokens: each message that passes takes one, and only the holder of
// the refill puts tokens back.
//
// Power: make_object, as `qrt install` gives it.
//
// Args: { target, capacity, places, to }
//   target    the reference to lend out
//   capacity  a whole number from 1 on: how many tokens there are at first, and at most
//   places    a whole number from 0 to 100: how many messages may wait for a token; 0 when it is
//             left out, and then what finds no token is dropped
//   to        a reference that is sent { limited, refill }; may be left out
// Answers { limited, refill }.
//
// Give `limited` to whom you lend: it passes on what it is sent. Keep `refill`, which takes:
//   add   a whole number from 0 on: so many tokens more, up to the capacity, which it makes full
//         when `add` is left out. What waits is passed on first
//   to    a reference that is sent { tokens, waiting, passed, dropped }; these are the answer, too
//
// Between two refills at most `capacity` messages pass, and in all never more than the capacity and
// what was refilled. Messages pass in the order in which they came. What finds no place to wait is
// dropped and counted; all that wait have at most 180,000 characters of JSON, of which a reference
// counts as 200. What waited and is too large for a message is dropped and counted, too.
//
// Not promised: what is passed on is not answered, as it may wait or be dropped. There is no clock
// here. A window of time is as long as the holder of the refill makes it.
function rateLimiter(args, power) {
  const { target, capacity, places = 0, to } = args ?? {};
  const { make_object } = power;

  const LIMITED = `function limited(args, { memory }) {
    if (memory.tokens > 0) {
      memory.target.sendOnly(args);
      memory.tokens -= 1;
      memory.passed += 1;
    } else if (memory.waiting.length < memory.places && isRoomFor(args)) {
      memory.waiting.push(args);
    } else {
      memory.dropped += 1;
    }

    function isRoomFor(args) {
      // JSON knows no references: each stands for 200 characters, as a memory holds 1,000 of them.
      const spelled = (_, each) => (Q.isReference(each) ? ' '.repeat(198) : each);
      return JSON.stringify([...memory.waiting, args], spelled).length <= 180_000;
    }
  }`;

  const REFILL = `function refill(args, { memory }) {
    const { add = memory.capacity, to } = args ?? {};
    if (!Number.isSafeInteger(add) || add < 0) throw Error('args.add is a whole number from 0 on');
    memory.tokens = Math.min(memory.tokens + add, memory.capacity);
    while (memory.tokens > 0 && memory.waiting.length > 0) {
      try {
        memory.target.sendOnly(memory.waiting[0]);
        memory.tokens -= 1;
        memory.passed += 1;
      } catch (error) {
        // It fits into the memory and into no message: it must not hold up the others for ever.
        if (error.code !== 'QRT_DATA_OVERSIZE') throw error;
        memory.dropped += 1;
      }
      memory.waiting.shift();
    }
    const { tokens, waiting, passed, dropped } = memory;
    const news = { tokens, waiting: waiting.length, passed, dropped };
    if (to !== undefined) Q.sendOnly(to, news);
    return news;
  }`;

  // Both share a memory with each other and with nobody else: this object, which is forgotten when
  // it has made them, brings it along.
  const PAIR = `function pair(codes, { memory, make_object }) {
    return {
      limited: make_object(codes.LIMITED, { memory }),
      refill: make_object(codes.REFILL, { memory }),
    };
  }`;

  if (!Q.isReference(target)) {
    throw Error('args.target is the reference to lend out: send { target, capacity, to }');
  }
  if (!Number.isSafeInteger(capacity) || capacity < 1) {
    throw Error('args.capacity is a whole number from 1 on');
  }
  if (!Number.isSafeInteger(places) || places < 0 || places > 100) {
    throw Error('args.places is a whole number from 0 to 100');
  }
  const memory = { target, capacity, places, tokens: capacity, waiting: [], passed: 0, dropped: 0 };
  const made = make_object(PAIR, { memory, make_object }).call({ LIMITED, REFILL });
  if (to !== undefined) Q.sendOnly(to, made);
  return made;
}
