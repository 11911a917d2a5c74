// Answers, guests: askers, which note of each promise what it may become, and those whom they ask.

/** Counts what reached it, so that an answer says whether what was sent before it came before. */
const CELL = '(args, { memory }) => { memory.count += 1; return memory.count; }';

/**
 * Answers at once, or later when it is rung, or with what another promise becomes. Once a round
 * is closed all of it is answered, as far as there is room, and nothing later.
 */
export const ANSWERER = `function answerer(args, { memory, make_object }) {
  const { op, key, promise, round } = args;
  memory.waiting ??= [];
  if (op === 'value' || (op === 'later' && round <= memory.closed)) return key;
  if (op === 'throw') throw Error('no ' + key);
  if (op === 'make') return make_object(${JSON.stringify(CELL)}, { memory: { count: 0 } });
  if (op === 'return') return promise;
  if (op === 'later') {
    const { promise, resolver } = Q.promise();
    memory.waiting.push({ key, resolver });
    return promise;
  }
  if (op === 'ring' || op === 'close') {
    if (op === 'close') memory.closed = round;
    for (let left = op === 'close' ? 100 : 1; left > 0 && memory.waiting.length > 0; left -= 1) {
      const [first, ...others] = memory.waiting;
      try {
        first.resolver.sendOnly({ value: first.key });
        memory.waiting = others;
      } catch (error) {
        if (error.code !== 'QRT_NO_ROOM') throw error;
        return;
      }
    }
    return;
  }
  return [args.value, args.context];
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
  memory.made ??= 0;
  memory.told ??= 0;
  const { kept } = memory;
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
    const key = nextKey();
    const value = 'value ' + JSON.stringify(key);
    const [op, ends, deadlineMs] = [
      ['value', [value]],
      ['throw', ['error no ' + key]],
      ['make', ['value {}']],
      ['later', [value]],
      ['later', [value, 'error QRT_DEADLINE_PASSED'], 1 + draw(3000)],
    ][draw(5)];
    const options = deadlineMs === undefined ? [] : [{ deadlineMs }];
    const promise = tried(() => answerer().send({ op, key, round }, ...options));
    if (!promise) return undefined;
    return { promise, ends, isObject: op === 'make' };
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
  const pipe = (pair) => {
    watch(pair);
    if (!pair || !pair.isObject) return;
    for (let sent = 1; sent <= 1 + draw(5); sent += 1) {
      const promise = tried(() => pair.promise.send(null));
      if (!promise) return;
      watch({ promise, ends: ['value ' + sent] });
    }
  };
  /** The rejection passes what goes on with the value. */
  const goOn = ({ promise, ends }) => {
    const key = nextKey();
    const next = tried(() => Q.when(promise, { fulfilled: answerer(), context: key }));
    const became = (end) => 'value [' + end.slice(6) + ',' + JSON.stringify(key) + ']';
    return next && { promise: next, ends: ends.map((end) => (isValue(end) ? became(end) : end)) };
  };
  const passOn = ({ promise, ends }) => {
    const next = tried(() => answerer().send({ op: 'return', promise }));
    return next && { promise: next, ends };
  };
  const keep = (pair) => {
    kept.push(pair);
    if (kept.length > 8) kept.shift();
  };

  const work = () => {
    if (op === 'forget') memory.kept = [];
    if (op === 'pipe') return pipe(leaf());
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

  if (op === 'join') {
    memory.me = args.me;
    memory.friend = args.friend;
    memory.answerers = args.answerers;
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
