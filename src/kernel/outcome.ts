// Outcome: checks what a worker reports of a turn, completely, and then makes it so.
//
// The check comes before the first row is written. What does not fit is no fault of a message but
// a broken worker: QRT_WORKER_BROKEN, and nothing of the outcome remains.

import { QrtError } from '../core/errors.ts';
import type { FailureDescription, ObjectEffect, Outcome, Readings, Room } from '../core/frames.ts';
import {
  isImportId,
  isPromiseId,
  isResolverId,
  type LocalId,
  parseMadeId,
  promiseOf,
} from '../core/ids.ts';
import type { Capdata, NativeType } from '../core/power.ts';
import { capdataBytes } from '../core/power.ts';
import type { Directory } from './directory.ts';
import type { Holders } from './holders.ts';
import { type Island, ownerShare } from './island.ts';
import type { LogBook } from './log-book.ts';
import { applyPromises, checkPromises, madePromises } from './outcome-promises.ts';
import type { Promises } from './promises.ts';
import type { InboxRow } from './store-port.ts';

type DoneOutcome = Extract<Outcome, { status: 'done' }>;

interface OutcomeParts {
  readonly directory: Directory;
  readonly holders: Holders;
  readonly promises: Promises;
  readonly log: LogBook;
}

export interface Outcomes {
  /** Checks and applies. Throws QRT_WORKER_BROKEN before anything was written. */
  accept(message: InboxRow, outcome: Outcome, readings: Readings): void;
  /** Notes a native type that an installation was given. */
  grant(type: NativeType): void;
}

export function makeOutcomes(island: Island, parts: OutcomeParts): Outcomes {
  const { transaction } = island;
  const granted = new Set<NativeType>(['make_object', ...island.store.grantedTypes()]);

  return Object.freeze({
    accept(message: InboxRow, outcome: Outcome, readings: Readings) {
      if (outcome.status === 'failed') {
        transaction.join(0);
        parts.log.write(describeFailure(message, outcome.failure));
        parts.promises.reject(message.answer, outcome.failure);
      } else {
        checkRoom(outcome, readings);
        const owners = checkOutcome(island, { ...parts, granted }, { message, outcome });
        apply(island, parts, { message, outcome, owners, readings });
      }
      transaction.countTurn();
    },
    grant(type: NativeType) {
      island.store.insertGrant(type);
      granted.add(type);
    },
  });
}

function describeFailure(
  message: InboxRow,
  { name, message: text, code }: FailureDescription,
): Parameters<LogBook['write']>[0] {
  const coded = code === undefined ? `${name}: ${text}` : `${code}: ${text}`;
  const from = message.origin ? `, item ${message.origin.number} of a peer` : '';
  const full = `${coded} (trace ${message.trace}${from})`;
  return { owner: message.owner, level: 'failure', source: message.target, text: full };
}

const broken = (reason: string): QrtError => new QrtError('QRT_WORKER_BROKEN', { reason });

interface Knowledge {
  readonly directory: Directory;
  readonly granted: ReadonlySet<NativeType>;
}

/** Owners of what the turn made, by id, when everything in the outcome fits. */
function checkOutcome(
  island: Island,
  { directory, granted }: Knowledge,
  { message, outcome }: { readonly message: InboxRow; readonly outcome: DoneOutcome },
): ReadonlyMap<LocalId, number> {
  const owners = checkMade(outcome, directory);
  const isKnown = (id: LocalId): boolean =>
    owners.has(isResolverId(id) ? promiseOf(id) : id) || directory.isKnownReference(id);
  const checkData = (data: Capdata<LocalId>): void => {
    for (const slot of data.slots) if (!isKnown(slot)) throw broken(`${slot} does not exist`);
  };
  const isObject = (id: LocalId): boolean => ownerOfRunner({ owners, directory }, id) !== undefined;
  checkPromises(message, outcome, { isKnown, isObject });

  for (const { value } of outcome.memory) checkData(value);
  const texts = new Set<string>();
  for (const effect of outcome.objects) {
    checkData(effect.power.data);
    for (const type of Object.values(effect.power.natives)) {
      if (!granted.has(type)) throw broken(`nobody was granted ${type}`);
    }
    const { memory } = effect.power;
    const hasMemory =
      memory === undefined || owners.has(memory) || directory.ownerOfMemory(memory) !== undefined;
    if (!hasMemory) throw broken(`${memory} does not exist`);
    checkCode(island, effect, texts);
  }
  for (const send of outcome.sends) {
    if (!isKnown(send.target)) throw broken(`${send.target} does not exist`);
    if (!isObject(send.sender)) throw broken(`${send.sender} does not exist`);
    checkData(send.args);
  }
  for (const line of outcome.logs) {
    if (!isObject(line.object)) throw broken(`${line.object} does not exist`);
    if (!granted.has('log')) throw broken('nobody was granted log');
  }
  return owners;
}

/** Whose an object is that may have run: never the operator's, who owns what never existed. */
function ownerOfRunner(
  { owners, directory }: { owners: ReadonlyMap<LocalId, number>; directory: Directory },
  id: LocalId,
): number | undefined {
  return owners.get(id) ?? (directory.ownerOfObject(id) || undefined);
}

/** Checks that the turn kept to the room that came with it: else one could fill the disk. */
function checkRoom({ sends, whens, promises }: DoneOutcome, { inbox, outbox }: Readings): void {
  const used = { inbox: { rows: 0, bytes: 0 }, outbox: { rows: 0, bytes: 0 } };
  for (const { target, args } of sends) {
    if (isResolverId(target)) continue;
    const queue = isImportId(target) ? used.outbox : used.inbox;
    queue.rows += 1;
    queue.bytes += Buffer.byteLength(args.body);
  }
  for (const { context } of whens) {
    used.inbox.rows += 1;
    used.inbox.bytes += context === undefined ? 0 : Buffer.byteLength(context.body);
  }
  // Each promise that is waited for takes a row.
  for (const { parts } of promises) used.inbox.rows += parts.slots.filter(isPromiseId).length;
  const fits = (queue: Room, room: Room): boolean =>
    queue.rows <= room.rows && queue.bytes <= room.bytes;
  if (!fits(used.inbox, inbox) || !fits(used.outbox, outbox)) {
    throw broken('it sent more than there was room for');
  }
}

/** Checks that new ids are this turn's, gapless, single and held; tells whose they are. */
function checkMade(outcome: DoneOutcome, directory: Directory): Map<LocalId, number> {
  const owners = new Map<LocalId, number>();
  const seen = new Set<number>();
  const note = (id: LocalId, owner: number): void => {
    const made = parseMadeId(id);
    if (made?.turn !== outcome.turn || seen.has(made.k)) throw broken(`${id} is not its to name`);
    seen.add(made.k);
    owners.set(id, owner);
  };
  const slotOwners = new Map<LocalId, number>();
  for (const { id, maker, power } of outcome.objects) {
    const owner = ownerOfRunner({ owners, directory }, maker);
    if (owner === undefined) throw broken(`${maker} does not exist`);
    note(id, owner);
    if (power.memory !== undefined && !slotOwners.has(power.memory)) {
      slotOwners.set(power.memory, owner);
    }
  }
  for (const [id, maker] of madePromises(outcome)) {
    const owner = ownerOfRunner({ owners, directory }, maker);
    if (owner === undefined) throw broken(`${maker} does not exist`);
    note(id, owner);
  }
  const written = new Set<LocalId>();
  for (const { id } of outcome.memory) {
    if (written.has(id)) throw broken(`${id} is written twice`);
    written.add(id);
    if (directory.ownerOfMemory(id) !== undefined) continue;
    const owner = slotOwners.get(id);
    if (owner === undefined) throw broken(`no new object holds ${id}`);
    note(id, owner);
  }
  for (const k of seen) if (k >= seen.size) throw broken('its new ids have gaps');
  return owners;
}

function checkCode(island: Island, effect: ObjectEffect, texts: Set<string>): void {
  if (effect.text !== undefined) {
    const hash = Buffer.from(island.sha256(Buffer.from(effect.text))).toString('hex');
    if (hash !== effect.code) throw broken('a code text does not have its hash');
    texts.add(effect.code);
  }
  const isHere = texts.has(effect.code) || island.store.codeText(effect.code) !== undefined;
  if (!isHere) throw broken(`there is no code ${effect.code}`);
}

interface Checked {
  readonly message: InboxRow;
  readonly outcome: DoneOutcome;
  readonly owners: ReadonlyMap<LocalId, number>;
  readonly readings: Readings;
}

/** Writes a checked outcome. A failure from here on is a failed write, never the worker's fault. */
function apply(
  island: Island,
  parts: OutcomeParts,
  { message, outcome, owners, readings }: Checked,
): void {
  const { store, transaction } = island;
  const { directory, holders, promises, log } = parts;
  const ownerOf = (id: LocalId): number => owners.get(id) ?? directory.ownerOfObject(id) ?? 0;
  transaction.join(0);
  for (const { id, value } of outcome.memory) {
    transaction.join(capdataBytes(value));
    const owner = owners.get(id);
    if (owner === undefined) store.updateMemory(id, value);
    else store.insertMemory({ id, owner, value });
    holders.put(id, value.slots);
  }
  for (const { id, code, text, power } of outcome.objects) {
    transaction.join(capdataBytes(power.data));
    if (text !== undefined) store.insertCode(code, text);
    store.insertObject({ id, owner: ownerOf(id), code, power });
    holders.put(id, power.data.slots);
  }
  // MUST be the share whose room came with the turn, whoever was called in it and sent: else one
  // installation fills the queues in the name of another, and no room ever ends it.
  const share = ownerShare(message.owner);
  applyPromises(promises, { message, outcome, readings, share });
  for (const { object, text } of outcome.logs) {
    log.write({ owner: ownerOf(object), level: 'log', source: object, text });
  }
}
