// Page data: what `qrt ui` tells the page in the browser, as types that both sides share.
//
// All of it is text and numbers from vats: untrusted, to be shown and never to be run.

import type { TurnRow } from './turn-row.ts';

/** Rows and bytes of a queue. */
export interface PageQueue {
  readonly rows: number;
  readonly bytes: number;
}

/** What the node does now; sent about twice a second. */
export interface PageStatus {
  readonly dir: string;
  readonly vat: string;
  readonly version: string;
  readonly nowMs: number;
  readonly isRunning: boolean;
  /** Why the node could not be asked, if it could not. */
  readonly problem?: string;
  readonly pid?: number;
  readonly worker?: 'none' | 'starting' | 'idle' | 'busy';
  readonly workersLost?: number;
  /** The level of what stands around its workers. */
  readonly sandbox?: string;
  readonly urls: readonly string[];
  readonly inbox: PageQueue;
  readonly outbox: PageQueue;
  readonly objects: number;
  readonly turns: number;
  readonly commits: number;
  readonly quarantined: number;
  /** At most UI_LINKS_MAX, those with something to tell first. */
  readonly links: readonly PageLink[];
  readonly linksTotal: number;
}

/** One link. Lanes are messages and answers. */
export interface PageLink {
  readonly vat: string;
  readonly petname?: string;
  readonly state: string;
  readonly reason?: string;
  readonly urls: readonly string[];
  readonly outbox: PageQueue;
  readonly oldestMs?: number;
  readonly lastError?: string;
  readonly busy?: string;
  readonly gaps: number;
  readonly refusals: number;
  readonly lastRefusal?: string;
  readonly sent: readonly [number, number];
  readonly receipted: readonly [number, number];
  readonly received: readonly [number, number];
}

/** Objects and who refers to whom. */
export interface PageGraph {
  readonly objects: readonly PageObjectNode[];
  readonly imports: readonly PageImport[];
  /** From an object to what it holds. */
  readonly edges: readonly PageEdge[];
  /** Live objects of the vat; more than `objects` when there are too many to send. */
  readonly objectsTotal: number;
}

export interface PageObjectNode {
  readonly id: string;
  /** What its code calls itself; empty when it has no name. */
  readonly name: string;
  readonly owner: number;
  /** What the owner was installed from. */
  readonly installation: string;
  readonly memory?: string;
}

/** An object of another vat, to which this one holds a reference. */
interface PageImport {
  readonly id: string;
  readonly vat: string;
  readonly petname?: string;
  /** Whether it was never refused as wrong. */
  readonly isLive: boolean;
}

/** `via` says where the reference is held. */
export interface PageEdge {
  readonly from: string;
  readonly to: string;
  readonly via: 'power' | 'memory';
}

/** Who waits for whom. */
export interface PageWaits {
  /** At most UI_WAITS_MAX, stuck ones first. */
  readonly promises: readonly PageWait[];
  readonly cycles: readonly {
    readonly cycle: number;
    readonly isStuck: boolean;
    /** Why each of its promises waits for the next. */
    readonly lines: readonly string[];
    /** How many lines are left out. */
    readonly more: number;
  }[];
  /** At most UI_ARROWS_MAX. */
  readonly arrows: readonly PageArrow[];
  readonly totals: {
    readonly pending: number;
    readonly stuck: number;
    readonly cycles: number;
  };
}

/** A pending promise, in words. */
export interface PageWait {
  readonly id: string;
  readonly owner: number;
  readonly installation: string;
  readonly madeMs: number;
  readonly deadlineMs?: number;
  readonly isStuck: boolean;
  readonly cycle?: number;
  readonly waitsFor: string;
  readonly waitedForBy: string;
  readonly heldBy: string;
}

/** From an object that goes on with an answer to one that is to give it. */
export interface PageArrow {
  readonly from: string;
  readonly to: string;
  readonly isStuck: boolean;
}

/** A value with references: `{"$":index}` stands for a slot, keys with `$$` for ones with `$`. */
export interface PageValue {
  readonly value?: unknown;
  readonly slots: readonly string[];
  /** Why there is no value to show. */
  readonly problem?: string;
}

/** One object in full. */
export interface PageObject {
  readonly id: string;
  readonly name: string;
  readonly owner: number;
  readonly installation: string;
  readonly code: { readonly hash: string; readonly text: string };
  /** Native powers: key in power and type. */
  readonly natives: Readonly<Record<string, string>>;
  readonly power: PageValue;
  readonly memory?: PageMemory;
  readonly waiting: { readonly rows: number; readonly first: readonly PageMessage[] };
}

export interface PageMemory extends PageValue {
  readonly id: string;
  readonly bytes: number;
  /** Other objects that hold the same memory; at most UI_WAITING_SHOWN. */
  readonly sharedWith: readonly string[];
}

/** A message that waits for its turn. */
export interface PageMessage {
  readonly seq: number;
  readonly share: string;
  /** The vat that sent it; absent when it comes from this one. */
  readonly peer?: string;
  readonly trace: string;
  readonly attempts: number;
  readonly args: PageValue;
}

/** A turn with its place in all that the page is told of; a gap means that some were not told. */
export interface PageTurn extends TurnRow {
  readonly at: number;
}

/** A line of the vat's log. */
export interface PageLogLine {
  readonly seq: number;
  readonly timeMs: number;
  readonly level: string;
  readonly source: string;
  readonly text: string;
}

/** New lines of the log. In another life of it, after an older copy was put back, numbers return. */
export interface PageLog {
  readonly life: number;
  readonly lines: readonly PageLogLine[];
}

/** Server-sent events by their name. */
export interface PageEvents {
  readonly status: PageStatus;
  readonly graph: PageGraph;
  readonly waits: PageWaits;
  readonly turns: readonly PageTurn[];
  readonly log: PageLog;
  /** Something was committed: an object that is looked at may have changed. */
  readonly changed: { readonly version: number };
  /** The command ends; the page is told why. */
  readonly end: { readonly reason: string };
}
