// References from outside: what a QRID in an operator's hand stands for in this vat.
//
// An id of this vat stands for itself, as long as there is something behind it.
// A QRID of ours is looked up by hash. One of another vat becomes an import by a `redeem` item,
// named by that item's own number and usable at once; the same QRID again is the same import.

import { QrtError } from '../core/errors.ts';
import {
  isImportId,
  isObjectId,
  isPromiseId,
  isResolverId,
  type LocalId,
  promiseOf,
  type Qrid,
} from '../core/ids.ts';
import { QRID_USED_STEP_MS } from '../core/limits.ts';
import type { AddressBook } from './address-book.ts';
import { type Island, OPERATOR_SHARE } from './island.ts';
import type { Link, Links } from './links.ts';
import type { Names } from './names.ts';
import type { Outbox } from './outbox.ts';
import type { OperatorReference } from './ports.ts';
import type { PromiseRows } from './promise-rows.ts';

export interface References {
  /** Throws when one of them cannot be used; nothing is changed then. */
  check(references: readonly OperatorReference[]): void;
  /** The local id of a checked reference; redeems a QRID that is new here. */
  resolve(reference: OperatorReference, trace: string): LocalId;
  /** The link of the peer whose thing an id stands for; undefined for a thing of ours. */
  linkOf(id: LocalId): Link | undefined;
}

export function makeReferences(
  island: Island,
  parts: {
    readonly links: Links;
    readonly names: Names;
    readonly outbox: Outbox;
    readonly book: AddressBook;
    readonly rows: Pick<PromiseRows, 'get'>;
  },
): References {
  const { store, sealer, sha256, clock, transaction, limits } = island;
  const { links, names, outbox, book, rows } = parts;
  const hashOf = (qrid: Qrid): Uint8Array => sha256(Buffer.from(qrid.swissnum));

  const redeem = (link: Link, qrid: Qrid, trace: string): LocalId => {
    const item = { kind: 'redeem', swissnum: qrid.swissnum, trace } as const;
    const number = outbox.add(link, item, OPERATOR_SHARE);
    return names.importRedeemed(link, number, hashOf(qrid));
  };

  const checkQrid = (qrid: Qrid): void => {
    const { vat } = qrid;
    if (vat === sealer.vat) {
      if (!store.objectOfSwissHash(hashOf(qrid))) throw new QrtError('QRT_NO_OBJECT', {});
      return;
    }
    const link = links.of(vat);
    if (link) assertUsable(link);
    if (!book.isKnown(vat) && qrid.hint === undefined) {
      throw new QrtError('QRT_VAT_UNKNOWN', { vat });
    }
    // Not every 32 bytes are a key: one that nothing can be sealed for is refused here.
    if (!link) sealer.seal({ to: vat, counter: 0, plaintext: new Uint8Array(0) });
  };

  const linkOf = (id: LocalId): Link | undefined => (isImportId(id) ? names.homeOf(id) : undefined);

  const checkId = (id: LocalId): void => {
    const link = linkOf(id);
    if (link) assertUsable(link);
    const isThere =
      (isImportId(id) && linkOf(id) !== undefined) ||
      (isObjectId(id) && store.isLiveObject(id)) ||
      (isPromiseId(id) && rows.get(id) !== undefined) ||
      (isResolverId(id) && rows.get(promiseOf(id)) !== undefined);
    if (!isThere) throw new QrtError('QRT_NO_OBJECT', {});
  };

  return Object.freeze({
    linkOf,
    check(references: readonly OperatorReference[]) {
      const qrids = references.filter((reference) => typeof reference !== 'string');
      for (const id of references) if (typeof id === 'string') checkId(id);
      for (const qrid of qrids) checkQrid(qrid);
      const isNew = ({ vat }: Qrid): boolean => vat !== sealer.vat && !links.of(vat);
      const strangers = new Set(qrids.filter(isNew).map(({ vat }) => vat));
      if (strangers.size > 0 && links.all().length + strangers.size > limits.links) {
        throw new QrtError('QRT_LINKS_FULL', { max: limits.links });
      }
    },
    resolve(reference: OperatorReference, trace: string) {
      if (typeof reference === 'string') return reference;
      const qrid = reference;
      if (qrid.vat === sealer.vat) {
        const hash = hashOf(qrid);
        const object = store.objectOfSwissHash(hash);
        if (!object) throw new QrtError('QRT_NO_OBJECT', {});
        transaction.join(0);
        store.updateSwissUsed({ hash, timeMs: clock.nowMs(), stepMs: QRID_USED_STEP_MS });
        return object;
      }
      const link = links.of(qrid.vat) ?? links.create(qrid.vat);
      if (!link) throw new QrtError('QRT_LINKS_FULL', { max: limits.links });
      // After the link: for whom there is one, there is room.
      if (qrid.hint !== undefined) book.hint(qrid.vat, qrid.hint);
      const known = store.importOfSwissHash(link.row.id, hashOf(qrid));
      return known?.id ?? redeem(link, qrid, trace);
    },
  });
}

function assertUsable({ row: { vat, state, reason } }: Link): void {
  if (state === 'dropped') throw new QrtError('QRT_LINK_DROPPED', { vat: `vat ${vat}` });
  if (state === 'doubt') throw new QrtError('QRT_LINK_DOUBTED', { vat, reason });
}
