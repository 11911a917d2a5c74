// Backup kit: nodes with something in them, and deaths at each call of the file system.

import fs, { readdirSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { VatId } from '../../src/core/ids.ts';
import { isNode, layOut } from '../../src/node/base-dir.ts';
import { createNode } from '../../src/node/create.ts';
import { openDatabase } from '../../src/store/open.ts';

const LINK_STATES = ['ok', 'unchecked', 'doubt', 'dropped'] as const;

/** A stopped node with a link in each state, and `rows` log lines of `bytes` bytes each. */
export async function makeNode(dir: string, { rows = 3, bytes = 10 } = {}): Promise<VatId> {
  const { vat } = await createNode({ dir, host: '127.0.0.1', port: 7001, urls: undefined });
  const db = openDatabase({ path: layOut(dir).database, vat });
  const insert = db.prepare("INSERT INTO log VALUES (?, 0, 1, 'log', 'here', ?)");
  for (let row = 1; row <= rows; row += 1) insert.run(row, 'x'.repeat(bytes));
  db.prepare("INSERT INTO contact VALUES (?, 41, 'signed', '[]', NULL, NULL)").run(vat);
  const link = db.prepare(`INSERT INTO link VALUES (?, ?, ?, 'why', NULL, 1, 1, 0, 0, 0, '',
    1, x'00', 1, x'00', 1, x'00', 1, x'00', 0, x'00', 0, x'00', NULL, 0, 0)`);
  LINK_STATES.forEach((state, index) => {
    link.run(index + 1, `peer-${index}`, state);
  });
  db.exec("INSERT INTO settling SELECT id, 'doubt', x'01', NULL, NULL, NULL, 1, 0, NULL FROM link");
  db.exec("INSERT INTO settle_choice VALUES (3, 1, 'resend')");
  db.close();
  return vat;
}

/** All rows of all tables, in their order. */
export function rowsOf(dir: string, vat: VatId): Map<string, unknown> {
  const db = openDatabase({ path: layOut(dir).database, vat });
  try {
    const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
    const tables = names.map((name) => [String(name), db.prepare(`SELECT * FROM ${name}`).all()]);
    return new Map(tables as [string, unknown][]);
  } finally {
    db.close();
  }
}

/** Directories below `dir`, hidden ones too, that are nodes. */
export const nodesBelow = (dir: string): readonly string[] =>
  readdirSync(dir).filter((name) => isNode(join(dir, name)));

const CALLS = ['mkdtempSync', 'openSync', 'writeSync', 'writeFileSync', 'fsyncSync', 'closeSync'];
const LAST_CALLS = ['linkSync', 'renameSync', 'rmSync'];

interface DieInput {
  /** Where the files are that count. */
  readonly dir: string;
  readonly last: number;
  readonly body: () => Promise<unknown>;
}

/**
 * Calls `body` and lets nothing more happen to files from call number `last` on, as after `kill -9`.
 * Returns the calls that it made, in their order.
 */
export async function dieAt({ dir, last, body }: DieInput): Promise<readonly string[]> {
  const fds = new Set<unknown>();
  const real: Record<string, (...args: unknown[]) => unknown> = {};
  const calls: string[] = [];
  let isDead = false;
  const table = fs as unknown as typeof real;
  for (const name of [...CALLS, ...LAST_CALLS]) {
    const call = table[name]!;
    real[name] = call;
    table[name] = (...args) => {
      const [first] = args;
      // The process of a test has other files to do with.
      if (typeof first === 'string' ? !first.startsWith(dir) : !fds.has(first))
        return call(...args);
      isDead ||= calls.length >= last;
      if (isDead) throw new Error(`killed before ${name}`);
      calls.push(`${name} ${typeof first === 'string' ? first : ''}`);
      const result = call(...args);
      if (name === 'openSync') fds.add(result);
      if (name === 'closeSync') fds.delete(first);
      return result;
    };
  }
  const mend = (): void => {
    Object.assign(table, real);
    syncBuiltinESMExports();
  };
  onTestFinished(mend);
  syncBuiltinESMExports();
  try {
    await body();
  } catch (error) {
    // What a dead process would make of it nobody sees.
    if (!isDead) throw error;
  } finally {
    mend();
  }
  return calls;
}
