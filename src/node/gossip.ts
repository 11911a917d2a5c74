// Gossip: tells nodes where the others are. It says where a vat is and grants nothing.

import { CONTACT_BYTES_MAX, CONTROL_BYTES_MAX } from '../core/limits.ts';
import type { LearnReply } from '../kernel/ports.ts';
import { askNode } from './ask.ts';
import { type BaseDir, openBaseDir, readVatId } from './base-dir.ts';

/** What one node took from the others. */
export interface Gossiped extends LearnReply {
  /** As it was given. */
  readonly dir: string;
  readonly vat: string;
}

/** Reply to `contacts`. */
interface Contacts {
  readonly records: readonly string[];
}

/** Records in one request; half of what a request may hold. */
const RECORDS_MAX = Math.floor(CONTROL_BYTES_MAX / CONTACT_BYTES_MAX / 2);

/** Gives every node the records of all the others and those that any of them knows. */
export async function gossip(dirs: readonly string[]): Promise<readonly Gossiped[]> {
  const nodes = dirs.map((dir) => ({ dir, base: openBaseDir(dir) }));
  const records = new Set<string>();
  for (const { base } of nodes) {
    const { value } = await askNode<Contacts>(base, { type: 'contacts' });
    for (const record of value.records) records.add(record);
  }
  const results: Gossiped[] = [];
  for (const node of nodes) results.push(await teach({ ...node, records: [...records] }));
  return results;
}

interface TeachInput {
  readonly dir: string;
  readonly base: BaseDir;
  readonly records: readonly string[];
}

async function teach({ dir, base, records }: TeachInput): Promise<Gossiped> {
  const sum = { learnt: 0, known: 0, refused: 0 };
  for (let first = 0; first < records.length; first += RECORDS_MAX) {
    const part = records.slice(first, first + RECORDS_MAX);
    const { value } = await askNode<LearnReply>(base, { type: 'learn', records: part });
    sum.learnt += value.learnt;
    sum.known += value.known;
    sum.refused += value.refused;
  }
  return { dir, vat: readVatId(base), ...sum };
}
