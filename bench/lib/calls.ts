// Calls: what 64 callers in one process get done, each of which waits for an answer before it calls
// again: through `openVat`, and through a bare loop around better-sqlite3.
//
// A call adds one to a number in memory and answers with it. The bare loop does for each call what
// has to be durable: it inserts the message, updates the memory, runs the same function in between,
// and deletes the message; what came since the last commit shares one (WAL, synchronous=FULL), and
// nobody is answered before it. `rows` of it leaves out the memory: a row in, a row out.
//
// Not in the bare loop, and so counted against us: the worker process and the frames to it and back,
// the sandbox, copies and checks of args and answer, that the same call is known again by its id,
// objects, references, queues and their bounds.

import Database from 'better-sqlite3';
import { openVat } from '../../src/embed/open-vat.ts';
import type { Place } from './nodes.ts';

const CODE =
  '({ n }, { memory }) => { memory.count = (memory.count ?? 0) + n; return memory.count; }';
const CALLERS = 64;

/** Calls in a second, by who did them. */
export interface CallRates {
  readonly vat: number;
  readonly bare: number;
  readonly rows: number;
}

interface CallsInput {
  /** Of each of them in each run. */
  readonly calls: number;
  readonly runs: number;
}

/** Measures in turn, after one run that does not count. */
export async function measureCalls(place: Place, input: CallsInput): Promise<readonly CallRates[]> {
  const { calls, runs } = input;
  const vat = await openVat({ dir: place.path('CALLS'), create: true, listen: false });
  const counter = await vat.install({ code: CODE, name: 'counter' });
  const bare = makeBare(place.path('bare.db'), { hasMemory: true });
  const rows = makeBare(place.path('rows.db'), { hasMemory: false });
  const rates: CallRates[] = [];
  try {
    for (let run = 0; run <= runs; run += 1) {
      rates.push({
        vat: await rateOf(calls, (n) => counter.send({ n })),
        bare: await rateOf(calls, (n) => bare.call({ n })),
        rows: await rateOf(calls, (n) => rows.call({ n })),
      });
    }
  } finally {
    bare.close();
    rows.close();
    await vat.close();
  }
  return rates.slice(1);
}

async function rateOf(calls: number, call: (n: number) => Promise<unknown>): Promise<number> {
  const each = Math.ceil(calls / CALLERS);
  const caller = async (): Promise<void> => {
    for (let done = 0; done < each; done += 1) await call(1);
  };
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (each * CALLERS * 1_000) / (performance.now() - beganMs);
}

interface Waiting {
  readonly args: { readonly n: number };
  readonly resolve: (answer: number) => void;
}

/** What somebody writes who wants durable calls of one function, and nothing else. */
function makeBare(path: string, { hasMemory }: { readonly hasMemory: boolean }) {
  const db = new Database(path);
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL']) db.pragma(pragma);
  db.exec(`
    CREATE TABLE message (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
    CREATE TABLE memory (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
    INSERT INTO memory VALUES (1, '{}');`);
  const insert = db.prepare('INSERT INTO message VALUES (?, ?)');
  const select = db.prepare('SELECT body FROM memory WHERE id = 1').pluck();
  const update = db.prepare('UPDATE memory SET body = ? WHERE id = 1');
  const remove = db.prepare('DELETE FROM message WHERE seq = ?');
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  let count = 0;
  let seq = 0;
  let waiting: Waiting[] = [];

  const run = (n: number): number => {
    if (!hasMemory) {
      count += n;
      return count;
    }
    const memory = JSON.parse(select.get() as string) as { count?: number };
    memory.count = (memory.count ?? 0) + n;
    update.run(JSON.stringify(memory));
    return memory.count;
  };
  const flush = (): void => {
    const taken = waiting;
    waiting = [];
    begin.run();
    const answers = taken.map(({ args }) => {
      seq += 1;
      insert.run(seq, JSON.stringify(args));
      const answer = run(args.n);
      remove.run(seq);
      return answer;
    });
    commit.run();
    for (const [index, { resolve }] of taken.entries()) resolve(answers[index]!);
  };

  return {
    call: (args: { readonly n: number }) =>
      new Promise<number>((resolve) => {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({ args, resolve });
      }),
    close: () => db.close(),
  };
}
