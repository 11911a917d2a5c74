// Stage: what workloads and observers of the simulator see of a run, and what it asks of them.

import type { LocalId, Qrid, VatId } from '../../src/core/ids.ts';
import type { VatOutput } from '../../src/kernel/ports.ts';
import type { OpenStore } from '../../src/store/open.ts';
import type { Passage } from '../sim/network.ts';
import type { StoreCall } from '../sim/watched-store.ts';

/** One vat of a run. A clone is a vat of its own with the id of another. */
export interface SimVat {
  readonly name: string;
  readonly id: VatId;
  /** Where it listens now. */
  readonly url: string;
  /** Its database file, for whoever reads it with a connection of its own. */
  readonly path: string;
  /** The secret of its key, for whoever opens what it sent. */
  readonly seed: Uint8Array;
  isUp(): boolean;
  /** How often it was read from its disk. */
  lives(): number;
  /** Its store, for reading. Throws while the vat is down. */
  store(): OpenStore;
}

/** What a workload can do. Nothing in it lets time pass. */
export interface Stage {
  readonly vats: readonly SimVat[];
  /** The workload's own numbers in [0, 1): faults are drawn from another generator. */
  random(): number;
  nowMs(): number;
  /** What operators choose about items in doubt. */
  readonly choice: 'resend' | 'discard';
  /** Vats that got an older disk in this round, or were run twice. */
  readonly rewound: ReadonlySet<VatId>;
  /**
   * Makes an object of this code (a function expression) with `power`, which is plain JSON.
   * Undefined when the vat is down, or did not reply yet. The same `id` makes one object however
   * often it is asked for; without one nobody knows after `undefined` whether there is an object.
   */
  install(vat: SimVat, code: string, power?: unknown, id?: string): Qrid | undefined;
  /**
   * Sends from the operator's desk. In `args` (plain JSON) `{ $: index }` stands for `refs[index]`.
   * Returns whether the message is known to be committed; `false` says nothing either way, and is
   * frequent: commits take their time. The same `id` again (with the same content) is the same
   * message, so a workload that has to know asks again until it is told `true`.
   */
  send(vat: SimVat, target: Qrid, args: unknown, refs?: readonly Qrid[], id?: string): boolean;
  /** The same object's id in its vat; undefined when it is not there or the vat is down. */
  objectId(vat: SimVat, qrid: Qrid): LocalId | undefined;
  /**
   * The memory of an object as it is on disk, decoded; a reference is `{ $: localId }`. Undefined
   * when the vat is down or has no such object.
   */
  memory(vat: SimVat, object: Qrid | LocalId): unknown;
}

/** Traffic that carries its own proof. */
export interface Workload {
  readonly name: string;
  /** Makes what there must be; no fault falls, and all is brought to rest afterwards. */
  prepare(stage: Stage): void;
  /** One random action; called often while faults fall. */
  act(stage: Stage): void;
  /** Faults have stopped, requests wait for their replies: what has to be known is asked again. */
  finish?(stage: Stage): void;
  /** Complaints about what must hold at any moment. Vats may be down. */
  checkAlways?(stage: Stage): readonly string[];
  /** Complaints about what must hold once faults have stopped and all is at rest. */
  checkQuiet(stage: Stage): readonly string[];
  /**
   * Complaints about what holds at any moment though a vat got an older disk in this round; instead
   * of the other two checks. In the next round a new workload takes the place of this one. Without
   * it the other two know about older disks.
   */
  checkRewound?(stage: Stage, isQuiet: boolean): readonly string[];
  /** The vat is about to get an older disk: what was opened of the present one is closed. */
  onRestore?(vat: SimVat): void;
  /** The run is over: databases that it opened are closed. */
  close?(): void;
}

/** Watches a run from outside: bytes, calls of stores, what leaves vats, and their deaths. */
export interface Observer {
  /** Everything that was put on the wire, boxes and receipts, before any fault. */
  onEnvelope?(bytes: Uint8Array, passage: Passage): void;
  onStoreCall?(vat: SimVat, call: StoreCall, phase: 'before' | 'after'): void;
  /** At the very moment at which the kernel emits it. */
  onOutput?(vat: SimVat, output: VatOutput): void;
  onCrash?(vat: SimVat): void;
  /** The vat has an older disk now. */
  onRestore?(vat: SimVat): void;
  /** Asked between steps, and once with `isQuiet` at the end. */
  complaints(stage: Stage, isQuiet: boolean): readonly string[];
  /** The run is over: databases that it opened are closed. */
  close?(): void;
}
