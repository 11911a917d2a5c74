// Install: makes a root object on the operator's word, with its owner, memory and first QRID.

import { QrtError } from '../core/errors.ts';
import { type CodeHash, type LocalId, makeMemoryId, makeObjectId } from '../core/ids.ts';
import { GRANTABLE_TYPES, type NativeType, type PowerDescription } from '../core/power.ts';
import type { Island } from './island.ts';
import { checkData, checkRoom, makeTrace, resolveData } from './operator-data.ts';
import type { Outcomes } from './outcome.ts';
import type { ControlRequest, InstallReply } from './ports.ts';
import type { Qrids } from './qrids.ts';
import type { References } from './references.ts';

type InstallRequest = Extract<ControlRequest, { type: 'install' }>;

const OK_EMPTY = '{}';
/** Characters of an installation's name that are kept. */
const NAME_MAX = 200;

/** A reply as it is kept: the QRID is made anew each time, so that no row holds a swissnum. */
export interface StoredInstall {
  readonly object: LocalId;
  readonly code: string;
  /** Of the swissnum, in hexadecimal digits. */
  readonly hash: string;
}

interface Parts {
  readonly references: References;
  readonly outcomes: Outcomes;
  readonly qrids: Qrids;
}

/** Throws before anything changed when it is refused. */
export function install(island: Island, parts: Parts, request: InstallRequest): StoredInstall {
  const { store, counters, clock, transaction } = island;
  const { references, outcomes, qrids } = parts;
  const natives = checkGrants(request.grants);
  checkData(request.power, 'The power', island.limits.powerBytes);
  references.check(request.power.slots);
  checkRoom(island, request.power);
  const { text, hash: code } = checkCode(island, request.code);

  transaction.join(Buffer.byteLength(text));
  const data = resolveData(references, request.power, makeTrace(island));
  counters.turn += 1;
  counters.owner += 1;
  const owner = counters.owner;
  const object = makeObjectId(counters.turn, 0);
  const memory = makeMemoryId(counters.turn, 1);
  const power: PowerDescription = { data, natives, memory };
  store.insertOwner({ id: owner, name: request.name.slice(0, NAME_MAX), timeMs: clock.nowMs() });
  store.insertCode(code, text);
  store.insertMemory({ id: memory, owner, value: { body: OK_EMPTY, slots: [] } });
  store.insertObject({ id: object, owner, code, power });
  for (const type of Object.values(natives)) outcomes.grant(type);
  return { object, code, hash: qrids.make(object, request.label ?? '') };
}

/** What the client is told: the kept reply and the QRID's text. */
export function describeInstall(qrids: Qrids, stored: StoredInstall): InstallReply {
  const { object, code, hash } = stored;
  return { object, code, hash: qrids.shorten(hash), qrid: qrids.textOf(hash) };
}

function checkCode(
  island: Island,
  { text, hash }: InstallRequest['code'],
): { readonly text: string; readonly hash: CodeHash } {
  const bytes = Buffer.byteLength(text);
  const { codeInstallBytes: max } = island.limits;
  if (bytes > max) throw new QrtError('QRT_REQUEST_OVERSIZE', { what: 'The code', bytes, max });
  const found = Buffer.from(island.sha256(Buffer.from(text))).toString('hex');
  if (found !== hash) throw new QrtError('QRT_REQUEST_MALFORMED', { reason: 'the code hash' });
  return { text, hash: hash as CodeHash };
}

function checkGrants(grants: readonly string[]): Record<string, NativeType> {
  const natives: Record<string, NativeType> = { make_object: 'make_object' };
  for (const type of grants) {
    const known = GRANTABLE_TYPES.find((grantable) => grantable === type);
    if (!known) {
      throw new QrtError('QRT_GRANT_UNKNOWN', { type, known: GRANTABLE_TYPES.join(', ') });
    }
    natives[known] = known;
  }
  return natives;
}
