// Facets: one number, and objects that may each do one thing with it. An example of how to hand out
// less than one has: the facets share one memory, and differ in code.
//
// Power: memory and make_object, as `qrt install` gives them.
//
// Args: { right, to }
//   right  "reader", "writer" or "adder": which facet to make
//   to     a reference that is sent { [right]: facet }; may be left out
// Answers with the facet.
//
// The facets take:
//   reader  { to }     answers { value }, and sends it to the reference `to` if there is one
//   writer  { value }  puts a whole number in place of the value
//   adder   { add }    adds a whole number from 0 on: it can raise the value and never lower it
//
// Not promised: a facet that was handed out cannot be taken back. To be able to, lend it out by a
// `caretaker`.
function facets(args, power) {
  const { right, to } = args ?? {};
  const { memory, make_object } = power;
  memory.value ??= 0;

  const codes = {
    reader: `function reader(args, { memory }) {
      const { value } = memory;
      if (args?.to !== undefined) Q.sendOnly(args.to, { value });
      return { value };
    }`,

    writer: `function writer(args, { memory }) {
      const value = args?.value;
      if (!Number.isSafeInteger(value)) throw Error('args.value is a whole number');
      memory.value = value;
    }`,

    adder: `function adder(args, { memory }) {
      const add = args?.add;
      if (!Number.isSafeInteger(add) || add < 0) {
        throw Error('args.add is a whole number from 0 on');
      }
      const value = memory.value + add;
      if (!Number.isSafeInteger(value)) throw Error('the value would be too large to be exact');
      memory.value = value;
    }`,
  };

  if (typeof right !== 'string' || !Object.hasOwn(codes, right)) {
    throw Error(`args.right is one of: ${Object.keys(codes).join(', ')}`);
  }
  // `memory` itself, not a copy of it: that is what makes the child share it.
  const facet = make_object(codes[right], { memory });
  if (to !== undefined) Q.sendOnly(to, { [right]: facet });
  return facet;
}
