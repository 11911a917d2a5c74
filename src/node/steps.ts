// Steps: long work of a command that is done in small steps, and can be ended between two of them.

import { setImmediate as nextTurn } from 'node:timers/promises';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Does the work and tells of each step. A signal that would end the process lets the work clean up
 * after itself first.
 */
export async function takeSteps<Step, Result>(
  steps: Generator<Step, Result>,
  onStep: (step: Step) => void,
): Promise<Result> {
  let signal: NodeJS.Signals | undefined;
  const note = (name: NodeJS.Signals): void => {
    signal = name;
  };
  for (const name of SIGNALS) process.on(name, note);
  try {
    for (let next = steps.next(); ; next = steps.next()) {
      if (next.done) return next.value;
      onStep(next.value);
      await nextTurn();
      if (signal !== undefined) break;
    }
  } finally {
    // Cleans up after whatever ended it in the middle.
    steps.return(undefined as Result);
    for (const name of SIGNALS) process.off(name, note);
  }
  // As if nobody had listened: the shell sees what ended the command.
  process.kill(process.pid, signal);
  return new Promise(() => {});
}
