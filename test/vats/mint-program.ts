// Mint program: random transfers with everything that can go wrong, and what should come of them.
import { pick } from '../sim/random.ts';

/** Purses 0 to 4 are of one currency, 5 and 6 of another. */
export const CURRENCIES = [0, 0, 0, 0, 0, 1, 1] as const;
const IMPOSTORS = [
  'idle',
  'liar',
  'thrower',
  'front',
  'account',
  'nester',
  'nestingThrower',
] as const;
type Impostor = (typeof IMPOSTORS)[number];

/** Amounts that JSON cannot carry are made within the turn, by their name. */
export const AMOUNTS: Record<string, string> = {
  negative: '-1',
  half: '0.5',
  notANumber: 'NaN',
  infinite: 'Infinity',
  huge: '2 ** 53',
  max: 'Number.MAX_SAFE_INTEGER',
  text: '"5"',
  list: '[5]',
  nothing: 'null',
  missing: 'undefined',
  bigint: '5n',
  number: '{ valueOf: () => 5 }',
};

/** The same as an expression of a guest: names with the amounts themselves. */
export const AMOUNTS_CODE = `({ ${Object.entries(AMOUNTS)
  .map(([name, text]) => `${name}: ${text}`)
  .join(', ')} })`;

/** One deposit, tried by an immediate call. */
interface Step {
  readonly into: number;
  readonly from: number | Impostor;
  readonly amount: number | string;
  /** Whether the driver catches what the deposit throws and goes on. */
  readonly isCaught: boolean;
  /** The args give another amount each time they are read. */
  readonly isShifty: boolean;
}

/** What one turn of the driver tries. */
export interface Program {
  readonly steps: readonly Step[];
  /** After which step the turn throws on purpose; beyond the last one it does not. */
  readonly throwsAfter: number;
}

export function makeProgram(random: () => number): Program {
  const count = 1 + Math.floor(random() * 8);
  const steps = Array.from({ length: count }, () => makeStep(random));
  const throwsAfter = random() < 0.2 ? Math.floor(random() * count) : count;
  return { steps, throwsAfter };
}

function makeStep(random: () => number): Step {
  const index = () => Math.floor(random() * CURRENCIES.length);
  return {
    into: index(),
    from: random() < 0.75 ? index() : pick(random, IMPOSTORS),
    amount: random() < 0.85 ? Math.floor(random() * 60) : pick(random, Object.keys(AMOUNTS)),
    isCaught: random() < 0.9,
    isShifty: random() < 0.1,
  };
}

/** The balances after a program; as they were when its turn fails. */
export function runModel(balances: readonly number[], { steps, throwsAfter }: Program): number[] {
  const next = [...balances];
  for (const [n, step] of steps.entries()) {
    const isDone = deposit(next, step);
    if ((!isDone && !step.isCaught) || n === throwsAfter) return [...balances];
  }
  return next;
}

/** Whether a deposit is done; moves what it should. */
function deposit(balances: number[], { into, from, amount: given }: Step): boolean {
  const amount = given === 'max' ? Number.MAX_SAFE_INTEGER : given;
  if (typeof amount !== 'number') return false;
  if (typeof from === 'number') {
    return CURRENCIES[into] === CURRENCIES[from] && move(balances, { into, from, amount });
  }
  // While it is asked whether it is a purse, it moves 1 from purse 1 to purse 2 on its own.
  if (from.startsWith('nest')) move(balances, { into: 2, from: 1, amount: 1 });
  return false;
}

interface Transfer {
  readonly into: number;
  readonly from: number;
  readonly amount: number;
}

function move(balances: number[], { into, from, amount }: Transfer): boolean {
  if ((balances[from] ?? 0) < amount) return false;
  balances[from]! -= amount;
  balances[into]! += amount;
  return true;
}

/**
 * Runs a program, and looks at the sum of each currency after every step, within the turn. Without
 * a program it notes what is in all purses.
 */
export const DRIVER = `({ steps, throwsAfter }, { memory, purses, currencies, impostors }) => {
  const balances = () => purses.map((purse) => purse.call({ method: 'balance' }));
  if (!steps) return void (memory.audits ??= []).push(balances());
  const amounts = ${AMOUNTS_CODE};
  const sums = () => balances().reduce((found, balance, n) => {
    found[currencies[n]] += balance;
    return found;
  }, [0, 0]).join();
  const before = sums();
  steps.forEach(({ into, from, amount, isCaught, isShifty }, n) => {
    const given = typeof amount === 'number' ? amount : amounts[amount];
    let reads = 0;
    const args = {
      method: 'deposit',
      get amount() { reads += 1; return isShifty && reads > 1 ? -1000 : given; },
      from: typeof from === 'number' ? purses[from] : impostors[from],
    };
    try {
      purses[into].call(args);
    } catch (error) {
      if (!isCaught) throw error;
    }
    if (sums() !== before) {
      memory.broken = { before, after: sums(), step: { into, from, amount } };
    }
    // A turn that throws would not be able to say so.
    if (n === throwsAfter && !memory.broken) throw Error('on purpose');
  });
}`;

/** What an impostor does when a purse calls it. */
export const IMPOSTOR_CODES: Record<Impostor, string> = {
  idle: '() => {}',
  liar: '() => ({ balance: 1e6, purse: true, amount: 1e6, call: () => ({ balance: 1e6 }) })',
  thrower: '() => { throw Error("on purpose"); }',
  front: '(args, { purses }) => purses[1].call(args)',
  // With the code of an account, and so a live memory of its own.
  account: '(args, { memory }) => memory',
  nester: `(args, { purses }) => {
    purses[2].call({ method: 'deposit', amount: 1, from: purses[1] });
    return purses[1].call(args);
  }`,
  nestingThrower: `(args, { purses }) => {
    purses[1].call(args);
    purses[2].call({ method: 'deposit', amount: 1, from: purses[1] });
    throw Error('on purpose');
  }`,
};
