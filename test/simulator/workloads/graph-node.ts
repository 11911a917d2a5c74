// Graph node: the code of the objects of a random graph.
//
// Its name tells by which message it was made, so that no other thing has it, in whatever history.
// What it does is drawn from the seed in its message: it makes objects, calls, sends, keeps, passes
// on and drops references. With each reference goes the name of the object that it must be; each
// message through one has a number, and what was received is noted by number.

/** A node, whose power holds its name and its own code. */
export const NODE = `function node(args, power) {
  const { memory, make_object, name, code } = power;
  if (memory.held === undefined) {
    Object.assign(memory, {
      name, held: [], done: [], from: {}, gaps: [], faults: [],
      vias: 0, children: 0, calls: 0, called: 0,
    });
  }
  const { held, done, from, gaps, faults } = memory;
  const fault = (text) => {
    if (faults.length < 5) faults.push(text);
  };
  if (args.probe) {
    memory.calls += 1;
    return name;
  }
  const { to, via, n, seed, fuel, gift, giftName, undone } = args;
  if (to !== undefined && to !== name) fault('it is for ' + to);
  if (via !== undefined) {
    const [last, count] = from[via] ?? [0, 0];
    if (n <= last) fault(n + ' after ' + last + ' by ' + via);
    if (n > last + 1) gaps.push([via, last + 1, n - 1]);
    from[via] = [n, count + 1];
  }

  let state = seed;
  const draw = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
  const keep = (ref, refName) => {
    if (held.length >= 8 || memory.vias >= 60) return;
    if (held.some((each) => each.name === refName)) return;
    held.push({ ref, name: refName, via: name + '/' + memory.vias, sent: 0 });
    memory.vias += 1;
  };
  const make = () => {
    if (memory.children >= 3) return;
    const child = name + '.' + memory.children + '-' + seed.toString(36);
    memory.children += 1;
    keep(make_object(code, { memory: {}, make_object, code, name: child }), child);
  };
  const send = (entry, more) => {
    const give = draw(2) === 0 ? held[draw(held.length)] : undefined;
    const extra = give ? { gift: give.ref, giftName: give.name } : {};
    const seen = { to: entry.name, via: entry.via, n: entry.sent + 1 };
    try {
      entry.ref.sendOnly({ ...seen, seed: draw(4294967296), fuel: fuel - 1, ...extra, ...more });
      entry.sent += 1;
    } catch (error) {
      if (error.code !== 'QRT_NO_ROOM') throw error;
    }
  };
  const call = (entry) => {
    try {
      memory.called += 1;
      const found = entry.ref.call({ probe: true });
      if (found !== entry.name) fault('called ' + found + ' for ' + entry.name);
    } catch (error) {
      memory.called -= 1;
      if (error.code !== 'QRT_CALL_REMOTE') fault('call: ' + error.message);
    }
  };

  if (gift) keep(gift, giftName);
  for (let left = 1 + draw(2); left > 0 && fuel > 0; left -= 1) {
    const kind = draw(12);
    const entry = held[draw(held.length)];
    if (kind === 0 || entry === undefined) make();
    else if (kind === 1) call(entry);
    else if (kind === 2 && held.length > 2) {
      done.push([entry.via, entry.name, entry.sent]);
      held.splice(held.indexOf(entry), 1);
    } else if (kind === 3) {
      try {
        entry.ref.sendOnly({ to: entry.name, undone: true, seed, fuel: 1 });
      } catch (error) {
        if (error.code !== 'QRT_NO_ROOM') throw error;
      }
    } else send(entry, {});
  }
  if (undone) {
    memory.mark = 'of-an-' + 'undone-turn';
    make();
    for (const entry of held) send(entry, { mark: memory.mark });
    make_object('(args, power) => "' + memory.mark + '"', { mark: memory.mark });
    throw Error('on purpose');
  }
}`;
