// Sample methods: a first object to play with, and an example of how one object offers several
// methods. It keeps what it is told, passes messages on, and makes children of its own.
//
// Power: the default one of `qrt install` is enough, that is memory and make_object. With a log
// (`--grant log`) it also writes a line for each message.
//
// Args: { method, … }
//   record     value           keeps the value (the last 100) and counts it
//   forward    to, value       sends the value on to the reference `to`
//   report     to              answers what it keeps; with `to`, sends it there, too
//   spawn      name, to        makes a child that keeps values like `record`; answers
//                              { name, child }; with `to`, sends it there, too
//   broadcast  value           sends the value to every child
//   forget                     empties its memory
//
// Not promised: whoever has a reference to it may use every method. How to hand out less than that
// is shown by the guest `facets`.
function sampleMethods(args, power) {
  const { memory, make_object, log } = power;
  const keepMax = 100;

  const methods = {
    record({ value }) {
      memory.count = (memory.count ?? 0) + 1;
      memory.values = [...(memory.values ?? []), value ?? null].slice(-keepMax);
    },

    forward({ to, value }) {
      Q.sendOnly(to, value ?? null);
    },

    report({ to }) {
      const { count = 0, values = [], children = {} } = memory;
      const news = { count, values, children: Object.keys(children) };
      if (to !== undefined) Q.sendOnly(to, news);
      return news;
    },

    spawn({ name, to }) {
      if (typeof name !== 'string') throw Error('spawn needs a name for the child');
      const code = `function (value, power) {
        power.memory.count += 1;
        power.memory.values.push(value);
        if (power.memory.values.length > ${keepMax}) power.memory.values.shift();
      }`;
      // The child gets a memory of its own and nothing else: it can make or send nothing.
      const child = make_object(code, { memory: { name, count: 0, values: [] } });
      memory.children = { ...memory.children, [name]: child };
      if (to !== undefined) Q.sendOnly(to, { name, child });
      return { name, child };
    },

    broadcast({ value }) {
      for (const child of Object.values(memory.children ?? {})) child.sendOnly(value ?? null);
    },

    forget() {
      for (const key of Object.keys(memory)) delete memory[key];
    },
  };

  const method = args?.method;
  if (typeof method !== 'string' || !Object.hasOwn(methods, method)) {
    const known = Object.keys(methods).join(', ');
    throw Error(`no method ${JSON.stringify(method)}; args.method is one of: ${known}`);
  }
  const answer = methods[method](args);
  if (log !== undefined) log(`${method} done`);
  return answer;
}
