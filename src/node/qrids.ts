// QRIDs: what the operator does about the ways into a node's objects that people hold.

import { QrtError } from '../core/errors.ts';
import { isObjectId, parseQrid } from '../core/ids.ts';
import { sha256 } from '../crypto/hash.ts';
import type {
  ListedQrid,
  NewQridReply,
  QridListReply,
  RevokeReply,
} from '../kernel/keeping-ports.ts';
import { type Asked, askNode } from './ask.ts';
import { openBaseDir } from './base-dir.ts';
import { readConfig } from './config.ts';
import { parseLabel } from './label.ts';
import { makeRequestId, parseRequestId } from './request-id.ts';

/** One QRID in a list. */
export type Listed = ListedQrid;

/** What a revocation did. */
export type Revoked = RevokeReply;

/** Checks how an object's id is written. Throws QRT_ARGUMENT_INVALID. */
export function parseObject(text: string): string {
  if (isObjectId(text)) return text;
  const reason = 'give the id of an object, such as o5.0 (`qrt dump DIR objects` shows them)';
  throw new QrtError('QRT_ARGUMENT_INVALID', { what: 'OBJECT', reason });
}

export interface NewQridInput {
  readonly dir: string;
  readonly object: string;
  readonly label: string | undefined;
  readonly id: string | undefined;
}

/** Asking again with the same id gives the same QRID and makes no other. */
export async function newQrid(input: NewQridInput): Promise<Asked<NewQridReply>> {
  const base = openBaseDir(input.dir);
  const label = input.label === undefined ? undefined : parseLabel(input.label);
  return askNode(base, {
    type: 'qrid-new',
    id: input.id === undefined ? makeRequestId() : parseRequestId(input.id),
    object: parseObject(input.object),
    ...(label !== undefined && { label }),
  });
}

/** The QRIDs of one object, or of all. */
export async function listQrids(dir: string, object: string | undefined): Promise<QridListReply> {
  const base = openBaseDir(dir);
  const request = { type: 'qrid-list' } as const;
  const of = object === undefined ? request : { ...request, object: parseObject(object) };
  return (await askNode<QridListReply>(base, of)).value;
}

export interface RevokeInput {
  readonly dir: string;
  /** The first digits of the hash, or the QRID itself. */
  readonly hash: string;
  readonly withLinks: boolean;
}

/** Withdraws a QRID, and if asked what peers got by it. */
export async function revokeQrid({ dir, hash, withLinks }: RevokeInput): Promise<RevokeReply> {
  const base = openBaseDir(dir);
  const digits = hash.startsWith('qrt:') ? hashOf(hash, readConfig(base.config).vat) : hash;
  if (!/^[0-9a-f]{8,64}$/.test(digits)) {
    const reason = 'give 8 to 64 digits of a hash as `qrt qrid list DIR` shows it, or the QRID';
    throw new QrtError('QRT_ARGUMENT_INVALID', { what: 'HASH', reason });
  }
  const id = makeRequestId();
  const request = { type: 'qrid-revoke', id, hash: digits, withLinks } as const;
  return (await askNode<RevokeReply>(base, request)).value;
}

/** The hash of a QRID, which must be of this vat. */
function hashOf(text: string, vat: string): string {
  const qrid = parseQrid(text);
  if (qrid.vat !== vat) {
    const reason = `that is a QRID of vat ${qrid.vat}, and only its own node can revoke it`;
    throw new QrtError('QRT_ARGUMENT_INVALID', { what: 'HASH', reason });
  }
  return Buffer.from(sha256(Buffer.from(qrid.swissnum))).toString('hex');
}
