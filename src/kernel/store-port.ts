// Store port: the durable state of one vat, as rows, and the contract of whoever keeps it.
//
// All calls are synchronous. Reads see the open transaction. A call that fails throws a QrtError
// (QRT_DISK_FULL or QRT_STORE_*), after which the store MUST NOT be used again.

import type { CodeHash, LocalId, VatId } from '../core/ids.ts';
import type { Capdata, NativeType, PowerDescription } from '../core/power.ts';
import type {
  PeerStore,
  QuarantineStore,
  SwissnumStore,
  TombstoneStore,
} from './keeping-store-port.ts';
import type { OutboxStore, Usage } from './outbox-store-port.ts';
import type { PromiseStore } from './promise-store-port.ts';
import type { RequestStore } from './request-store-port.ts';
import type { CheckpointStore, RenumberStore, SettleStore } from './settle-store-port.ts';

/** Counters of the vat: all only ever grow, and name things that are never named again. */
export interface Counters {
  /** Turns numbered so far; also the numbers of installs. */
  turn: number;
  /** Turns whose outcome was accepted. */
  turnsDone: number;
  owner: number;
  import: number;
  inbox: number;
  link: number;
  log: number;
  quarantine: number;
  commits: number;
  /** Starts since the last clean stop. */
  starts: number;
}

export interface StoredObject {
  readonly id: LocalId;
  readonly owner: number;
  readonly code: CodeHash;
  readonly power: PowerDescription;
}

/** A message that waits for its turn. */
export interface InboxRow {
  /** Grows with each message of the vat; order in its owner's queue. */
  readonly seq: number;
  /** The target's owner: whose queue it waits in. */
  readonly owner: number;
  /** Whose share of the inbox it counts in. */
  readonly share: string;
  readonly target: LocalId;
  readonly args: Capdata<LocalId>;
  /** 32 hexadecimal digits that follow a cause through vats. */
  readonly trace: string;
  /** The link and the item's number that brought it; absent for local messages. */
  readonly origin?: ItemOrigin;
  /** The promise of its answer, if one is wanted. */
  readonly answer?: LocalId;
  /** Attempts alone that broke a limit, and that ended for an unknown cause. */
  readonly attemptsLimit: number;
  readonly attemptsUnknown: number;
}

/** Where an item came from. */
export interface ItemOrigin {
  readonly link: number;
  readonly number: number;
}

/** The sending half of a lane. */
export interface SendingLane {
  /** The number that the next item gets. */
  next: number;
  /** The tail after all items numbered so far. */
  tail: Uint8Array;
  /** Below this everything is receipted. */
  receipted: number;
  /** The tail before item number `receipted`. */
  receiptedTail: Uint8Array;
}

/** The receiving half of a lane; `next` 0 means that no box was ever accepted. */
export interface ReceivingLane {
  next: number;
  tail: Uint8Array;
}

/**
 * `unchecked`: nothing but an empty box leaves until the peer has shown that it means the same
 * history. `doubt`: it does not. A dropped link stays as it is for ever.
 */
export type LinkState = 'ok' | 'unchecked' | 'doubt' | 'dropped';

/** What this vat knows of another: lanes both ways, state, counts. */
export interface LinkRow {
  readonly id: number;
  readonly vat: VatId;
  state: LinkState;
  /** Why the link is in doubt, or unchecked. */
  reason: string;
  petname: string | undefined;
  /** Whether the peer has ever receipted a box of ours. */
  isKnownToPeer: boolean;
  /** The number of the next export. */
  nextExport: number;
  /** The serial of our own contact record that this peer has receipted. */
  recordSent: number;
  gaps: number;
  refusals: number;
  lastRefusal: string;
  /** The hash of the swissnum by whose redeem the peer opened the link, if it did. */
  readonly openedBy: Uint8Array | undefined;
  /** The highest number of the peer's exports that was ever met; 0 for none. */
  seenExport: number;
  /** The highest of those that lane 1 has named. */
  givenExport: number;
  readonly sending: readonly [SendingLane, SendingLane];
  readonly receiving: readonly [ReceivingLane, ReceivingLane];
}

/** How a name was made: by an export number or by the number of a lane 1 item. */
export type NameKind = 'export' | 'item';

export interface ImportRow {
  readonly id: LocalId;
  readonly link: number;
  /** `gone`: it lost its name in a settling, and is dead; its number is that of its id. */
  readonly kind: NameKind | 'gone';
  readonly number: number;
  /** False once it is known that nothing is behind it. */
  readonly isLive: boolean;
}

export interface ContactRow {
  readonly vat: VatId;
  readonly serial: number;
  /** The signed record as text; empty while only a hint is known. */
  readonly record: string;
  readonly urls: readonly string[];
  /** A URL from a QRID that no record has confirmed. */
  readonly hint: string | undefined;
  /** The link over which a peer said so, while nothing else here wants to know that vat. */
  readonly via: number | undefined;
}

export interface LogEntry {
  readonly seq: number;
  readonly owner: number;
  readonly timeMs: number;
  readonly level: 'log' | 'failure' | 'link';
  readonly source: string;
  readonly text: string;
}

/** One transaction at a time. `begin` MUST NOT be called while one is open. */
export interface TransactionStore {
  begin(): void;
  /** Returns only when everything since `begin` is on disk. */
  commit(): void;
  readCounters(): Counters;
  writeCounters(counters: Counters): void;
}

export interface ObjectStore {
  /** A live object. */
  object(id: LocalId): StoredObject | undefined;
  /** Owner of an object, live or deleted. */
  objectOwner(id: LocalId): number | undefined;
  insertObject(object: StoredObject): void;
  countObjects(): number;
  codeText(hash: CodeHash): string | undefined;
  insertCode(hash: CodeHash, text: string): void;
  memory(id: LocalId): Capdata<LocalId> | undefined;
  memoryOwner(id: LocalId): number | undefined;
  insertMemory(input: { id: LocalId; owner: number; value: Capdata<LocalId> }): void;
  updateMemory(id: LocalId, value: Capdata<LocalId>): void;
  insertOwner(input: { id: number; name: string; timeMs: number }): void;
  /** Native types that were ever granted in this vat. */
  grantedTypes(): readonly NativeType[];
  insertGrant(type: NativeType): void;
}

export interface InboxStore {
  /** Owners whose queues hold rows, lowest first. */
  waitingOwners(): readonly number[];
  /** Rows of one owner's queue after `seq`, in order. */
  inboxAfter(input: { owner: number; seq: number; limit: number }): readonly InboxRow[];
  insertInbox(row: InboxRow): void;
  deleteInbox(owner: number, seq: number): void;
  updateAttempts(row: InboxRow): void;
  /** Of messages and of what waits for promises. */
  inboxUsage(): readonly Usage[];
  countInbox(): number;
}

export interface LinkStore {
  links(): readonly LinkRow[];
  insertLink(link: LinkRow): void;
  updateLink(link: LinkRow): void;
  /** What this vat gave to the peer under that name. */
  exported(input: { link: number; kind: NameKind; number: number }): LocalId | undefined;
  /** The name under which the peer already knows a thing. */
  exportNameOf(link: number, local: LocalId): { kind: NameKind; number: number } | undefined;
  /** Why the peer has a name: whether an object handed the thing on, and what was redeemed for it. */
  exportRight(input: {
    link: number;
    kind: NameKind;
    number: number;
  }): { readonly isGiven: boolean; readonly swissHash: Uint8Array | undefined } | undefined;
  /** `swissHash` is what was redeemed, by this peer or by one that passed the thing on to it. */
  insertExport(input: {
    link: number;
    kind: NameKind;
    number: number;
    local: LocalId;
    swissHash?: Uint8Array;
  }): void;
  /** One more mention of a thing was sent under that name; `isGiven` if an object handed it on. */
  countExportSent(input: {
    link: number;
    kind: NameKind;
    number: number;
    isGiven: boolean;
    mentions?: number;
  }): void;
  importOf(input: { link: number; kind: NameKind; number: number }): ImportRow | undefined;
  importById(id: LocalId): ImportRow | undefined;
  importOfSwissHash(link: number, hash: Uint8Array): ImportRow | undefined;
  insertImport(row: ImportRow, swissHash: Uint8Array | undefined): void;
  /** Nothing is behind this import; its QRID may be redeemed anew. */
  killImport(id: LocalId): void;
  /** One more mention of an import was received. */
  countImportReceived(id: LocalId): void;
  insertForward(input: { link: number; number: number; origin: ItemOrigin }): void;
  forwardOrigin(link: number, number: number): ItemOrigin | undefined;
  deleteForward(link: number, number: number): void;
  trimForwards(link: number, below: number): void;
}

export interface BookStore {
  contact(vat: VatId): ContactRow | undefined;
  contacts(): readonly ContactRow[];
  countContacts(): number;
  /** How many are kept on the word of one peer, or of any. */
  countGossip(via?: number): number;
  putContact(contact: ContactRow): void;
  /** Forgets one that is kept on the word of a peer, if there is one: an old one first. */
  deleteOldestGossip(): void;
  insertLog(entry: LogEntry): void;
  /** Keeps the newest `rowsMax` lines of an owner. */
  trimLog(owner: number, rowsMax: number): void;
  /** Lines after `after`; the newest `limit` of them, oldest first. */
  logAfter(after: number, limit: number): readonly LogEntry[];
}

/** Durable state of one vat. At most one transaction is open at any time. */
export type VatStore = TransactionStore &
  ObjectStore &
  InboxStore &
  QuarantineStore &
  LinkStore &
  OutboxStore &
  BookStore &
  RequestStore &
  SwissnumStore &
  TombstoneStore &
  PeerStore &
  SettleStore &
  CheckpointStore &
  RenumberStore &
  PromiseStore;
