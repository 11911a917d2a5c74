// Scripted worker: what a test's worker makes of a turn, without SES and without a process.
//
// `runProgram` is a little guest: a message's args are the steps that its target takes.

import type {
  KernelFrame,
  LogEffect,
  MemoryEffect,
  ObjectEffect,
  Outcome,
  SendEffect,
  WorkerFrame,
} from '../../src/core/frames.ts';
import { type CodeHash, type LocalId, makeMemoryId, makeObjectId } from '../../src/core/ids.ts';
import type { Capdata } from '../../src/core/power.ts';
import { type PromiseStep, type Running, takePromiseStep } from './promise-steps.ts';

/** A turn as a scripted worker sees it. */
export type TurnFrame = Extract<KernelFrame, { type: 'turn' }>;

/** Sends a frame to the kernel and returns what the kernel answered at once. */
type Tell = (frame: WorkerFrame | Uint8Array) => KernelFrame | undefined;

/** What a scripted worker makes of a turn; `undefined` is silence (the turn stays in flight). */
export type Script = (turn: TurnFrame, tell: Tell) => Outcome | undefined;

type DoneOutcome = Extract<Outcome, { status: 'done' }>;
type Effects = Partial<Omit<DoneOutcome, 'type' | 'turn' | 'status'>>;

/** An outcome with these effects and no others. */
export function done(turn: number, effects: Effects = {}): DoneOutcome {
  const none = { memory: [], objects: [], promises: [], sends: [], whens: [], logs: [] };
  return { type: 'outcome', turn, status: 'done', ...none, ...effects };
}

/** The outcome of a turn that threw. */
function failed(turn: number, message: string): Outcome {
  return { type: 'outcome', turn, status: 'failed', failure: { name: 'Error', message } };
}

/** What an object of `runProgram` does, in order. Slots are places in the message's slots. */
export type Step =
  /** Remembers a value. */
  | readonly ['note', unknown]
  /** Keeps the reference in that slot. */
  | readonly ['keep', number]
  /** Sends a program to the target in a slot, with the references in these slots. */
  | readonly ['send', number, readonly Step[], (readonly number[])?]
  /** The same with references that were kept. */
  | readonly ['tell', number, readonly Step[], (readonly number[])?]
  /** Makes an object with a memory of its own. */
  | readonly ['make']
  | readonly ['log', string]
  | readonly ['throw', string]
  | PromiseStep<readonly Step[]>;

/**
 * Runs the program in the args; what was noted is in the target's memory. What comes as no program
 * is noted, and then the program in its `context`, if there is one, is run.
 */
export const runProgram: Script = (turn, tell) => {
  const { target, args } = turn;
  const found = tell({ type: 'ask', what: 'object', id: target });
  const object = found?.type === 'object' ? found.object : undefined;
  const memory = object?.power.memory;
  if (!object || !memory) return failed(turn.turn, 'QRT_NO_OBJECT');
  const held = tell({ type: 'ask', what: 'memory', id: memory });
  const value = held?.type === 'memory' ? held.value : { body: '{}', slots: [] };
  const notes = ((JSON.parse(value.body) as { notes?: unknown[] }).notes ?? []).slice();
  const run: Running & Made = {
    ...{ turn: turn.turn, target, slots: args.slots.slice(), kept: value.slots.slice(), made: 0 },
    ...{ promises: [], sends: [], whens: [], answer: { body: 'null', slots: [] } },
    ...{ memory: [], objects: [], logs: [], notes, code: object.code },
  };
  const said = JSON.parse(args.body) as readonly Step[] | { readonly context?: unknown };
  const isProgram = Array.isArray(said);
  if (!isProgram) notes.push(withoutProgram(said));
  const program = isProgram ? said : (said as { readonly context?: unknown } | null)?.context;
  for (const step of Array.isArray(program) ? (program as readonly Step[]) : []) {
    if (step[0] === 'throw') return failed(turn.turn, step[1]);
    takeStep(run, step);
  }
  const body = JSON.stringify({ notes });
  if (body !== value.body || run.kept.join() !== value.slots.join()) {
    run.memory.push({ id: memory, value: { body, slots: run.kept } });
  }
  const { promises, sends, whens, objects, logs } = run;
  const answer = turn.isAnswerWanted ? { answer: run.answer } : {};
  return done(turn.turn, { memory: run.memory, objects, promises, sends, whens, logs, ...answer });
};

/** What a turn makes beside promises and messages. */
interface Made {
  readonly code: CodeHash;
  readonly notes: unknown[];
  readonly memory: MemoryEffect[];
  readonly objects: ObjectEffect[];
  readonly logs: LogEffect[];
}

function takeStep(run: Running & Made, step: Exclude<Step, readonly ['throw', string]>): void {
  const { target, slots, kept, notes } = run;
  switch (step[0]) {
    case 'note':
      return void notes.push(step[1]);
    case 'keep':
      return void kept.push(slots[step[1]]!);
    case 'send':
      return void run.sends.push(sendEffect(target, slots, step));
    case 'tell':
      return void run.sends.push(sendEffect(target, kept, step));
    case 'log':
      return void run.logs.push({ object: target, text: step[1] });
    case 'make': {
      const slot = makeMemoryId(run.turn, run.made);
      const id = makeObjectId(run.turn, run.made + 1);
      run.made += 2;
      run.memory.push({ id: slot, value: { body: '{"notes":[]}', slots: [] } });
      const power = { data: { body: '{}', slots: [] }, natives: {}, memory: slot };
      return void run.objects.push({ id, code: run.code, power, maker: target });
    }
    default:
      takePromiseStep(run, step);
  }
}

/** What is noted of a value or an error: its context is said by what it does. */
function withoutProgram(said: unknown): unknown {
  if (typeof said !== 'object' || said === null) return said;
  const { context, ...rest } = said as { readonly context?: unknown };
  return Array.isArray(context) || context === undefined ? rest : said;
}

function sendEffect(
  sender: LocalId,
  slots: readonly LocalId[],
  [, target, steps, places]: Extract<Step, readonly ['send' | 'tell', ...unknown[]]>,
): SendEffect {
  const args: Capdata<LocalId> = {
    body: JSON.stringify(steps),
    slots: (places ?? []).map((place) => slots[place]!),
  };
  return { target: slots[target]!, args, sender };
}
