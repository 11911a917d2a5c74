// Reference book: which reference of a test stands for which id of its vat.
//
// A test never sees a QRID: the book makes one where a request to the kernel needs it.

import { QrtError } from '../core/errors.ts';
import {
  isObjectId,
  isPromiseId,
  isResolverId,
  type LocalId,
  makeSwissnum,
  parseQrid,
  type Qrid,
  type VatId,
} from '../core/ids.ts';
import { systemEntropy } from '../crypto/entropy.ts';
import { sha256 } from '../crypto/hash.ts';
import { makeSealer } from '../crypto/sealer.ts';
import type { NewQridReply } from '../kernel/keeping-ports.ts';
import type { VatStore } from '../kernel/store-port.ts';
import { makeRequestId } from '../node/request-id.ts';
import type { Machine } from './machine.ts';
import {
  idOf,
  OutsideReference,
  TestObject,
  TestPromise,
  type TestReference,
} from './test-reference.ts';

/** An object that an operator's request made. */
interface InstalledObject {
  readonly object: TestObject;
  readonly qrid: Qrid;
}

/** An id of this vat, or the name of an object outside after a `:`, which no id has. */
export type ReferenceKey = LocalId | `:${string}`;

/** The references of one test vat. */
export interface ReferenceBook {
  /** Which test vat of this process it is, counted from 1. */
  readonly number: number;
  /** An object that was just installed. */
  addInstalled(installed: InstalledObject): void;
  /** The same reference for the same name. */
  outside(name: string): OutsideReference;
  /** What a reference is called here; undefined for any other value. Throws QRT_REFERENCE_FOREIGN. */
  keyOf(value: unknown): ReferenceKey | undefined;
  /** The QRID of a reference; one for an object that a guest made is made when it is wanted. */
  qridOf(key: ReferenceKey): Promise<Qrid>;
  /** What stands for an id of this vat. */
  referenceOf(id: LocalId): TestReference;
  objectOf(id: LocalId): TestObject;
}

const SWISSNUM_BYTES = 32;
const SEED_BYTES = 32;
/** Nothing listens there, and nothing is ever sent there. */
const OUTSIDE_HINT = 'http://outside.invalid';

/** Every reference that any test vat of this process gave out → that vat's number. */
const vatNumbers = new WeakMap<object, number>();
let vatsMade = 0;

export function makeReferenceBook({ ask, store }: Pick<Machine, 'ask' | 'store'>): ReferenceBook {
  vatsMade += 1;
  const number = vatsMade;
  const objects = new Map<LocalId, TestObject>();
  const promises = new Map<LocalId, TestPromise>();
  const qrids = new Map<LocalId, Qrid>();
  const names = new Map<number, string>();
  const outsiders = makeOutsiders({ number, store });

  const hold = (object: TestObject): TestObject => {
    vatNumbers.set(Object.freeze(object), number);
    objects.set(idOf(object), object);
    return object;
  };
  const objectOf = (id: LocalId): TestObject => {
    const known = objects.get(id);
    if (known) return known;
    const owner = store().objectOwner(id) ?? -1;
    return hold(new TestObject({ id, name: names.get(owner) ?? 'nobody', vat: number }));
  };
  const promiseAt = (id: LocalId): TestPromise => {
    const known = promises.get(id);
    if (known) return known;
    const made = Object.freeze(new TestPromise({ id, vat: number }));
    vatNumbers.set(made, number);
    promises.set(id, made);
    return made;
  };
  const referenceOf = (id: LocalId): TestReference => {
    if (isPromiseId(id) || isResolverId(id)) return promiseAt(id);
    return isObjectId(id) ? objectOf(id) : outsiders.behind(id);
  };
  const qridOfObject = async (object: LocalId): Promise<Qrid> => {
    const known = qrids.get(object);
    if (known) return known;
    const request = { type: 'qrid-new', id: makeRequestId(), object } as const;
    const qrid = parseQrid((await ask<NewQridReply>(request)).qrid);
    qrids.set(object, qrid);
    return qrid;
  };

  return Object.freeze({
    number,
    addInstalled({ object, qrid }: InstalledObject) {
      hold(object);
      qrids.set(idOf(object), qrid);
      names.set(store().objectOwner(idOf(object)) ?? -1, object.name);
    },
    outside: outsiders.outside,
    keyOf(value: unknown): ReferenceKey | undefined {
      const owner = vatNumbers.get(value as object);
      if (owner === undefined) return undefined;
      const reference = value as TestReference;
      const what = String(reference);
      if (owner !== number) throw new QrtError('QRT_REFERENCE_FOREIGN', { what });
      return reference instanceof OutsideReference ? `:${reference.name}` : idOf(reference);
    },
    async qridOf(key: ReferenceKey) {
      if (key.startsWith(':')) return outsiders.qridOf(key.slice(1));
      if (isObjectId(key)) return qridOfObject(key);
      const reason = 'has no QRID: promises are handed on by objects only';
      throw new QrtError('QRT_ARGUMENT_INVALID', { what: key, reason });
    },
    referenceOf,
    objectOf,
  });
}

/**
 * Objects of other vats: to the kernel they are all in one vat, so that what is sent to them has
 * one order.
 */
function makeOutsiders({ number, store }: { number: number; store: () => VatStore }) {
  const outsiders = new Map<string, { reference: OutsideReference; qrid: Qrid }>();
  let peer: VatId | undefined;

  const idBehind = ({ vat: at, swissnum }: Qrid): LocalId | undefined => {
    const link = store()
      .links()
      .find((row) => row.vat === at);
    return link && store().importOfSwissHash(link.id, sha256(Buffer.from(swissnum)))?.id;
  };

  return {
    outside(name: string): OutsideReference {
      const known = outsiders.get(name);
      if (known) return known.reference;
      const seed = systemEntropy(SEED_BYTES);
      peer ??= makeSealer({ seed, entropy: systemEntropy }).vat;
      const reference = Object.freeze(new OutsideReference({ name, vat: number }));
      const swissnum = makeSwissnum(systemEntropy(SWISSNUM_BYTES));
      outsiders.set(name, { reference, qrid: { vat: peer, swissnum, hint: OUTSIDE_HINT } });
      vatNumbers.set(reference, number);
      return reference;
    },
    qridOf: (name: string): Qrid => outsiders.get(name)!.qrid,
    behind(id: LocalId): OutsideReference {
      for (const { reference, qrid } of outsiders.values()) {
        if (idBehind(qrid) === id) return reference;
      }
      throw new QrtError('QRT_INVARIANT_BROKEN', { reason: `${id} came from nowhere` });
    },
  };
}

/** Throws QRT_TARGET_INVALID for what is no reference, QRT_REFERENCE_FOREIGN for another vat's. */
export function keyIn(book: ReferenceBook, given: { what: string; value: unknown }): ReferenceKey {
  const key = book.keyOf(given.value);
  if (key === undefined) throw new QrtError('QRT_TARGET_INVALID', { what: given.what });
  return key;
}
