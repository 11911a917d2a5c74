// QRIDs: the ways in that the operator gives out by hand, listed, and taken back again.
//
// The database keeps salt and hash of a swissnum. Its text is a signature over the salt, so only
// who has the vat's key can make it again.

import { QrtError } from '../core/errors.ts';
import {
  formatQrid,
  isObjectId,
  type LocalId,
  makeSwissnum,
  NOBODY,
  type Swissnum,
} from '../core/ids.ts';
import { HASH_BYTES_SHOWN, QRID_LIST_ROWS_MAX } from '../core/limits.ts';
import type { AddressBook } from './address-book.ts';
import type { Island } from './island.ts';
import type { KeepingRequest, ListedQrid, QridListReply } from './keeping-ports.ts';
import type { ListedSwissnum } from './keeping-store-port.ts';

/** What is kept of a reply with a QRID: no row holds a swissnum. */
interface StoredQrid {
  readonly object: LocalId;
  /** Of the swissnum, in hexadecimal digits. */
  readonly hash: string;
}

export interface Qrids {
  /** Makes one in the open transaction and returns its hash in hexadecimal digits. */
  make(object: LocalId, label: string): string;
  /** The text of the QRID with that hash. */
  textOf(hash: string): string;
  /** A hash as people see it. */
  shorten(hash: string): string;
  /** Another QRID of a live object. */
  add(request: Extract<KeepingRequest, { type: 'qrid-new' }>): StoredQrid;
  list(object: string | undefined): QridListReply;
}

export function makeQrids(island: Island, book: AddressBook): Qrids {
  const { store, sealer, sha256, entropy, clock, transaction } = island;

  const swissnumOf = (salt: Uint8Array): Swissnum => makeSaltedSwissnum(island, salt);

  const make = (object: LocalId, label: string): string => {
    const salt = entropy(SALT_BYTES);
    const hash = sha256(Buffer.from(swissnumOf(salt)));
    transaction.join(0);
    store.insertSwissHash({ hash, object, salt, label, timeMs: clock.nowMs() });
    return Buffer.from(hash).toString('hex');
  };

  return Object.freeze({
    make,
    textOf(hash: string) {
      const salt = store.saltOf(Buffer.from(hash, 'hex'));
      if (!salt) throw new QrtError('QRT_INVARIANT_BROKEN', { reason: 'a QRID without salt' });
      const hint = book.own().urls[0];
      const qrid = { vat: sealer.vat, swissnum: swissnumOf(salt) };
      return formatQrid(hint === undefined ? qrid : { ...qrid, hint });
    },
    shorten,
    add({ object, label = '' }: Extract<KeepingRequest, { type: 'qrid-new' }>) {
      const id = findObject(island, object);
      if (!store.isLiveObject(id)) throw new QrtError('QRT_OBJECT_DELETED', { object });
      return { object: id, hash: make(id, label) };
    },
    list(object: string | undefined) {
      const id = object === undefined ? undefined : findObject(island, object);
      const rows = store.listSwissnums({ object: id, limit: QRID_LIST_ROWS_MAX + 1 });
      const hasMore = rows.length > QRID_LIST_ROWS_MAX;
      return { qrids: rows.slice(0, QRID_LIST_ROWS_MAX).map(describe), hasMore };
    },
  });
}

/** Only who has key and salt can make it. */
export function makeSaltedSwissnum(
  { sealer, sha256 }: Pick<Island, 'sealer' | 'sha256'>,
  salt: Uint8Array,
): Swissnum {
  return makeSwissnum(sha256(sealer.sign(Buffer.concat([SWISSNUM_CONTEXT, salt]))));
}

/** The id of an object that exists, live or deleted. Throws QRT_OBJECT_UNKNOWN. */
export function findObject({ store }: Island, text: string): LocalId {
  if (isObjectId(text) && text !== NOBODY && store.objectOwner(text) !== undefined) return text;
  throw new QrtError('QRT_OBJECT_UNKNOWN', { object: text });
}

function describe(row: ListedSwissnum): ListedQrid {
  const { object, label, madeMs, lastUsedMs, revokedMs, peers } = row;
  return {
    hash: shorten(Buffer.from(row.hash).toString('hex')),
    object,
    label,
    madeMs,
    ...(lastUsedMs === undefined ? {} : { lastUsedMs }),
    peers,
    state: revokedMs !== undefined ? 'revoked' : row.isDeleted ? 'deleted' : 'live',
    ...(revokedMs === undefined ? {} : { revokedMs }),
  };
}

const shorten = (hash: string): string => hash.slice(0, 2 * HASH_BYTES_SHOWN);

const SWISSNUM_CONTEXT = Buffer.from('qrt swissnum 1\n');
const SALT_BYTES = 32;
