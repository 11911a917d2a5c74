// Promise steps: what programs of the scripted worker do with promises.

import type { Combination, PromiseEffect, SendEffect, WhenEffect } from '../../src/core/frames.ts';
import { type LocalId, makePromiseId, resolverOf } from '../../src/core/ids.ts';
import type { Capdata } from '../../src/core/power.ts';

/** Places are counted through the references of the message, then those that steps before got. */
export type PromiseStep<Program> =
  /** Sends a program and gets the promise of its answer. */
  | readonly ['ask', number, Program, (readonly number[])?, { readonly deadlineMs: number }?]
  /** Sends data in place of a program, as to a resolver: a body, and the places of its references. */
  | readonly ['give', number, string, (readonly number[])?]
  /** The same, and gets the promise of its answer. */
  | readonly ['ask data', number, string, (readonly number[])?]
  /** Gets the promise of what the continuations answer. The context is JSON. */
  | readonly ['when', number, WhenPlaces]
  | readonly [Combination, readonly number[], { readonly deadlineMs: number }?]
  /** Gets a promise and its resolver. */
  | readonly ['promise']
  /** Answers this; `null` without the step. */
  | readonly ['return', string, (readonly number[])?]
  /** Gets the reference that was kept as the n-th. */
  | readonly ['take', number]
  /** Keeps no reference any more. */
  | readonly ['forget'];

interface WhenPlaces {
  readonly fulfilled?: number;
  readonly rejected?: number;
  readonly context?: string;
}

/** A turn while its program runs. */
export interface Running {
  readonly turn: number;
  readonly target: LocalId;
  readonly slots: LocalId[];
  kept: LocalId[];
  /** Things that the turn has named. */
  made: number;
  readonly promises: PromiseEffect[];
  readonly sends: SendEffect[];
  readonly whens: WhenEffect[];
  answer: Capdata<LocalId>;
}

/** Takes one step. */
export function takePromiseStep(run: Running, step: PromiseStep<readonly unknown[]>): void {
  switch (step[0]) {
    case 'ask': {
      const [, to, program, places, deadline] = step;
      const args = dataOf(run, JSON.stringify(program), places);
      return send(run, { to, args }, { answer: newPromise(run), ...deadline });
    }
    case 'give':
      return send(run, { to: step[1], args: dataOf(run, step[2], step[3]) });
    case 'ask data':
      return send(
        run,
        { to: step[1], args: dataOf(run, step[2], step[3]) },
        { answer: newPromise(run) },
      );
    case 'when':
      return void run.whens.push(whenEffect(run, step[1], step[2]));
    case 'promise': {
      const id = newPromise(run);
      run.slots.push(resolverOf(id));
      const parts = { body: '[]', slots: [] };
      return void run.promises.push({ id, maker: run.target, kind: 'resolver', parts });
    }
    case 'return':
      run.answer = dataOf(run, step[1], step[2]);
      return;
    case 'take':
      return void run.slots.push(run.kept[step[1]]!);
    case 'forget':
      run.kept = [];
      return;
    default:
      combine(run, step);
  }
}

function send(
  { slots, sends, target: sender }: Running,
  { to, args }: { readonly to: number; readonly args: Capdata<LocalId> },
  answer: Pick<SendEffect, 'answer' | 'deadlineMs'> = {},
): void {
  sends.push({ target: slots[to]!, args, sender, ...answer });
}

function whenEffect(run: Running, at: number, places: WhenPlaces): WhenEffect {
  const { slots, target: sender } = run;
  const { fulfilled, rejected, context } = places;
  return {
    promise: slots[at]!,
    ...(fulfilled === undefined ? {} : { fulfilled: slots[fulfilled]! }),
    ...(rejected === undefined ? {} : { rejected: slots[rejected]! }),
    ...(context === undefined ? {} : { context: { body: `{"context":${context}}`, slots: [] } }),
    sender,
    answer: newPromise(run),
  };
}

function combine(
  run: Running,
  [kind, places, deadline]: Extract<PromiseStep<unknown>, readonly [Combination, ...unknown[]]>,
): void {
  const body = `[${places.map((_, at) => `{"$":${at}}`).join()}]`;
  const parts = dataOf(run, body, places);
  run.promises.push({ id: newPromise(run), maker: run.target, kind, parts, ...deadline });
}

/** The next thing that the turn names; later steps can say its place. */
function newPromise(run: Running): LocalId {
  const id = makePromiseId(run.turn, run.made);
  run.made += 1;
  run.slots.push(id);
  return id;
}

const dataOf = (
  { slots }: Running,
  body: string,
  places: readonly number[] = [],
): Capdata<LocalId> => ({ body, slots: places.map((place) => slots[place]!) });
