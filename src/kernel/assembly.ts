// Assembly: makes the parts of a vat's kernel and connects them.

import type { VatId } from '../core/ids.ts';
import { DEFAULT_LIMITS, type NodeLimits } from '../core/node-limits.ts';
import { makeQueueUsage } from '../core/shares.ts';
import { type AddressBook, makeAddressBook } from './address-book.ts';
import { makeArrivals } from './arrivals.ts';
import { type FormerLife, makeBacklog } from './backlog.ts';
import { makeBlame } from './blame.ts';
import { makeBoxMaker } from './box-maker.ts';
import { makeCheckpoints } from './checkpoints.ts';
import { makeCommonHistory } from './common-history.ts';
import { makeDecisions } from './decisions.ts';
import { makeDeleteObject } from './deletion.ts';
import { makeDelivery } from './delivery.ts';
import { makeDirectory } from './directory.ts';
import { makeDoubts } from './doubts.ts';
import { makeDropLink } from './drop.ts';
import { makeDrops } from './drops.ts';
import { makeOwnFacts } from './facts.ts';
import { makeForward } from './forwarding.ts';
import { makeGathering } from './gathering.ts';
import { makeGossip } from './gossip.ts';
import { type Holders, makeHolders } from './holders.ts';
import { makeIncomingMessages } from './incoming.ts';
import { makeIntake } from './intake.ts';
import type { Island } from './island.ts';
import { makeItems } from './items.ts';
import { type LaneListener, type Links, makeLinks } from './links.ts';
import { makeLogBook } from './log-book.ts';
import { makeMessages } from './messages.ts';
import { makeNames } from './names.ts';
import { makeOperator, type Operator } from './operator.ts';
import { makeOperatorAnswers } from './operator-answers.ts';
import { makeOutbox, type Outbox } from './outbox.ts';
import { makeOutcomes } from './outcome.ts';
import { makeOwnerLine, type OwnerLine } from './owner-line.ts';
import { makePeerAnswers } from './peer-answers.ts';
import { makePeerRoom } from './peer-room.ts';
import { makePeers } from './peers.ts';
import type { Clock, Emit, Entropy, Sealer, Sha256, WorkerMeter } from './ports.ts';
import { makePromiseBook, type PromiseBook } from './promise-ends.ts';
import { makePromiseExports } from './promise-exports.ts';
import { makePromiseItems } from './promise-items.ts';
import { makePromisePartings } from './promise-partings.ts';
import { makePromiseRows } from './promise-rows.ts';
import { makePromises } from './promises.ts';
import { makeQrids } from './qrids.ts';
import { makeQuarantine } from './quarantine.ts';
import { makeReceipts } from './receipts.ts';
import { makeReferences } from './references.ts';
import { makeRefusals } from './refusals.ts';
import { makeRenumber } from './renumber.ts';
import { makeRequestRows } from './request-rows.ts';
import { makeRevoke } from './revoke.ts';
import { makeRunQueue } from './run-queue.ts';
import { makeSettler } from './settler.ts';
import { makeStandstill } from './standstill.ts';
import { makeStatements } from './statements.ts';
import { makeReader } from './status.ts';
import type { VatStore } from './store-port.ts';
import { makeTellings } from './tellings.ts';
import { makeTransaction } from './transaction.ts';
import { makeTurnHistory } from './turn-history.ts';
import { makeTurns } from './turns.ts';
import { makeWaiters } from './waiters.ts';
import { makeWatchList } from './watch-list.ts';
import { makeWorkerLife } from './worker-life.ts';

/** What a vat is made of. */
export interface VatParts {
  readonly store: VatStore;
  readonly sealer: Sealer;
  readonly sha256: Sha256;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly meter: WorkerMeter;
  readonly emit: Emit;
  /** What the operator chose; the defaults unless told otherwise. */
  readonly limits?: NodeLimits;
  /** Where this vat can be reached, for its contact record. */
  readonly urls: readonly string[];
  /** Whether turns run and boxes leave; without, the vat only takes requests into its queues. */
  readonly isServing: boolean;
  /**
   * Asked before each turn: whether it may begin now. Without it every turn may. When the answer
   * changes to yes, a `tick` MUST follow.
   */
  readonly mayBegin?: () => boolean;
  /** The life in this process that a full disk ended just before, if one did. */
  readonly former?: FormerLife;
}

/** What the parts share: ports, counters, the open transaction. */
export function makeIsland(parts: VatParts): Island {
  const { store, sealer, sha256, clock, entropy, emit, limits = DEFAULT_LIMITS } = parts;
  const counters = store.readCounters();
  const transaction = makeTransaction({ store, clock, emit, counters });
  const inboxUsage = makeQueueUsage({ rows: limits.inboxRows, bytes: limits.inboxBytes });
  const outboxUsage = makeQueueUsage({ rows: limits.outboxRows, bytes: limits.outboxBytes });
  for (const { share, rows, bytes } of store.inboxUsage()) inboxUsage.add(share, rows, bytes);
  for (const { share, rows, bytes } of store.outboxUsage()) outboxUsage.add(share, rows, bytes);
  const ports = { store, sealer, sha256, clock, entropy, emit, limits };
  return Object.freeze({ ...ports, transaction, counters, inboxUsage, outboxUsage });
}

function connectSettling(
  island: Island,
  parts: Pick<Parameters<typeof makeSettler>[1], 'links' | 'outbox' | 'renumber' | 'onLane'> & {
    readonly book: AddressBook;
  },
) {
  const { book, ...rest } = parts;
  const common = makeCommonHistory(island);
  const facts = makeOwnFacts(island, { outbox: rest.outbox, common });
  const settler = makeSettler(island, { ...rest, facts, common });
  const statements = makeStatements(island, { links: rest.links, book, facts, common, settler });
  return { settler, statements };
}

/** Where messages wait for their turn. */
function connectQueue(island: Island, parts: VatParts, holders: Holders) {
  const watched = makeWatchList();
  const line = makeOwnerLine(island.clock, watched);
  const backlog = makeBacklog(island, parts);
  const queue = makeRunQueue(island, { line, backlog, holders });
  return { watched, line, backlog, queue };
}

/** What runs turns. */
function connectTurns(
  island: Island,
  { meter, mayBegin = () => true }: VatParts,
  parts: Omit<Parameters<typeof makeBlame>[1], 'history'> &
    Parameters<typeof makeOutcomes>[1] & {
      readonly links: Links;
      readonly line: OwnerLine;
    },
) {
  const history = makeTurnHistory(island, parts.links);
  const outcomes = makeOutcomes(island, parts);
  const blame = makeBlame(island, { ...parts, history });
  const life = makeWorkerLife(island, meter);
  const turns = makeTurns(island, { ...parts, blame, outcomes, life, history, mayBegin });
  return { outcomes, history, blame, turns };
}

function connectDelivery(
  island: Island,
  parts: Parameters<typeof makeReceipts>[1] &
    Omit<Parameters<typeof makeBoxMaker>[1], 'gossip'> &
    Parameters<typeof makeGathering>[1] &
    Pick<Parameters<typeof makeDelivery>[1], 'statements'>,
) {
  const takeReceipt = makeReceipts(island, parts);
  const boxes = makeBoxMaker(island, { ...parts, gossip: makeGossip(island, parts) });
  const dueAtMs = makeGathering(island, parts);
  return makeDelivery(island, { ...parts, boxes, takeReceipt, dueAtMs });
}

/** What is known of promises, and what peers call things. */
function connectPromises(
  island: Island,
  parts: { readonly holders: Holders; readonly links: Links; readonly outbox: Outbox },
) {
  const exports = makePromiseExports(island);
  const drops = makeDrops(parts);
  const rows = makePromiseRows(island, { ...parts, exports, drops });
  const names = makeNames(island, { links: parts.links, rows, exports });
  const promiseBook = makePromiseBook(island, { rows, exports });
  return { exports, rows, names, promiseBook };
}

/** What items of peers do. */
function connectItems(
  island: Island,
  parts: Parameters<typeof makePeerAnswers>[1] &
    Omit<Parameters<typeof makeForward>[0], 'answers'> &
    Omit<Parameters<typeof makeIncomingMessages>[0], 'answers' | 'forward' | 'room'> &
    Omit<Parameters<typeof makePeerRoom>[1], 'answers'> &
    Omit<Parameters<typeof makePromiseItems>[0], 'book'> & { readonly promiseBook: PromiseBook },
) {
  const answers = makePeerAnswers(island, parts);
  const forward = makeForward({ ...parts, answers });
  const room = makePeerRoom(island, { ...parts, answers });
  const incoming = makeIncomingMessages({ ...parts, answers, room, forward });
  const promised = makePromiseItems({ ...parts, book: parts.promiseBook });
  return makeItems(island, { ...parts, incoming, room, promised });
}

/** The parts of a vat, connected. */
export function connect(island: Island, parts: VatParts) {
  const directory = makeDirectory(island);
  const holders = makeHolders(island);
  const links = makeLinks(island);
  const book = makeAddressBook(island, { links, urls: parts.urls });
  const log = makeLogBook(island);
  const checkpoints = makeCheckpoints(island);
  const outbox = makeOutbox(island, { links, checkpoints });
  const known = connectPromises(island, { holders, links, outbox });
  const { rows, names, promiseBook } = known;
  const waiting = connectQueue(island, parts, holders);
  const { queue, backlog } = waiting;
  const refusals = makeRefusals(island, { links, outbox, log, book: promiseBook });
  const messages = makeMessages(island, { directory, names, outbox, queue, log });
  const tellings = makeTellings(island, { ...known, links, outbox });
  const promises = makePromises(island, { book: promiseBook, tellings, messages, log });
  const standstill = makeStandstill(island, links);
  const lanes = { ...known, directory, links, outbox, promises, refusals, standstill };
  const items = connectItems(island, lanes);
  const work = { ...waiting, directory, holders, promises, refusals, log, links };
  const { outcomes, history, blame, turns } = connectTurns(island, parts, work);
  const references = makeReferences(island, { links, names, outbox, book, rows });
  const waiters = makeWaiters(island);
  const onLane: LaneListener = (link, below, end) => waiters.settle(link.row.vat, below, end);
  const partings = makePromisePartings(island, promiseBook);
  const dropLink = makeDropLink(island, { links, refusals, log, onLane, partings });
  const peers = makePeers(island, { links, dropLink });
  const doubts = makeDoubts(island, { links, outbox });
  const numbered = { links, names, refusals, log, waiters, checkpoints, partings };
  const renumber = makeRenumber(island, numbered);
  const settling = { links, outbox, book, renumber, onLane };
  const { settler, statements } = connectSettling(island, settling);
  const decisions = makeDecisions(island, { links, doubts, settler });
  const qrids = makeQrids(island, book);
  const deleteObject = makeDeleteObject(island, { directory, turns, holders });
  const revoke = makeRevoke(island, { links, qrids, dropLink });
  const read = makeReader(island, { links, book, turns, history, rows });
  const linkOf = (vat: string) => links.of(vat as VatId);
  const requestRows = makeRequestRows(island);
  const answers = makeOperatorAnswers(island, {
    holders,
    rows,
    requestRows,
    promises,
    promiseBook,
  });
  const operator: Operator = makeOperator(island, {
    book,
    references,
    messages,
    promises,
    answers,
    requestRows,
    outcomes,
    waiters,
    qrids,
    revoke,
    deleteObject,
    peers,
    decisions,
    readDoubt: doubts.read,
    quarantine: makeQuarantine(island, { directory, messages }),
    whenIdle: turns.whenIdle,
    linkOf,
    read,
  });
  const receipting = { links, outbox, book, refusals, onLane, standstill, turns, promiseBook };
  const delivery = connectDelivery(island, { ...receipting, statements });
  const intake = makeIntake(island, { links, names, items, checkpoints });
  const arrivals = makeArrivals(island, { links, items, intake, book, delivery, statements });
  return { arrivals, delivery, operator, turns, book, backlog, blame, promises };
}
