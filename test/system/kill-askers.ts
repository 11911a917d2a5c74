// Askers: one in each of two nodes. They ask each other in every way in which promises are made, and
// notice each answer that comes twice, or is not the one that was asked for.

import type { World } from './kit.ts';

/** Questions of one asker that are open at most. */
const WINDOW = 40;

/**
 * Asks one more for each answer that it hears, as long as it is on. \`open\` says what each answer
 * has to be, and \`turns\` how many turns its questions take in the other node.
 */
const ASKER = `
function asker(args, { memory, make_object }) {
  const { op, kind, number, promise, context, value, error } = args;
  const { me, friend, isMaking } = memory;
  const hear = (promise, wanted) => {
    memory.asked += 1;
    memory.open[memory.asked] = wanted;
    Q.when(promise, { fulfilled: me, rejected: me, context: memory.asked });
  };
  const ask = (to, kind, number, more) => {
    memory.turns += 1;
    return to.send({ op: 'answer', kind, number, ...more });
  };
  const resolve = ({ resolver, number }) => resolver.sendOnly({ value: number });

  const questions = [
    (n) => hear(ask(friend, 'now', n), n),
    (n) => hear(ask(friend, 'throw', n), 'no ' + n),
    (n) => hear(ask(friend, 'later', n), n),
    (n) => hear(Q.all([ask(friend, 'now', n), ask(friend, 'later', n)]), [n, n]),
    (n) => hear(ask(ask(friend, 'me', n), 'now', n), n),
    // A promise goes there and comes back, and is resolved only then, or on the way.
    (n) => {
      const { promise, resolver } = Q.promise();
      hear(ask(friend, 'promise', n, { promise }), n);
      memory.own.push({ resolver, number: n });
    },
    // What is sent to an answer before it is there comes in order.
    (n) => {
      const cell = ask(friend, n % 2 ? 'cell' : 'later cell', n);
      for (let more = 1; more <= 3; more += 1) {
        memory.turns += 1;
        hear(cell.send(null), n + more);
      }
    },
  ];
  // The last one makes an object, which stays.
  const kinds = questions.length - (isMaking ? 0 : 1);
  const askOne = () => {
    memory.made += 1;
    questions[memory.made % kinds](memory.made);
    while (memory.own.length > 3) resolve(memory.own.shift());
  };

  const answers = {
    now: () => number,
    me: () => me,
    promise: () => promise,
    throw() {
      throw Error('no ' + number);
    },
    cell: () => make_object(
      '(args, { memory }) => { memory.at += 1; return memory.at; }',
      { memory: { at: number } },
    ),
    later: () => wait(number),
    'later cell': () => wait(answers.cell()),
  };
  const wait = (what) => {
    if (memory.off) return what;
    const { promise, resolver } = Q.promise();
    memory.held.push({ resolver, number: what });
    if (memory.held.length > 8) resolve(memory.held.shift());
    return promise;
  };

  if (op === 'meet') {
    const counts = { role: 'asker', made: 0, asked: 0, told: 0, turns: 0, open: {}, breaks: [] };
    const { me, friend, pair, isMaking } = args;
    Object.assign(memory, counts, { held: [], own: [], off: false, me, friend, pair, isMaking });
    return;
  } else if (op === 'off') {
    memory.off = true;
    for (const each of [...memory.held, ...memory.own]) resolve(each);
    memory.held = [];
    memory.own = [];
    return;
  } else if (op === 'answer') {
    return answers[kind]();
  } else if (op === 'on') {
    memory.off = false;
  } else {
    const said = JSON.stringify(error ? error.message : value);
    const wanted = JSON.stringify(memory.open[context]);
    if (said !== wanted && memory.breaks.length < 100) memory.breaks.push([context, said, wanted]);
    delete memory.open[context];
    memory.told += 1;
  }
  while (!memory.off && Object.keys(memory.open).length < ${WINDOW}) askOne();
}`;

/** What an asker keeps of its questions. */
export interface AskerMemory {
  /** The names of its node and of the other one. */
  readonly pair: string;
  readonly asked: number;
  readonly told: number;
  /** Of its questions, in the other node. */
  readonly turns: number;
  readonly open: Readonly<Record<string, unknown>>;
  readonly breaks: readonly unknown[];
}

/** The askers of nodes, by the names of these. */
export type Askers<Name extends string = 'A' | 'B'> = Readonly<Record<Name, string>>;

/** Commands that each asker is sent. */
export const ASKER_COMMANDS = 3;

export interface AskersOptions<Name extends string> {
  readonly between: readonly [Name, Name];
  /** Whether some questions make an object in the other node. */
  readonly isMaking: boolean;
}

/** Installs both; each asks the other as soon as it is sent `on`. */
export async function installAskers<Name extends string>(
  world: World,
  { between, isMaking }: AskersOptions<Name>,
): Promise<Askers<Name>> {
  const path = world.write('asker.js', ASKER);
  const qrids = new Map<Name, string>();
  for (const name of between) qrids.set(name, await world.ok(['install', name, path]));
  const askers = Object.fromEntries(qrids) as Askers<Name>;
  for (const [name, other] of [between, between.toReversed() as [Name, Name]]) {
    const refs = ['--ref', `me=${askers[name]}`, '--ref', `friend=${askers[other]}`];
    const meet = JSON.stringify({ op: 'meet', pair: `${name}${other}`, isMaking });
    await world.ok(['send', '-d', name, askers[name], meet, ...refs, '--wait']);
  }
  return askers;
}

/** Installs both; each asks the other when this returns. */
export async function startAskers(world: World): Promise<Askers> {
  const askers = await installAskers(world, { between: ['A', 'B'], isMaking: true });
  await tellBoth(world, askers, '{"op":"on"}');
  return askers;
}

/** No more questions; each that is open can be answered. */
export async function stopAskers(world: World, askers: Askers): Promise<void> {
  await tellBoth(world, askers, '{"op":"off"}');
}

async function tellBoth(world: World, askers: Askers, args: string): Promise<void> {
  for (const name of ['A', 'B'] as const) {
    await world.ok(['send', '-d', name, askers[name], args, '--wait']);
  }
}
