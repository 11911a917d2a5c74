// Worker frames: reads what a worker sends into types, or says that the worker is broken.
//
// Only forms and bounds are checked here; whether an id exists and belongs is the kernel's
// question. A worker may run hostile code, so nothing in a frame is believed before this.

import { isErrorCode, QrtError } from './errors.ts';
import type {
  Combination,
  LogEffect,
  MemoryEffect,
  ObjectEffect,
  Outcome,
  PromiseEffect,
  SendEffect,
  WhenEffect,
  WorkerFrame,
} from './frames.ts';
import {
  isImportId,
  isMemoryId,
  isObjectId,
  isPromiseId,
  isResolverId,
  type LocalId,
  parseCodeHash,
} from './ids.ts';
import {
  ARGS_BYTES_MAX,
  CODE_BYTES_INSTALL_MAX,
  CONTEXT_BYTES_MAX,
  DEADLINE_MS_MAX,
  ERROR_TEXT_MAX,
  LOG_LINE_BYTES_MAX,
  POWER_NATIVE_KEY_MAX,
  POWER_NATIVES_MAX,
  REFERENCES_MAX,
  TURN_MEMORY_MAX,
} from './limits.ts';
import { type Capdata, isNativeType, type NativeType, type PowerDescription } from './power.ts';
import { DEFAULT_TURN_LIMITS, type TurnLimits } from './turn-limits.ts';

type Fields = Record<string, unknown>;

/** Reads one frame's payload. Throws QRT_WORKER_BROKEN, also for what `limits` do not allow. */
export function parseWorkerFrame(
  payload: Uint8Array,
  limits: TurnLimits = DEFAULT_TURN_LIMITS,
): WorkerFrame {
  const frame = parseFields(payload);
  switch (frame['type']) {
    case 'ready':
      return { type: 'ready', ses: text(frame['ses'], 64), node: text(frame['node'], 64) };
    case 'ask':
      return parseAsk(frame);
    case 'outcome':
      return parseOutcome(frame, limits, payload.length);
    case 'checked':
      return parseChecked(frame);
    default:
      throw broken('an unknown frame');
  }
}

function parseAsk(frame: Fields): WorkerFrame {
  const id = frame['id'];
  switch (frame['what']) {
    case 'object':
      if (typeof id !== 'string' || !isObjectId(id)) throw broken('an id');
      return { type: 'ask', what: 'object', id };
    case 'memory':
      if (typeof id !== 'string' || !isMemoryId(id)) throw broken('an id');
      return { type: 'ask', what: 'memory', id };
    case 'code': {
      const hash = parseCodeHash(id);
      if (!hash) throw broken('a hash');
      return { type: 'ask', what: 'code', id: hash };
    }
    default:
      throw broken('an unknown ask');
  }
}

function parseOutcome(frame: Fields, limits: TurnLimits, bytes: number): Outcome {
  const turn = frame['turn'];
  if (!Number.isSafeInteger(turn) || (turn as number) < 1) throw broken('a turn number');
  const head = { type: 'outcome' as const, turn: turn as number };
  if (frame['status'] === 'failed') {
    const failure = fields(frame['failure']);
    const code = failure['code'];
    return {
      ...head,
      status: 'failed',
      failure: {
        name: text(failure['name'], ERROR_TEXT_MAX),
        message: text(failure['message'], ERROR_TEXT_MAX),
        ...(isErrorCode(code) ? { code } : {}),
      },
    };
  }
  if (frame['status'] !== 'done') throw broken('an outcome without status');
  if (bytes > limits.outcomeBytes) throw broken('an outcome');
  assertFewAsked(frame, limits);
  // Each turn pays for it: spreading would cost 5 us.
  const done = Object.assign(head, {
    status: 'done' as const,
    memory: list(frame['memory'], TURN_MEMORY_MAX, (entry) => parseMemoryEffect(entry, limits)),
    objects: list(frame['objects'], limits.turnObjects, (entry) =>
      parseObjectEffect(entry, limits),
    ),
    promises: list(frame['promises'], limits.turnSends, parsePromiseEffect),
    sends: list(frame['sends'], limits.turnSends, parseSendEffect),
    whens: list(frame['whens'], limits.turnSends, parseWhenEffect),
    logs: list(frame['logs'], limits.turnLogLines, parseLogEffect),
  });
  if (frame['answer'] === undefined) return done;
  return Object.assign(done, { answer: capdata(frame['answer'], ARGS_BYTES_MAX) });
}

/** A worker counts them together: each may bring a promise. */
function assertFewAsked(frame: Fields, { turnSends }: TurnLimits): void {
  const lists = [frame['promises'], frame['sends'], frame['whens']];
  const asked = lists.reduce<number>(
    (sum, each) => sum + (Array.isArray(each) ? each.length : 0),
    0,
  );
  if (asked > turnSends) throw broken('more sends than a turn may have, or what counts as one,');
}

function parseMemoryEffect(value: unknown, { memoryBytes }: TurnLimits): MemoryEffect {
  const effect = fields(value);
  return { id: memoryId(effect['id']), value: capdata(effect['value'], memoryBytes) };
}

function parseObjectEffect(value: unknown, limits: TurnLimits): ObjectEffect {
  const effect = fields(value);
  const code = parseCodeHash(effect['code']);
  if (!code) throw broken('a hash');
  const source = effect['text'];
  return {
    id: objectId(effect['id']),
    code,
    power: parsePower(effect['power'], limits),
    maker: objectId(effect['maker']),
    ...(source === undefined ? {} : { text: boundedText(source, limits.codeBytes) }),
  };
}

function parsePower(value: unknown, { powerBytes }: TurnLimits): PowerDescription {
  const power = fields(value);
  const entries = Object.entries(fields(power['natives']));
  if (entries.length > POWER_NATIVES_MAX) throw broken('too many native powers');
  const natives: Record<string, NativeType> = Object.create(null) as Record<string, NativeType>;
  for (const [key, type] of entries) {
    if (!isNativeType(type) || key.length > POWER_NATIVE_KEY_MAX) throw broken('a native power');
    natives[key] = type;
  }
  const data = capdata(power['data'], powerBytes);
  return { data, natives, ...optional('memory', power['memory'], memoryId) };
}

function parseSendEffect(value: unknown): SendEffect {
  const effect = fields(value);
  return {
    target: referenceId(effect['target']),
    args: capdata(effect['args'], ARGS_BYTES_MAX),
    sender: objectId(effect['sender']),
    ...optional('answer', effect['answer'], promiseId),
    ...optional('deadlineMs', effect['deadlineMs'], duration),
  };
}

const KINDS: readonly unknown[] = ['resolver', 'all', 'first', 'settled'];

function parsePromiseEffect(value: unknown): PromiseEffect {
  const effect = fields(value);
  const { kind } = effect;
  if (!KINDS.includes(kind)) throw broken('a kind of promise');
  return {
    id: promiseId(effect['id']),
    maker: objectId(effect['maker']),
    kind: kind as 'resolver' | Combination,
    parts: capdata(effect['parts'], ARGS_BYTES_MAX),
    ...optional('deadlineMs', effect['deadlineMs'], duration),
  };
}

function parseWhenEffect(value: unknown): WhenEffect {
  const effect = fields(value);
  if (!(effect['fulfilled'] ?? effect['rejected'])) throw broken('a continuation to nobody');
  return {
    promise: referenceId(effect['promise']),
    ...optional('fulfilled', effect['fulfilled'], referenceId),
    ...optional('rejected', effect['rejected'], referenceId),
    ...optional('context', effect['context'], (data) => capdata(data, CONTEXT_BYTES_MAX)),
    sender: objectId(effect['sender']),
    answer: promiseId(effect['answer']),
  };
}

function parseLogEffect(value: unknown): LogEffect {
  const effect = fields(value);
  return {
    object: objectId(effect['object']),
    text: boundedText(effect['text'], LOG_LINE_BYTES_MAX),
  };
}

function parseChecked(frame: Fields): WorkerFrame {
  if (typeof frame['reason'] !== 'string') {
    const hash = parseCodeHash(frame['hash']);
    if (!hash) throw broken('a hash');
    return { type: 'checked', text: boundedText(frame['text'], CODE_BYTES_INSTALL_MAX), hash };
  }
  const reason = text(frame['reason'], ERROR_TEXT_MAX);
  if (frame['place'] === undefined) return { type: 'checked', reason };
  const { line, column } = fields(frame['place']);
  if (!Number.isSafeInteger(line) || !Number.isSafeInteger(column)) throw broken('a place');
  return { type: 'checked', reason, place: { line: line as number, column: column as number } };
}

function capdata(value: unknown, bytesMax: number): Capdata<LocalId> {
  const { body, slots } = fields(value);
  return {
    body: boundedText(body, bytesMax),
    slots: list(slots, REFERENCES_MAX, referenceId),
  };
}

function list<T>(value: unknown, max: number, parse: (entry: unknown) => T): T[] {
  if (!Array.isArray(value) || value.length > max) throw broken('a list');
  return value.map((entry) => parse(entry));
}

function referenceId(value: unknown): LocalId {
  if (typeof value !== 'string') throw broken('a reference');
  const isOne = isObjectId(value) || isImportId(value) || isPromiseId(value) || isResolverId(value);
  if (!isOne) throw broken('a reference');
  return value as LocalId;
}

function objectId(value: unknown): LocalId {
  if (typeof value !== 'string' || !isObjectId(value)) throw broken('an object id');
  return value;
}

function promiseId(value: unknown): LocalId {
  if (typeof value !== 'string' || !isPromiseId(value)) throw broken('a promise id');
  return value;
}

function duration(value: unknown): number {
  const isOne = Number.isSafeInteger(value) && (value as number) <= DEADLINE_MS_MAX;
  if (!isOne) throw broken('a deadline');
  return value as number;
}

/** An entry that may be absent. */
function optional<Name extends string, Value>(
  name: Name,
  value: unknown,
  parse: (value: unknown) => Value,
): { readonly [key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: parse(value) } as { readonly [key in Name]: Value });
}

function memoryId(value: unknown): LocalId {
  if (typeof value !== 'string' || !isMemoryId(value)) throw broken('a memory id');
  return value;
}

function boundedText(value: unknown, bytesMax: number): string {
  if (typeof value !== 'string' || Buffer.byteLength(value) > bytesMax) throw broken('a text');
  return value;
}

function text(value: unknown, max: number): string {
  if (typeof value !== 'string') throw broken('a text');
  if (value.length <= max) return value;
  // MUST be a copy: a slice would hold the whole of what a hostile worker sent in memory. UTF-16,
  // as half a pair at the cut has no UTF-8.
  return Buffer.from(value.slice(0, max), 'utf16le').toString('utf16le');
}

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw broken('a form');
  return value as Fields;
}

function parseFields(payload: Uint8Array): Fields {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString());
  } catch (error) {
    throw new QrtError('QRT_WORKER_BROKEN', { reason: 'a frame that is no JSON' }, error);
  }
  return fields(value);
}

const broken = (what: string): QrtError =>
  new QrtError('QRT_WORKER_BROKEN', { reason: `it sent ${what} that does not fit` });
