// Greeter: keeps a greeting, and greets whoever asks. A first object to install and to send to.
//
// Power: memory, as `qrt install` gives it. With `--power '{"greeting":"Ahoy"}'` that is what it
// says until it is taught another greeting; otherwise it says "Hello".
//
// Args: { greeting, name, to }, all optional
//   greeting  a text of 1 to 200 characters: what it says from now on
//   name      a text of at most 200 characters: whom to greet; "stranger" when it is left out
//   to        a reference that is sent { text }
// Answers { text } with the greeting, and counts how often it greeted.
//
// Not promised: whoever may ask for a greeting may also change it. How to hand out less than that
// is shown by the guest `facets`.
function greeter(args, power) {
  const { greeting, name = 'stranger', to } = args ?? {};
  const { memory } = power;

  if (greeting !== undefined) {
    if (typeof greeting !== 'string' || greeting === '' || greeting.length > 200) {
      throw Error('args.greeting is a text of 1 to 200 characters');
    }
    memory.greeting = greeting;
  }
  if (typeof name !== 'string' || name.length > 200) {
    throw Error('args.name is a text of at most 200 characters');
  }
  const text = `${memory.greeting ?? power.greeting ?? 'Hello'}, ${name}!`;
  if (to !== undefined) Q.sendOnly(to, { text });
  memory.greeted = (memory.greeted ?? 0) + 1;
  return { text };
}
