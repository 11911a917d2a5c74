// Test references: how a test holds an object of its vat, or of a vat that it is never connected to.
//
// They may stand anywhere in args and power, and are what a test finds in results and memory. The
// same object is always the same value.

import type { LocalId } from '../core/ids.ts';

/** What a TestObject is made of. */
export interface TestObjectFields {
  readonly id: string;
  readonly name: string;
  readonly vat: number;
}

/** An object of a test vat. */
export class TestObject {
  /** The object's id in its vat, as in `qrt dump`: `o1.0`. */
  readonly id: string;
  /** What its installation is called; for an object made by another one, that one's. */
  readonly name: string;
  /** Which test vat of this process it belongs to, counted from 1. */
  readonly vat: number;

  constructor({ id, name, vat }: TestObjectFields) {
    this.id = id;
    this.name = name;
    this.vat = vat;
  }

  toString(): string {
    return `object ${this.id} (${this.name})`;
  }
}

/** An object of another vat, which a test vat can send to and never reaches. */
export class OutsideReference {
  readonly name: string;
  /** Which test vat of this process holds it, counted from 1. */
  readonly vat: number;

  constructor({ name, vat }: { name: string; vat: number }) {
    this.name = name;
    this.vat = vat;
  }

  toString(): string {
    return `outside object ${this.name}`;
  }
}

/** A promise, or the resolver of one, as it stands in memory or args. */
export class TestPromise {
  /** The id in its vat, as in `qrt dump`: `p7.0`, and of its resolver `s7.0`. */
  readonly id: string;
  /** Which test vat of this process it belongs to, counted from 1. */
  readonly vat: number;

  constructor({ id, vat }: { id: string; vat: number }) {
    this.id = id;
    this.vat = vat;
  }

  toString(): string {
    return `${this.id.startsWith('s') ? 'resolver' : 'promise'} ${this.id}`;
  }
}

/** What a message can be sent to. */
export type TestReference = TestObject | OutsideReference | TestPromise;

/** An id of this vat, as it stands in frames and rows. */
export const idOf = (object: TestObject | TestPromise): LocalId => object.id as LocalId;
