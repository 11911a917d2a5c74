// Verify: how fast a database is read from end to end and held against itself.

import { statSync } from 'node:fs';
import { openBaseDir } from '../../src/node/base-dir.ts';
import { verifyNode } from '../../src/node/verify.ts';
import { openByHand } from '../../test/sim/hand.ts';
import { fillDrain } from './drain.ts';
import type { Place } from './nodes.ts';

export interface VerifyRun {
  readonly bytes: number;
  readonly rows: number;
  readonly ms: number;
}

/** Bytes of each memory that is added: about what an object keeps that keeps something. */
const MEMORY_BYTES = 2_000;

/** Verifies node DRAIN with `messages` small messages and as many memories, some times. */
export function measureVerify(
  place: Place,
  { messages, runs }: { readonly messages: number; readonly runs: number },
): readonly VerifyRun[] {
  fillDrain(place, messages);
  const base = openBaseDir(place.path('DRAIN'));
  addObjects(base.database, messages);
  const bytes = statSync(base.database).size;
  return Array.from({ length: runs }, () => {
    const beganMs = performance.now();
    const onDamage = ({ table, what }: { table: string; what: string }): never => {
      throw new Error(`${table}: ${what}`);
    };
    const { rows } = verifyNode({ dir: base.dir, onDamage });
    return { bytes, rows, ms: performance.now() - beganMs };
  });
}

/** As installs would add them, which takes longer. */
function addObjects(path: string, count: number): void {
  const db = openByHand(path);
  const turn = db.prepare('SELECT turn FROM counters').pluck().get() as number;
  const code = db.prepare('SELECT hash FROM code').pluck().get();
  const memory = db.prepare("INSERT INTO memory VALUES (?, 1, ?, '[]')");
  const object = db.prepare("INSERT INTO object VALUES (?, 1, ?, '{}', '[]', '{}', ?, 'live')");
  const body = JSON.stringify({ text: 'x'.repeat(MEMORY_BYTES) });
  db.transaction(() => {
    for (let n = turn + 1; n <= turn + count; n += 1) {
      memory.run(`m${n}.0`, body);
      object.run(`o${n}.0`, code, `m${n}.0`);
    }
    db.prepare('UPDATE counters SET turn = ?').run(turn + count);
  })();
  db.close();
}
