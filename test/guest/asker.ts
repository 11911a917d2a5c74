// One object with a reference of each kind at hand: what a body that asks for promises comes to.

import type { Outcome, Readings } from '../../src/core/frames.ts';
import type { Kit } from './kit.ts';

/** What a body finds under these names, in the order of the slots. */
const NAMES = ['here', 'far', 'promise', 'resolver', 'gone'];
const SLOTS = ['o5.0', 'i5', 'p5.1', 's5.2', 'o77777.7'];
const ARGS = Object.fromEntries(NAMES.map((name, index) => [name, { $: index }]));

/** What came of a body that ran to its end. */
export interface Asked {
  readonly object: string;
  readonly outcome: Extract<Outcome, { status: 'done' }>;
  readonly memory: Record<string, unknown>;
  /** The promise that the turn made as its k-th thing. */
  readonly id: (k: number) => string;
  readonly resolverId: (k: number) => string;
}

/** Runs a body once as the function of a new object; `memory` and `make_object` are there too. */
export async function ask(
  kit: Kit,
  body: string,
  readings: Partial<Readings> = {},
): Promise<Asked> {
  const object = kit.install(codeOf(body));
  const outcome = await kit.done(object, ARGS, { slots: SLOTS, readings });
  return {
    object,
    outcome,
    memory: kit.memory(object) as Record<string, unknown>,
    id: (k) => `p${outcome.turn}.${k}`,
    resolverId: (k) => `s${outcome.turn}.${k}`,
  };
}

/** The failure of a body whose turn must fail. */
export function askInVain(kit: Kit, body: string): ReturnType<Kit['failed']> {
  return kit.failed(kit.install(codeOf(body)), ARGS, { slots: SLOTS });
}

/** The errors of attempts of which none may leave a trace, each as `CODE message`. */
export async function errorsOf(kit: Kit, attempts: readonly string[]): Promise<string[]> {
  const tries = attempts.map((text) => `() => ${text}`).join(',\n');
  const { memory, outcome } = await ask(
    kit,
    `memory.errors = [${tries}].map((attempt) => {
      try { attempt(); return 'it worked'; } catch (error) { return error.code + ' ' + error.message; }
    });
    memory.next = here.send(null);`,
  );
  const { objects, promises, sends, whens, turn } = outcome;
  const traces = [objects.length, promises.length, sends.length, whens.length, sends[0]?.answer];
  // Nothing was made, queued or counted before the last line.
  if (JSON.stringify(traces) !== JSON.stringify([0, 0, 1, 0, `p${turn}.0`])) {
    throw new Error(`an attempt left a trace: ${JSON.stringify(outcome)}`);
  }
  return memory['errors'] as string[];
}

function codeOf(body: string): string {
  return `({ ${NAMES.join(', ')} }, { memory, make_object }) => { ${body} }`;
}
