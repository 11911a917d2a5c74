// Judge: opens what a power cut left with the node's own code, and tells which promises it broke.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { VatId } from '../../src/core/ids.ts';
import { layOut } from '../../src/node/base-dir.ts';
import { askStopped } from '../../src/node/offline.ts';
import { verifyNode } from '../../src/node/verify.ts';
import type { Damage } from '../../src/store/verify-part.ts';
import { NODE, type Promised } from './story.ts';

export interface JudgeInput {
  /** The rebuilt disk. */
  readonly disk: string;
  /** What was said before the cut. */
  readonly promises: readonly Promised[];
  /** Tails of what the peer sent. */
  readonly tails: readonly Uint8Array[];
}

/** What is wrong with a disk after a cut; nothing if it kept all that was promised. */
export async function judge({ disk, promises, tails }: JudgeInput): Promise<readonly string[]> {
  const base = layOut(join(disk, NODE));
  if (!existsSync(base.config)) {
    return promises.length === 0 ? [] : ['there is no node'];
  }
  try {
    const reply = await askStopped(base, { type: 'status' });
    if (!reply.ok) return [`it does not answer: ${reply.message}`];
    const found = readVat(base.database);
    const damages: string[] = [];
    const onDamage = ({ table, row, what }: Damage) =>
      void damages.push(`${table} ${row}: ${what}`);
    try {
      verifyNode({ dir: base.dir, onDamage });
    } catch (error) {
      damages.push(String(error));
    }
    return [
      ...damages,
      ...checkWhole(found),
      ...promises.flatMap((promised) => checkPromise(found, promised)),
      ...checkTail(found, tails),
    ];
  } catch (error) {
    return [`it cannot be opened: ${error instanceof Error ? error.message : error}`];
  }
}

interface Lanes {
  readonly vat: VatId;
  readonly out1_next: number;
  readonly out1_receipted: number;
  readonly in1_next: number;
  readonly in1_tail: Uint8Array;
}

interface Found {
  /** In memory, and in messages that wait. */
  readonly values: readonly string[];
  readonly sent: number;
  readonly link: Lanes | undefined;
  readonly outbox: ReadonlyMap<number, Uint8Array>;
}

function readVat(path: string): Found {
  const db = new Database(path, { readonly: true });
  try {
    const all = <T>(sql: string): T[] => db.prepare(sql).all() as T[];
    const bodies = all<{ body: string }>('SELECT body FROM memory');
    const memory = JSON.parse(bodies[0]?.body ?? '{}') as { values?: string[]; sent?: number };
    const inbox = all<{ body: string }>('SELECT body FROM inbox');
    const waiting = inbox.map(({ body }) => (JSON.parse(body) as { value: string }).value);
    const rows = all<{ number: number; item: Uint8Array }>('SELECT * FROM outbox WHERE lane = 1');
    return {
      values: [...(memory.values ?? []), ...waiting],
      sent: memory.sent ?? 0,
      link: all<Lanes>('SELECT * FROM link')[0],
      outbox: new Map(rows.map(({ number, item }) => [number, item])),
    };
  } finally {
    db.close();
  }
}

/** Nothing twice, and what one turn did is there together. */
function checkWhole({ values, sent, link, outbox }: Found): readonly string[] {
  const doubled = values.filter((value, index) => values.indexOf(value) !== index);
  const next = link?.out1_next ?? 1;
  const lost: number[] = [];
  for (let n = link?.out1_receipted ?? 1; n < next; n += 1) if (!outbox.has(n)) lost.push(n);
  return [
    ...doubled.map((value) => `message ${value} is there twice`),
    ...(sent === next - 1 ? [] : [`memory says that ${sent} were sent, the lane ${next - 1}`]),
    ...lost.map((n) => `item ${n} is neither queued nor receipted`),
  ];
}

function checkPromise(found: Found, promised: Promised): readonly string[] {
  switch (promised.kind) {
    case 'made':
      return [];
    case 'stored':
      if (found.values.includes(promised.value)) return [];
      return [`message ${promised.value}, of which the operator was told that it is stored`];
    case 'receipt': {
      const next = found.link?.in1_next ?? 0;
      if (next >= promised.next) return [];
      return [`items ${next} to ${promised.next - 1}, for which the peer has a receipt`];
    }
    case 'box':
      return promised.items.flatMap((item, index) =>
        checkSent(found, promised.first + index, item),
      );
  }
}

function checkSent({ link, outbox }: Found, number: number, item: Uint8Array): readonly string[] {
  if (!link || number >= link.out1_next) return [`item ${number}, which the peer has seen`];
  if (number < link.out1_receipted) return [];
  const held = outbox.get(number);
  return held && Buffer.compare(held, item) === 0 ? [] : [`item ${number} as the peer has seen it`];
}

function checkTail({ link, values }: Found, tails: readonly Uint8Array[]): readonly string[] {
  if (link === undefined || link.in1_next === 0) return [];
  const tail = tails[link.in1_next - 1];
  if (!tail || Buffer.compare(tail, link.in1_tail) !== 0) return ['its tail is not the peer’s'];
  const taken = values.filter((value) => /^[pq]/.test(value)).length;
  // The first item was a redeem.
  const wanted = Math.max(0, link.in1_next - 2);
  return taken === wanted ? [] : [`${taken} messages of the peer are there, not ${wanted}`];
}
