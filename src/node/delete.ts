// Delete: ends an object of a node.

import type { DeleteReply } from '../kernel/keeping-ports.ts';
import { askNode } from './ask.ts';
import { openBaseDir } from './base-dir.ts';
import { parseObject } from './qrids.ts';
import { makeRequestId } from './request-id.ts';

/** What a deletion did. */
export type Deleted = DeleteReply;

/** Throws QRT_OBJECT_UNKNOWN. */
export async function deleteObject(dir: string, object: string): Promise<Deleted> {
  const base = openBaseDir(dir);
  const request = { type: 'delete', id: makeRequestId(), object: parseObject(object) } as const;
  return (await askNode<Deleted>(base, request)).value;
}
