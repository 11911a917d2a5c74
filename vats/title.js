// Title: makes a right that can be shared, such as an option, one that only one can have at a time.
// After the title company of Miller, Morningstar and Frantz, "Capability-based Financial
// Instruments" (Financial Cryptography 2000), section 6.
//
// Power: make_object, as `qrt install` gives it.
//
// Args: { right }
//   right  the reference that shall be had by one only; nobody else should have kept it
// Answers with a title that holds the right.
//
// A title takes { method, … }:
//   sprout         answers with an empty title for the same right
//   deposit  from  takes the right out of the title `from` into this one, which must be empty
//   holds          answers { holds }: whether the right is in this title
//   use      args  sends `args` to the right, and answers what it answers, if this title holds it
//
// Who buys a right sprouts an empty title from that of the seller, or asks whoever made the first
// one for it, and deposits from the seller's into it: from then on the seller has none.
//
// Not promised: whoever has a reference to a title can use it, and take the right out of it. A
// title that a vat hands on to another is not known to those that came another way: see `mint`.
function title(args, power) {
  const { right } = args ?? {};
  const { make_object } = power;

  // What a title has. It gives out its live memory, so only titles ever have a reference to it.
  const SAFE = `(args, { memory }) => memory`;

  const TITLE = `function title(args, { memory, safe }) {
    const { method, from } = args ?? {};
    const own = safe.call();

    const methods = {
      sprout: () => memory.maker.call({}),

      holds: () => ({ holds: own.right !== undefined }),

      use() {
        if (own.right === undefined) throw Error('this title is empty');
        return own.right.send(args.args ?? null);
      },

      deposit() {
        const other = safeOf(from);
        if (other.right === undefined) throw Error('the title args.from is empty');
        if (own.right !== undefined) throw Error('this title holds the right already');
        own.right = other.right;
        delete other.right;
        return { holds: true };
      },

      // Of all objects only a title for this right shares this memory, and so can leave there which
      // safe it has. Another title takes it from there.
      identify() {
        memory.identified = safe;
      },
    };

    function safeOf(title) {
      try {
        Q.call(title, { method: 'identify' });
      } catch {
        throw Error('args.from is no title for this right');
      }
      const found = memory.identified?.call();
      delete memory.identified;
      // An impostor may have made some other title identify itself, now or earlier.
      if (found === undefined || found.title !== title) {
        throw Error('args.from is no title for this right');
      }
      return found;
    }

    if (typeof method !== 'string' || !Object.hasOwn(methods, method)) {
      throw Error('args.method of a title is one of: sprout, deposit, holds, use');
    }
    return methods[method]();
  }`;

  const MAKER = `function maker(kept, { memory, make_object, SAFE, TITLE }) {
    const safe = make_object(SAFE, { memory: kept });
    const title = make_object(TITLE, { memory, safe });
    safe.call().title = title;
    return title;
  }`;

  // All titles for this right share a memory with each other and with nobody else.
  const COMPANY = `function company({ right }, { memory, make_object, MAKER, ...codes }) {
    memory.maker = make_object(MAKER, { memory, make_object, ...codes });
    return memory.maker.call({ right });
  }`;

  if (!Q.isReference(right)) {
    throw Error('args.right is a reference: send { right }');
  }
  const company = make_object(COMPANY, { memory: {}, make_object, MAKER, SAFE, TITLE });
  return company.call({ right });
}
