// One process: where tests run most `qrt` commands, one after another.
//
// Half of a command's time is the start of Node and the loading of modules. The code that runs is
// that of `dist`, as ever; what the end of a process would undo stays undone, so one command in
// eight still has a process of its own, in a thorough run one in three, and each run others.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isPicked, isThorough } from '../thorough.ts';

const MAIN = fileURLToPath(new URL('./one-process-main.mjs', import.meta.url));
const OWN_EVERY = isThorough ? 3 : 8;
/** These last, or tell of the process that they run in. */
const APART = /^(run|ui|doctor|-f|--follow)$/;

/** What a command came to. */
export interface Shared {
  readonly code: number;
  /** What it wrote to which stream, in order. */
  readonly written: readonly (readonly [stream: 1 | 2, text: string])[];
}

interface Waiting {
  readonly resolve: (done: Shared) => void;
  readonly reject: (error: Error) => void;
}

let commands = 0;
let child: ChildProcess | undefined;
let waiting: Waiting | undefined;

/**
 * Runs `qrt` with `args` in `cwd`, or returns undefined: this command is to have a process of its
 * own. Whoever calls MUST NOT want it to see another environment or any input.
 */
export function runShared(args: readonly string[], cwd: string): Promise<Shared> | undefined {
  commands += 1;
  // Two at a time are wanted as two processes.
  if (waiting !== undefined || isPicked(commands, OWN_EVERY)) return undefined;
  if (args.some((word) => APART.test(word))) return undefined;
  child ??= start();
  const to = child;
  const done = new Promise<Shared>((resolve, reject) => {
    waiting = { resolve, reject };
    to.send({ id: commands, cwd, args });
  });
  // It keeps this process only while a command runs.
  to.ref();
  return done.finally(() => {
    waiting = undefined;
    to.unref();
  });
}

function start(): ChildProcess {
  const { QRT_DIR: _, ...env } = process.env;
  const started = fork(MAIN, {
    execArgv: [],
    env: { ...env, NO_COLOR: '1' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  started.channel?.unref();
  started.on('message', (done) => waiting?.resolve(done as Shared));
  started.on('exit', (code, signal) => {
    child = undefined;
    waiting?.reject(new Error(`the process of all commands ended with ${signal ?? code}`));
  });
  return started;
}
