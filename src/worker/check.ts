// Check: whether a code text is one that objects can be made of, asked of a worker that ran none.
//
// The parser reads hostile text, so it runs in a process that is thrown away afterwards; a worker
// that has run guests could lie about what they send us.

import { QrtError } from '../core/errors.ts';
import type { CodePlace } from '../core/frames.ts';
import { type CodeHash, parseCodeHash } from '../core/ids.ts';
import { CODE_CHECK_MS_MAX, WORKER_START_MS_MAX } from '../core/limits.ts';
import { makeWorkerHost, type WorkerHost, type WorkerInput } from './host.ts';
import type { Sandbox } from './sandbox.ts';
import type { WorkerSettings } from './settings.ts';

/** A text to check. `bytesMax` is the most that it may have. */
interface CodeToCheck {
  readonly text: string;
  readonly bytesMax: number;
}

interface CheckSettings {
  readonly sandbox: Sandbox;
  readonly settings?: Partial<WorkerSettings>;
  /** Only tests choose others. */
  readonly startMsMax?: number;
  readonly checkMsMax?: number;
}

/** What to check, and where. */
export interface CheckOptions extends CheckSettings, CodeToCheck {}

/** What to check together, and where. */
export interface CheckAllOptions extends CheckSettings {
  readonly codes: readonly CodeToCheck[];
}

/** The function's own text with its hash, or why there is none. */
export type CheckResult =
  | { readonly text: string; readonly hash: CodeHash }
  | { readonly reason: string; readonly place?: CodePlace };

/** Checks in a new process. Rejects with QRT_WORKER_UNSTARTED or QRT_WORKER_BROKEN. */
export async function checkCode({ text, bytesMax, ...rest }: CheckOptions): Promise<CheckResult> {
  const [result] = await checkCodes({ ...rest, codes: [{ text, bytesMax }] });
  if (result === undefined) throw new QrtError('QRT_INVARIANT_BROKEN', { reason: 'no result' });
  return result;
}

/**
 * Checks the texts of one author, one after another in one new process; the first that is refused
 * is the last that is looked at. A text that fooled the checker could lie about the next, and would
 * gain nothing: the worker that first runs a text checks it again.
 */
export async function checkCodes(options: CheckAllOptions): Promise<readonly CheckResult[]> {
  const { codes, startMsMax = WORKER_START_MS_MAX, checkMsMax = CODE_CHECK_MS_MAX } = options;
  const inputs = makeInputQueue();
  const host = makeWorkerHost({ ...options, onInput: inputs.push, onNote: inputs.note });
  const results: CheckResult[] = [];
  try {
    host.start(WORKER);
    await awaitReady({ inputs, msMax: startMsMax });
    for (const code of codes) {
      const result = await ask({ host, inputs, code, msMax: checkMsMax });
      results.push(result);
      if ('reason' in result) break;
    }
    return results;
  } finally {
    await host.close();
  }
}

const WORKER = 1;

interface Waiting {
  readonly inputs: InputQueue;
  readonly msMax: number;
}

async function awaitReady({ inputs, msMax }: Waiting): Promise<void> {
  const input = await inputs.next(msMax);
  if (input?.type === 'worker-frame' && parseFrame(input)['type'] === 'ready') return;
  const reason = input === undefined ? `not ready in ${msMax / 1000} s` : inputs.lastNote();
  throw new QrtError('QRT_WORKER_UNSTARTED', { reason });
}

async function ask({
  host,
  inputs,
  code: { text, bytesMax },
  msMax,
}: Waiting & { host: WorkerHost; code: CodeToCheck }): Promise<CheckResult> {
  host.send(WORKER, { type: 'check', text, bytesMax });
  const input = await inputs.next(msMax);
  if (input === undefined) return { reason: `parsing took longer than ${msMax / 1000} s` };
  if (input.type === 'worker-exit') {
    if (input.end === 'heap') return { reason: 'parsing took too much memory' };
    return { reason: 'the parser broke down over it' };
  }
  return parseChecked(parseFrame(input));
}

type Fields = Readonly<Record<string, unknown>>;

function parseFrame({ payload }: Extract<WorkerInput, { type: 'worker-frame' }>): Fields {
  try {
    const frame: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
    return typeof frame === 'object' && frame !== null ? (frame as Fields) : {};
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new QrtError('QRT_WORKER_BROKEN', { reason: 'a frame that is no JSON' }, error);
  }
}

function parseChecked({ type, text, hash, reason, place }: Fields): CheckResult {
  const codeHash = parseCodeHash(hash);
  if (type === 'checked') {
    if (typeof text === 'string' && codeHash) return { text, hash: codeHash };
    if (typeof reason === 'string') return { reason, ...parsePlace(place) };
  }
  throw new QrtError('QRT_WORKER_BROKEN', { reason: 'no reply to a check' });
}

function parsePlace(place: unknown): { place?: CodePlace } {
  if (typeof place !== 'object' || place === null) return {};
  const { line, column } = place as Fields;
  return typeof line === 'number' && typeof column === 'number' ? { place: { line, column } } : {};
}

interface InputQueue {
  push(input: WorkerInput): void;
  note(text: string): void;
  /** The next input, or undefined when it does not come in time. One caller at a time. */
  next(msMax: number): Promise<WorkerInput | undefined>;
  lastNote(): string;
}

function makeInputQueue(): InputQueue {
  const inputs: WorkerInput[] = [];
  let lastNote = 'it ended';
  let wake = (): void => undefined;

  return Object.freeze<InputQueue>({
    push(input) {
      inputs.push(input);
      wake();
    },
    note(text) {
      lastNote = text;
    },
    async next(msMax) {
      if (inputs.length === 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, msMax);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      return inputs.shift();
    },
    lastNote: () => lastNote,
  });
}
