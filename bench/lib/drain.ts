// Drain: how fast a full queue is run, against the same rows changed by SQLite alone.
//
// A turn takes a message, adds one to a number in memory, and sends a message to a vat that is
// away. On disk that is four statements: SELECT the next message, UPDATE the memory, INSERT the
// outgoing item, DELETE the message. The bare run does these four for each turn, prepared, by
// better-sqlite3 in one process, on a copy of the very database that the node drains: the same
// tables, indexes, sizes of rows and pragmas (WAL, synchronous=FULL), 64 turns a transaction.
//
// Not in the bare run, and so counted against us: frames to the worker and back, running the
// guest, checking the outcome, numbers and tails of items, the counters of vat and link in each
// commit, attempts to reach the peer. Counted for us: the kernel reads messages 128 at a time. So
// that nobody is fooled the bare run is done that way too, as `bareWindowed`.
//
// A turn counts when its effects are read back from the disk of a node that was killed with
// kill -9 while it ran; the time is that from its first commits to the kill.

import { cpSync, rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { parseQrid } from '../../src/core/ids.ts';
import { openBaseDir } from '../../src/node/base-dir.ts';
import { readConfig } from '../../src/node/config.ts';
import { openNodeVat } from '../../src/node/node-vat.ts';
import { endProcess, type Place, until } from './nodes.ts';

/** Turns in one commit of either side. */
const BATCH = 64;
/** Messages that the kernel reads at once. */
export const WINDOW_ROWS = 128;
const FILL_BATCH = 1_000;
/** Turns before the clock runs: worker and compiler are warm then. */
const WARM_TURNS = 2_000;

const CODE = `function bench({ n }, { memory, to }) {
  memory.count = (memory.count ?? 0) + 1;
  to.sendOnly({ n });
}`;

/** Turns that were on disk, and how long they took. */
export interface Drained {
  readonly turns: number;
  readonly commits: number;
  readonly perSecond: number;
}

/** Makes node DRAIN with `messages` messages in its inbox and a peer that never runs. */
export function fillDrain(place: Place, messages: number): void {
  place.qrt('create-node', 'AWAY');
  place.qrt('create-node', 'DRAIN');
  const away = place.install('AWAY', CODE);
  const qrid = place.install('DRAIN', CODE, ['--ref', `to=${away}`]);
  const base = openBaseDir(place.path('DRAIN'));
  const config = readConfig(base.config);
  const { vat, close } = openNodeVat({ base, config, isServing: false })({
    meter: () => undefined,
    emit: (output) => {
      if (output.type === 'control-reply' && !output.reply.ok)
        throw new Error(output.reply.message);
    },
  });
  const target = parseQrid(qrid);
  for (let n = 1; n <= messages; n += 1) {
    const args = { body: JSON.stringify({ n }), slots: [] };
    const request = { type: 'send', id: `bench-${n}`, target, args, wait: false } as const;
    vat.handle({ type: 'control', ticket: n, request });
    if (n % FILL_BATCH === 0) vat.settle();
  }
  vat.settle();
  close();
}

/** Drains a copy of the filled node by running it, until `turns` are done. */
export async function drainByNode(
  place: Place,
  turns: number,
  env?: Readonly<Record<string, string>>,
): Promise<Drained> {
  const db = copyFilled(place, 'RUN');
  const look = new Database(db, { readonly: true });
  const counters = look.prepare('SELECT turns_done AS turns, commits FROM counters');
  const read = () => counters.get() as { turns: number; commits: number };
  const pid = place.start('RUN', env);
  await until(() => read().turns >= WARM_TURNS, 2);
  const from = read();
  const beganMs = performance.now();
  await until(() => read().turns >= turns - WARM_TURNS, 10);
  const ms = performance.now() - beganMs;
  look.close();
  await endProcess(pid, 'SIGKILL');
  const to = readBack(db);
  const done = { turns: to.turns - from.turns, commits: to.commits - from.commits };
  return { ...done, perSecond: (done.turns * 1_000) / ms };
}

/** What is on disk after the kill; throws when it is not the state after whole turns. */
function readBack(path: string): { turns: number; commits: number } {
  const db = new Database(path);
  const number = (sql: string): number => db.prepare(sql).pluck().get() as number;
  const turns = number('SELECT turns_done FROM counters');
  const found = {
    memory: number("SELECT json_extract(body, '$.count') FROM memory"),
    // The first item of the link is the redeem.
    outbox: number('SELECT count(*) FROM outbox') - 1,
    inbox: number('SELECT max(seq) - min(seq) + 1 FROM inbox'),
    commits: number('SELECT commits FROM counters'),
  };
  const first = number('SELECT min(seq) FROM inbox') - 1;
  db.close();
  if (found.memory !== turns || found.outbox !== turns || first !== turns) {
    throw new Error(`the disk holds no whole turns: ${JSON.stringify({ turns, ...found })}`);
  }
  return { turns, commits: found.commits };
}

/** Drains a copy of the filled node's database by SQL alone, reading `rowsAtOnce` messages. */
export function drainByStatements(
  place: Place,
  { turns, rowsAtOnce }: { readonly turns: number; readonly rowsAtOnce: number },
): Drained {
  const db = new Database(copyFilled(place, 'BARE'));
  for (const pragma of PRAGMAS) db.pragma(pragma);
  const select = db.prepare('SELECT * FROM inbox WHERE owner = ? AND seq > ? ORDER BY seq LIMIT ?');
  const update = db.prepare('UPDATE memory SET body = ?, slots = ? WHERE id = ?');
  const insert = db.prepare('INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?)');
  const remove = db.prepare('DELETE FROM inbox WHERE owner = ? AND seq = ?');
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const memory = db.prepare('SELECT id FROM memory').pluck().get();
  const first = db.prepare('SELECT max(number) + 1 FROM outbox').pluck().get() as number;

  let rows: { owner: number; seq: number }[] = [];
  let last = 0;
  let done = 0;
  let commits = 0;
  const beganMs = performance.now();
  while (done < turns) {
    begin.run();
    for (let inBatch = 0; inBatch < BATCH && done < turns; inBatch += 1) {
      if (rows.length === 0) rows = select.all(OWNER, last, rowsAtOnce) as typeof rows;
      const row = rows.shift();
      if (!row) throw new Error('the inbox is empty');
      last = row.seq;
      update.run(`{"count":${done + 1}}`, '[]', memory);
      insert.run(LINK, LANE, first + done, ITEM, TAIL, SHARE, QUEUED_MS);
      remove.run(row.owner, row.seq);
      done += 1;
    }
    commit.run();
    commits += 1;
  }
  const ms = performance.now() - beganMs;
  db.close();
  return { turns: done, commits, perSecond: (done * 1_000) / ms };
}

/** As the store sets them. */
const PRAGMAS = [
  'journal_mode = WAL',
  'synchronous = FULL',
  'foreign_keys = ON',
  'temp_store = MEMORY',
  'cache_size = -8000',
];

// One outgoing item as the node writes it: its bytes, its tail, its share.
const OWNER = 1;
const LINK = 1;
const LANE = 1;
const ITEM = Buffer.alloc(72, 7);
const TAIL = Buffer.alloc(32, 7);
const SHARE = 'o1';
const QUEUED_MS = 1_700_000_000_000;

function copyFilled(place: Place, name: string): string {
  rmSync(place.path(name), { recursive: true, force: true });
  cpSync(place.path('DRAIN'), place.path(name), { recursive: true });
  return place.path(name, 'vat.db');
}
