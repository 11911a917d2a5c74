// Maker, wrong in several ways: what make_object says to each.
function maker(args, power) {
  const { memory, make_object, log } = power;
  const code = '() => 0';
  const tries = {
    aFunction: () => make_object(() => 0),
    asynchronous: () => make_object('async () => 0'),
    nested: () => make_object(code, { tools: { log } }),
    textAsMemory: () => make_object(code, { memory: 'none' }),
    aClass: () => make_object(code, { made: new Date(0) }),
    changed: () => { power.colour = 'red'; },
    impostor: () => Q.sendOnly({ sendOnly() {} }, {}),
  };
  for (const [name, attempt] of Object.entries(tries)) {
    try {
      attempt();
    } catch (error) {
      log(`${name}: ${error.message}`);
    }
  }
}
