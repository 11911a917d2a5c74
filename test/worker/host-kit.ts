// Host kit: a host with one obedient worker at some level of the sandbox.

import { setTimeout as sleep } from 'node:timers/promises';
import { makeWorkerHost, type WorkerHost, type WorkerInput } from '../../src/worker/host.ts';
import type { Sandbox } from '../../src/worker/sandbox.ts';
import type { WorkerSettings } from '../../src/worker/settings.ts';

const ended: (() => unknown)[] = [];

/** For `afterEach`. */
export const endHosts = async (): Promise<void> => {
  await Promise.all(ended.splice(0).map((end) => end()));
};

/** Something to be done when the test ends. */
export const atEnd = (end: () => unknown): void => void ended.push(end);

export interface TestHost {
  readonly host: WorkerHost;
  readonly inputs: WorkerInput[];
  readonly notes: string[];
  /** Tells worker 1 to run a text. */
  run(text: string): void;
  /** What worker 1 replied, its first frame left out. */
  replies(): unknown[];
  /** The n-th reply, waited for. */
  reply(index: number): Promise<unknown>;
  exit(worker?: number): Promise<WorkerInput>;
}

/** Starts worker 1. */
export function startHost(
  sandbox: Sandbox,
  settings: Partial<WorkerSettings> = {},
  onInput = (_input: WorkerInput): void => undefined,
  isParanoid = false,
): TestHost {
  const inputs: WorkerInput[] = [];
  const notes: string[] = [];
  const host = makeWorkerHost({
    sandbox,
    settings,
    isParanoid,
    onNote: (text) => notes.push(text),
    onInput: (input) => {
      inputs.push(input);
      onInput(input);
    },
  });
  atEnd(() => host.close());
  host.start(1);
  const payloads = () =>
    inputs.flatMap((input) =>
      input.type === 'worker-frame' ? [JSON.parse(Buffer.from(input.payload).toString())] : [],
    );
  const until = async <T>(find: () => T | undefined): Promise<T> => {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await sleep(5);
    }
  };
  return {
    host,
    inputs,
    notes,
    run: (text) => host.send(1, { type: 'check', text, bytesMax: 1 }),
    replies: () => payloads().slice(1),
    reply: (index) => until(() => payloads()[index + 1]),
    exit: (worker = 1) =>
      until(() => inputs.find((each) => each.type === 'worker-exit' && each.worker === worker)),
  };
}
