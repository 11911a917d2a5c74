// Promise model: what promises have to become, said without rows, queues or turns.
//
// Each promise is known by how it was made. What one becomes is held against what those became that
// it was made of, so it does not matter which of several was first.

/** What a function answers, or a resolver is told. */
export type Reply =
  | { readonly value: number }
  | { readonly throws: string }
  | { readonly object: number }
  | { readonly promise: number };

/** Of which ends a continuation is told; others go on to the promise of its answer. */
type Tells = 'both' | 'values' | 'errors';

/** How a promise came about; promises have numbers, in the order in which they were made. */
export type Made =
  | {
      readonly kind: 'ask';
      readonly to: { readonly object: number } | { readonly promise: number };
      readonly reply: Reply;
      readonly hasDeadline: boolean;
    }
  | {
      readonly kind: 'when';
      readonly of: number;
      readonly object: number;
      readonly reply: Reply;
      readonly tells: Tells;
    }
  | {
      readonly kind: 'all' | 'first' | 'settled';
      readonly parts: readonly number[];
      readonly hasDeadline?: boolean;
    }
  | { readonly kind: 'resolver'; said?: Reply }
  /** The answer of a resolver that was used before. */
  | { readonly kind: 'refused' };

/** What a promise became, as its continuation was told. */
interface End {
  readonly value?: unknown;
  readonly error?: { readonly code?: string; readonly message?: string };
}

/** What was noted where. */
export interface Seen {
  /** The ends that continuations of a promise were told, by its number. */
  readonly ends: ReadonlyMap<number, readonly End[]>;
  /** The numbers of the messages and continuations that each object ran, in order. */
  readonly ran: readonly (readonly number[])[];
}

const REFERENCE = 'a reference';

/** What objects noted, with one word for all references. */
export function readSeen(told: readonly unknown[], ran: readonly (readonly unknown[])[]): Seen {
  const ends = new Map<number, End[]>();
  for (const note of told) {
    const { context, ...end } = withoutSlots(note) as End & { readonly context: number };
    ends.set(context, [...(ends.get(context) ?? []), end]);
  }
  // Beside its number each continuation notes what it was told.
  const numbers = ran.map((notes) => notes.filter((note) => typeof note === 'number'));
  return { ends, ran: numbers };
}

function withoutSlots(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSlots);
  if (typeof value !== 'object' || value === null) return value;
  if (Object.hasOwn(value, '$')) return REFERENCE;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutSlots(each)]));
}

/** All that promises a promise would have to wait for, by any way. */
export function waitsFor(made: readonly Made[], first: number): ReadonlySet<number> {
  const found = new Set<number>();
  const next = [first];
  for (let n = next.pop(); n !== undefined; n = next.pop()) {
    if (found.has(n)) continue;
    found.add(n);
    next.push(...neededBy(made[n]!));
  }
  return found;
}

function neededBy(promise: Made): readonly number[] {
  const ofReply = (reply?: Reply): readonly number[] =>
    reply && 'promise' in reply ? [reply.promise] : [];
  switch (promise.kind) {
    case 'ask':
      return [...('promise' in promise.to ? [promise.to.promise] : []), ...ofReply(promise.reply)];
    case 'when':
      return [promise.of, ...ofReply(promise.reply)];
    case 'resolver':
      return ofReply(promise.said);
    case 'refused':
      return [];
    default:
      return promise.parts;
  }
}

/**
 * Whether a promise waited for one that passed its deadline. That one ends where it was made; the vat
 * that decides it knows another end, which came too late. So others may have either.
 */
export function isLate(made: readonly Made[], { ends }: Seen, n: number): boolean {
  const codeOf = (each: number): string | undefined => ends.get(each)?.[0]?.error?.code;
  return [...waitsFor(made, n)].some((each) => codeOf(each) === 'QRT_DEADLINE_PASSED');
}

/**
 * What is wrong with what was seen, once all resolvers were used and all deadlines are over. What is
 * `unsure` has to end once, in whatever way.
 */
export function complaints(
  made: readonly Made[],
  watched: ReadonlySet<number>,
  seen: Seen,
  unsure: (n: number) => boolean = () => false,
): string[] {
  const found: string[] = [];
  const endOf = (n: number): End => seen.ends.get(n)?.[0] ?? { error: { code: 'never settled' } };
  for (const n of watched) {
    const ends = seen.ends.get(n) ?? [];
    if (ends.length !== 1) found.push(`promise ${n} was told ${ends.length} times`);
    if (unsure(n)) continue;
    const allowed = allowedEnds(made[n]!, endOf);
    if (!allowed.some((end) => isSame(end, endOf(n)))) {
      const texts = [made[n], allowed, endOf(n)].map((each) => JSON.stringify(each));
      found.push(`promise ${n}, ${texts[0]}, should be one of ${texts[1]} and is ${texts[2]}`);
    }
  }
  return [...found, ...wrongRuns(made, seen, { endOf, unsure })];
}

function allowedEnds(promise: Made, endOf: (n: number) => End): readonly End[] {
  switch (promise.kind) {
    case 'ask': {
      const ends = askedEnds(promise.to, () => replied(promise.reply, endOf), endOf);
      return promise.hasDeadline ? [...ends, coded('QRT_DEADLINE_PASSED')] : ends;
    }
    case 'when': {
      const end = endOf(promise.of);
      return isTold(promise.tells, end) ? replied(promise.reply, endOf) : [end];
    }
    case 'resolver':
      return replied(promise.said!, endOf);
    case 'refused':
      return [coded('QRT_PROMISE_SETTLED')];
    case 'first': {
      const ends = promise.parts.map(endOf);
      return promise.hasDeadline ? [...ends, coded('QRT_DEADLINE_PASSED')] : ends;
    }
    case 'all': {
      const ends = promise.parts.map(endOf);
      const errors = ends.filter(({ error }) => error);
      return errors.length > 0 ? errors : [{ value: ends.map(({ value }) => value) }];
    }
    case 'settled':
      return [{ value: promise.parts.map(endOf) }];
  }
}

function askedEnds(
  to: Extract<Made, { kind: 'ask' }>['to'],
  reply: () => readonly End[],
  endOf: (n: number) => End,
): readonly End[] {
  if ('object' in to) return reply();
  const end = endOf(to.promise);
  if (end.error) return [end];
  return end.value === REFERENCE ? reply() : [coded('QRT_PROMISE_DATA')];
}

function replied(reply: Reply, endOf: (n: number) => End): readonly End[] {
  if ('value' in reply) return [{ value: reply.value }];
  if ('throws' in reply) return [{ error: { message: reply.throws } }];
  return 'object' in reply ? [{ value: REFERENCE }] : [endOf(reply.promise)];
}

const isTold = (tells: Tells, { error }: End): boolean =>
  tells === 'both' || tells === (error ? 'errors' : 'values');

const coded = (code: string): End => ({ error: { code } });

/** An error that is told by its code or message alone is that whole error. */
function isSame(wanted: End, end: End): boolean {
  if (!wanted.error) return JSON.stringify(wanted) === JSON.stringify(end);
  const { code, message } = wanted.error;
  if (!end.error || code !== end.error.code) return false;
  return message === undefined || message === end.error.message;
}

/** Messages and continuations that ran too often or not at all, in the wrong object or order. */
function wrongRuns(
  made: readonly Made[],
  { ran }: Seen,
  { endOf, unsure }: { endOf(n: number): End; unsure(n: number): boolean },
): readonly string[] {
  const found: string[] = [];
  made.forEach((promise, n) => {
    const runs = ran.flatMap((numbers, object) =>
      numbers.filter((each) => each === n).map(() => object),
    );
    const place = placeOf(made, promise, endOf);
    const isRight = place === 'any' ? runs.length === 1 : runs.join() === place.join();
    if (!isRight && !(unsure(n) && runs.length < 2))
      found.push(`${n} ran in ${runs}, not in ${place}`);
  });
  const viaOf = (n: number): number | undefined => {
    const promise = made[n]!;
    return promise.kind === 'ask' && 'promise' in promise.to ? promise.to.promise : undefined;
  };
  for (const numbers of ran) {
    for (const via of new Set(numbers.map(viaOf))) {
      if (via === undefined) continue;
      const sent = numbers.filter((n) => viaOf(n) === via);
      if (sent.join() !== sent.toSorted((a, b) => a - b).join()) {
        found.push(`through promise ${via} came ${sent}`);
      }
    }
  }
  return found;
}

/** The object in which something runs, `any` if chance decided which. */
function placeOf(
  made: readonly Made[],
  promise: Made,
  endOf: (n: number) => End,
): readonly number[] | 'any' {
  if ('reply' in promise && 'throws' in promise.reply) return [];
  if (promise.kind === 'when') {
    return isTold(promise.tells, endOf(promise.of)) ? [promise.object] : [];
  }
  if (promise.kind !== 'ask') return [];
  if ('object' in promise.to) return [promise.to.object];
  if (endOf(promise.to.promise).value !== REFERENCE) return [];
  return objectOf(made, promise.to.promise);
}

/** The object that a promise became which became one. */
function objectOf(made: readonly Made[], n: number): readonly number[] | 'any' {
  const promise = made[n]!;
  const reply = promise.kind === 'resolver' ? promise.said : 'reply' in promise && promise.reply;
  if (!reply || promise.kind === 'when') return 'any';
  if ('object' in reply) return [reply.object];
  return 'promise' in reply ? objectOf(made, reply.promise) : 'any';
}
