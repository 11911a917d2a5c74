// Turn: runs one message on one object and says what should happen: all of it or nothing.
//
// Whether a turn is done is decided here, before the outcome is reported: the kernel accepts an
// outcome whole, or takes the worker for broken.

import { type EncodeOptions, encode } from '../core/capdata.ts';
import { QrtError } from '../core/errors.ts';
import type { FailureDescription, KernelFrame, MemoryEffect, Outcome } from '../core/frames.ts';
import type { LocalId } from '../core/ids.ts';
import { ARGS_BYTES_MAX } from '../core/limits.ts';
import type { Capdata } from '../core/power.ts';
import type { TurnLimits } from '../core/turn-limits.ts';
import { call } from './call.ts';
import { describeThrown } from './guest-error.ts';
import { decodeArgs, findLiveObject } from './live.ts';
import type { Loader } from './loader.ts';
import { isProxy } from './proxy.ts';
import { type Courier, targetOf } from './reference.ts';
import { send, sendOnly } from './send.ts';
import {
  assertUsable,
  capdataBytes,
  enter,
  type LiveMemory,
  makeTurnState,
  STACK_EXHAUSTED,
  type TurnState,
} from './turn-state.ts';

type TurnFrame = Extract<KernelFrame, { type: 'turn' }>;
type DoneOutcome = Extract<Outcome, { status: 'done' }>;

/** JSON of a frame escapes the quotes of the bodies in it: at most this much longer. */
const ESCAPED_MAX = 2;
/** What a memory takes in a frame beside its content. */
const MEMORY_BYTES = 80;
const ANSWER_OPTIONS: EncodeOptions<LocalId> = {
  what: 'answer',
  bytesMax: ARGS_BYTES_MAX,
  isProxy,
  slotOf: targetOf,
};

/** What all turns have in common. */
export interface TurnTools {
  readonly loader: Loader;
  readonly limits: TurnLimits;
}

/** Runs a turn. `onTurn` gets the state while the turn runs, and undefined after it. */
export function runTurn(
  frame: TurnFrame,
  { loader, limits }: TurnTools,
  onTurn: (turn: TurnState | undefined) => void,
): Outcome {
  const turn = startTurn(frame, { loader, limits });
  onTurn(turn);
  try {
    const answer = runTarget(turn, frame);
    const outcome = collect(turn, answer);
    learn(turn, outcome);
    return outcome;
  } catch (thrown) {
    return { type: 'outcome', turn: frame.turn, status: 'failed', failure: describe(turn, thrown) };
  } finally {
    turn.isOver = true;
    onTurn(undefined);
  }
}

function startTurn(frame: TurnFrame, tools: TurnTools): TurnState {
  const courier: Courier = {
    isOver: () => turn.isOver,
    send: (target, args, options) => enter(turn, () => send(turn, target, args, options)),
    sendOnly: (target, args) => enter(turn, () => sendOnly(turn, target, args)),
    call: (target, args) => call(turn, target, args),
  };
  const turn = makeTurnState({ number: frame.turn, readings: frame.readings, courier, ...tools });
  return turn;
}

/** Returns what the function answered, if that is wanted. */
function runTarget(turn: TurnState, frame: TurnFrame): Capdata<LocalId> | undefined {
  const target = findLiveObject(turn, frame.target);
  if (target === undefined) throw new QrtError('QRT_NO_OBJECT', {});
  const args = decodeArgs(turn, frame.args);
  turn.running = target;
  const { run, power } = target;
  let returned: unknown;
  try {
    returned = run(args, power);
  } finally {
    // Also when it threw: what it says then may depend on where the stack ended.
    if (turn.entered !== turn.left) turn.poison ??= STACK_EXHAUSTED;
  }
  assertUsable(turn);
  if (frame.isAnswerWanted !== true) return undefined;
  return encode(returned === undefined ? null : returned, ANSWER_OPTIONS);
}

/** Everything that the turn did, in the order in which it did it. */
function collect(turn: TurnState, answer: Capdata<LocalId> | undefined): DoneOutcome {
  const memory: MemoryEffect[] = [];
  let bytes = turn.effectBytes + (answer === undefined ? 0 : capdataBytes(answer));
  for (const live of turn.memories.values()) {
    const value = encodeMemory(turn, live);
    // New content was counted when it was made.
    const before = live.stored === undefined ? turn.newMemories.get(live.id) : live.stored;
    if (live.stored !== undefined && isSame(value, before)) continue;
    assertMemoryFits(turn, live, value);
    bytes += MEMORY_BYTES + value.body.length + 20 * value.slots.length;
    memory.push({ id: live.id, value });
  }
  for (const [id, value] of turn.newMemories) {
    if (!turn.memories.has(id)) memory.push({ id, value });
  }
  const outcome: DoneOutcome = {
    type: 'outcome',
    turn: turn.number,
    status: 'done',
    memory,
    objects: [...turn.newObjects.values()],
    promises: turn.promises,
    sends: turn.sends,
    whens: turn.whens,
    logs: turn.logs,
    ...(answer === undefined ? {} : { answer }),
  };
  const { outcomeBytes } = turn.limits;
  if (bytes * 3 * ESCAPED_MAX > outcomeBytes) assertFits(outcome, outcomeBytes);
  return outcome;
}

function assertFits(outcome: DoneOutcome, max: number): void {
  let json: string | undefined;
  try {
    json = JSON.stringify(outcome);
  } catch (error) {
    // Longer than a string can be.
    if (!(error instanceof RangeError)) throw error;
  }
  if (json === undefined || Buffer.byteLength(json) > max) {
    const what = 'the outcome of the turn';
    throw new QrtError('QRT_DATA_OVERSIZE', { what, max, unit: 'bytes' });
  }
}

/** What was stored before the limit was lowered can be encoded, to see whether it changed. */
function encodeMemory({ limits }: TurnState, live: LiveMemory): Capdata<LocalId> {
  const { memoryBytes } = limits;
  const storedBytes = live.stored === undefined ? 0 : Buffer.byteLength(live.stored.body);
  const options: EncodeOptions<LocalId> = {
    what: 'power.memory',
    bytesMax: Math.max(memoryBytes, storedBytes),
    isProxy,
    slotOf: targetOf,
  };
  try {
    return encode(live.root, options);
  } catch (error) {
    if (!(error instanceof QrtError)) throw error;
    const { path, what } = error.details;
    const whose = ` of object ${live.holder}`;
    const details = { ...error.details };
    if (path !== undefined) details['path'] = path + whose;
    if (what !== undefined) details['what'] = what + whose;
    if (details['max'] === options.bytesMax) details['max'] = memoryBytes;
    throw new QrtError(error.code, details);
  }
}

function assertMemoryFits(
  { limits }: TurnState,
  live: LiveMemory,
  { body }: Capdata<LocalId>,
): void {
  const { memoryBytes: max } = limits;
  if (body.length <= max && Buffer.byteLength(body) <= max) return;
  const what = `power.memory of object ${live.holder}`;
  throw new QrtError('QRT_DATA_OVERSIZE', { what, max, unit: 'bytes' });
}

function isSame(a: Capdata<LocalId>, b: Capdata<LocalId> | undefined): boolean {
  if (a.body !== b?.body || a.slots.length !== b.slots.length) return false;
  return a.slots.every((slot, index) => slot === b.slots[index]);
}

/** The kernel accepts the outcome or ends this worker, so this is what it will have. */
function learn(turn: TurnState, outcome: DoneOutcome): void {
  for (const { id, value } of outcome.memory) turn.loader.learnMemory(id, value);
  for (const effect of outcome.objects) {
    turn.loader.learnObject(effect, turn.newCodes.get(effect.code));
  }
}

function describe(turn: TurnState, thrown: unknown): FailureDescription {
  if (turn.poison === undefined) return describeThrown(thrown);
  return describeThrown(new QrtError('QRT_TURN_POISONED', { reason: turn.poison }));
}
