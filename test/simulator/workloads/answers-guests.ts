// Answers, guests: askers, which note of each promise what it may become, and those whom they ask.

/** Counts what reached it, so that an answer says whether what was sent before it came before. */
const CELL = '(args, { memory }) => { memory.count += 1; return memory.count; }';

/**
 * Answers at once, or later when it is rung, or with what another promise becomes. Once a round
 * is closed all of it is answered, as far as there is room, and nothing later.
 */
export const ANSWERER = `function answerer(args, { memory, make_object }) {
  const { op, value, round } = args;
  memory.waiting ??= [];
  const became = (value) =>
    value === 'cell' ? make_object(${JSON.stringify(CELL)}, { memory: { count: 0 } }) : value;
  if (op === 'now' || (op === 'later' && round <= memory.closed)) return became(value);
  if (op === 'throw') throw Error('no ' + value);
  if (op === 'later') {
    const { promise, resolver } = Q.promise();
    memory.waiting.push({ resolver, value });
    return promise;
  }
  if (op === 'ring' || op === 'close') {
    if (op === 'close') memory.closed = round;
    for (let left = op === 'close' ? 100 : 1; left > 0 && memory.waiting.length > 0; left -= 1) {
      const [first, ...others] = memory.waiting;
      try {
        first.resolver.sendOnly({ value: became(first.value) });
        memory.waiting = others;
        first.resolver.sendOnly({ value: 'too late' });
      } catch (error) {
        if (error.code !== 'QRT_NO_ROOM') throw error;
        return;
      }
    }
    return;
  }
  return [value, args.context];
}`;

/**
 * Asks, and keeps in \`open\` what each promise that it waits for may become. A promise is told
 * once; what is told again, or is none of that, is noted as wrong.
 */
export const ASKER = `function asker(args, { memory }) {
  const { op, round, draws, fail, context } = args;
  memory.name ??= args.name;
  memory.open ??= {};
  memory.wrong ??= [];
  memory.kept ??= [];
  memory.cells ??= [];
  memory.answerers ??= [];
  memory.made ??= 0;
  memory.told ??= 0;
  const { kept, cells } = memory;
  // With small queues there may be no room to answer, before somebody waits no more.
  const LATE = 'error QRT_DEADLINE_PASSED';
  let at = 0;
  const draw = (below) => draws[at++ % draws.length] % below;
  const tried = (work) => {
    try {
      return work();
    } catch (error) {
      if (error.code !== 'QRT_NO_ROOM') throw error;
    }
  };
  const nextKey = () => {
    memory.made += 1;
    return memory.name + ' ' + memory.made;
  };
  const answerer = () => memory.answerers[draw(memory.answerers.length)];

  const sayOne = ({ value, error }) =>
    error ? 'error ' + (error.code ?? error.message) : 'value ' + JSON.stringify(value);
  const say = ({ value, error }, isEach) =>
    isEach && !error ? 'value ' + value.map(sayOne).join() : sayOne({ value, error });
  const product = (lists) =>
    lists.reduce((all, list) => all.flatMap((some) => list.map((one) => [...some, one])), [[]]);
  const isValue = (end) => end.startsWith('value ');

  const watch = (pair) => {
    if (!pair) return;
    const { promise, ends, isEach = false } = pair;
    const key = nextKey();
    const { me } = memory;
    const done = tried(() => Q.when(promise, { fulfilled: me, rejected: me, context: { key } }));
    if (done) memory.open[key] = { ends, isEach };
  };
  const leaf = () => {
    const value = nextKey();
    const said = 'value ' + JSON.stringify(value);
    const [op, ends, deadlineMs] = [
      ['now', [said]],
      ['throw', ['error no ' + value]],
      ['later', [said, LATE], 60_000],
      ['later', [said, LATE], 1 + draw(3000)],
    ][draw(4)];
    const options = deadlineMs === undefined ? [] : [{ deadlineMs }];
    const promise = tried(() => answerer().send({ op, value, round }, ...options));
    return promise && { promise, ends };
  };
  const combine = (parts) => {
    const kind = ['all', 'first', 'settled'][draw(3)];
    const promise = tried(() => Q[kind](parts.map((part) => part.promise)));
    if (!promise) return undefined;
    const lists = parts.map(({ ends }) => ends);
    if (kind === 'first') return { promise, ends: lists.flat() };
    if (kind === 'settled') {
      return { promise, isEach: true, ends: product(lists).map((ends) => 'value ' + ends.join()) };
    }
    const values = product(lists.map((list) => list.filter(isValue)));
    const joined = values.map((ends) => 'value [' + ends.map((end) => end.slice(6)).join() + ']');
    return { promise, ends: [...joined, ...lists.flat().filter((end) => !isValue(end))] };
  };
  const later = (value) => 
    tried(() => answerer().send({ op: draw(2) ? 'now' : 'later', value, round }, { deadlineMs: 60_000 }));
  const makeCell = () => {
    const promise = later('cell');
    if (!promise) return undefined;
    watch({ promise, ends: ['value {}', LATE] });
    cells.push({ promise, sent: 0 });
    if (cells.length > 4) cells.shift();
    return cells.at(-1);
  };
  /** What was sent before, also in other turns, came before. */
  const pipe = (cell) => {
    for (let left = 1 + draw(5); cell && left > 0; left -= 1) {
      const promise = tried(() => cell.promise.send(null));
      if (!promise) return;
      cell.sent += 1;
      watch({ promise, ends: ['value ' + cell.sent, LATE] });
    }
  };
  /** The rejection passes what goes on with the value. */
  const goOn = ({ promise, ends }) => {
    const key = nextKey();
    // Who goes on may have to be waited for, too.
    const fulfilled = draw(2) ? answerer() : later(answerer());
    const next = fulfilled && tried(() => Q.when(promise, { fulfilled, context: key }));
    const became = (end) => 'value [' + end.slice(6) + ',' + JSON.stringify(key) + ']';
    return next && { promise: next, ends: [...ends.map((end) => (isValue(end) ? became(end) : end)), LATE] };
  };
  const passOn = ({ promise, ends }) => {
    const next = tried(() => answerer().send({ op: 'now', value: promise }));
    return next && { promise: next, ends };
  };
  const keep = (pair) => {
    kept.push(pair);
    if (kept.length > 8) kept.shift();
  };

  const work = () => {
    if (op === 'forget') memory.kept = [];
    if (op === 'pipe') return pipe(makeCell());
    if (op === 'more') return pipe(cells[draw(cells.length + 1)]);
    const pair = op === 'use' && kept.length > 0 ? kept[draw(kept.length)] : leaf();
    if (!pair) return;
    const { promise, ends } = pair;
    if (op === 'ask' || op === 'use') watch(pair);
    if (op === 'go on') watch(goOn(pair));
    if (op === 'pass on') watch(passOn(pair));
    if (op === 'combine') watch(combine([pair, leaf(), leaf()].filter((part) => part)));
    if (op === 'keep') keep({ promise, ends });
    if (op === 'give') tried(() => memory.friend.sendOnly({ op: 'hold', pair: { promise, ends } }));
  };

  if (op === 'meet') {
    if (args.as === 'answerer') memory.answerers.push(args.ref);
    else memory[args.as] = args.ref;
  } else if (op === 'hold') {
    keep(args.pair);
  } else if (context) {
    const wanted = memory.open[context.key];
    const said = wanted && say(args, wanted.isEach);
    if (!wanted) memory.wrong.push(context.key + ' is told ' + sayOne(args) + ' and does not wait');
    else if (!wanted.ends.includes(said)) memory.wrong.push(context.key + ' is told ' + said + ', not ' + wanted.ends);
    delete memory.open[context.key];
    memory.told += 1;
  } else {
    work();
  }
  if (!fail) return;
  memory.mark = 'of-an-' + 'undone-turn';
  const { promise } = Q.promise();
  tried(() => Q.when(promise, { fulfilled: memory.me, context: memory.mark }));
  tried(() => promise.sendOnly(memory.mark));
  tried(() => Q.all([promise, memory.mark]));
  throw Error('on purpose');
}`;
