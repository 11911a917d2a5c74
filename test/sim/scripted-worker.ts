// Scripted worker: what a test's worker makes of a turn, without SES and without a process.
//
// `runProgram` is a little guest: a message's args are the steps that its target takes.

import type { KernelFrame, Outcome, SendEffect, WorkerFrame } from '../../src/core/frames.ts';
import { type LocalId, makeMemoryId, makeObjectId } from '../../src/core/ids.ts';
import type { Capdata } from '../../src/core/power.ts';

/** A turn as a scripted worker sees it. */
export type TurnFrame = Extract<KernelFrame, { type: 'turn' }>;

/** Sends a frame to the kernel and returns what the kernel answered at once. */
type Tell = (frame: WorkerFrame | Uint8Array) => KernelFrame | undefined;

/** What a scripted worker makes of a turn; `undefined` is silence (the turn stays in flight). */
export type Script = (turn: TurnFrame, tell: Tell) => Outcome | undefined;

type DoneOutcome = Extract<Outcome, { status: 'done' }>;
type Effects = Partial<Pick<DoneOutcome, 'memory' | 'objects' | 'sends' | 'logs'>>;

/** An outcome with these effects and no others. */
export function done(turn: number, effects: Effects = {}): DoneOutcome {
  const none = { memory: [], objects: [], sends: [], logs: [] };
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
  | readonly ['throw', string];

/** Runs the program in the args; what was noted is in the target's memory. */
export const runProgram: Script = (turn, tell) => {
  const { target, args } = turn;
  const found = tell({ type: 'ask', what: 'object', id: target });
  const object = found?.type === 'object' ? found.object : undefined;
  const memory = object?.power.memory;
  if (!object || !memory) return failed(turn.turn, 'QRT_NO_OBJECT');
  const held = tell({ type: 'ask', what: 'memory', id: memory });
  const value = held?.type === 'memory' ? held.value : { body: '{}', slots: [] };
  const notes = ((JSON.parse(value.body) as { notes?: unknown[] }).notes ?? []).slice();
  const kept = value.slots.slice();
  const effects = { objects: [], sends: [], logs: [] } as unknown as Required<Mutable<Effects>>;
  effects.memory = [];
  let made = 0;
  for (const step of JSON.parse(args.body) as Step[]) {
    switch (step[0]) {
      case 'note':
        notes.push(step[1]);
        break;
      case 'keep':
        kept.push(args.slots[step[1]]!);
        break;
      case 'send':
        effects.sends.push(sendEffect(target, args.slots, step));
        break;
      case 'tell':
        effects.sends.push(sendEffect(target, kept, step));
        break;
      case 'log':
        effects.logs.push({ object: target, text: step[1] });
        break;
      case 'make': {
        const slot = makeMemoryId(turn.turn, made);
        const id = makeObjectId(turn.turn, made + 1);
        made += 2;
        effects.memory.push({ id: slot, value: { body: '{"notes":[]}', slots: [] } });
        const power = { data: { body: '{}', slots: [] }, natives: {}, memory: slot };
        effects.objects.push({ id, code: object.code, power, maker: target });
        break;
      }
      case 'throw':
        return failed(turn.turn, step[1]);
    }
  }
  const body = JSON.stringify({ notes });
  if (body !== value.body || kept.length > value.slots.length) {
    effects.memory.push({ id: memory, value: { body, slots: kept } });
  }
  return done(turn.turn, effects);
};

type Mutable<T> = {
  -readonly [K in keyof T]: T[K] extends readonly (infer E)[] | undefined ? E[] : T[K];
};

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
