// Arena: tries files of strangers, whatever they do to the nodes on which they are tried.
//
// There are two nodes: one as any node is, and one with little CPU time for what is expected to be
// killed. A node that took harm, or on which something still runs, is replaced.

import { setTimeout as delay } from 'node:timers/promises';
import type { SandboxLevel } from '../../src/core/sandbox.ts';
import { type AttackFile, EXPECTED_MISSING } from './attack-file.ts';
import { type Checked, checkAll, type Lab, openLab, type Tried } from './lab.ts';
import type { CheckedText } from './node.ts';
import { describe, isAs, type Outcome } from './outcome.ts';

/** What came of one file. */
export interface Verdict {
  readonly name: string;
  /** What it came to, in few words. */
  readonly outcome: string;
  /** Why it failed; nothing if it passed. */
  readonly faults: readonly string[];
}

export interface ArenaOptions {
  readonly level: SandboxLevel;
  /** CPU time of a turn that is expected to be killed, in milliseconds. */
  readonly shortCpuMs: number;
}

const REST_MS_MAX = 1_000;
const REST_STEP_MS = 20;

/** Tries the files at one level; `onVerdict` gets each, in their order. */
export async function tryAll(
  files: readonly AttackFile[],
  options: ArenaOptions,
  onVerdict: (verdict: Verdict) => void,
): Promise<void> {
  const verdicts: (Verdict | undefined)[] = [];
  let told = 0;
  const note = (at: number, verdict: Verdict): void => {
    verdicts[at] = verdict;
    for (let next = verdicts[told]; next !== undefined; next = verdicts[told]) {
      told += 1;
      onVerdict(next);
    }
  };
  const { level, shortCpuMs } = options;
  const texts = files.map(({ code }) => (typeof code === 'string' ? code : ''));
  const checked = await checkAll(texts, [level]);
  const numbered = files.flatMap((file, at) => {
    const found = typeof file.code === 'string' ? checked[at] : file.code;
    return found === undefined ? [] : [{ file, at, checked: found }];
  });
  const isShort = ({ file }: { file: AttackFile }) =>
    file.expected.some(({ kind }) => kind === 'killed');
  await Promise.all([
    tryOn(
      { level },
      numbered.filter((each) => !isShort(each)),
      note,
    ),
    tryOn({ level, limits: { turnCpuMs: shortCpuMs } }, numbered.filter(isShort), note),
  ]);
}

interface Numbered {
  readonly file: AttackFile;
  readonly at: number;
  readonly checked: Checked;
}

type LabInput = Parameters<typeof openLab>[0];

async function tryOn(
  input: LabInput,
  files: readonly Numbered[],
  note: (at: number, verdict: Verdict) => void,
): Promise<void> {
  const bench = makeBench(input);
  try {
    for (const each of files) note(each.at, await tryFile(each, bench));
  } finally {
    await bench.end();
  }
}

async function tryFile({ file, checked }: Numbered, bench: Bench): Promise<Verdict> {
  const { name, expected } = file;
  if (expected.length === 0) return { name, outcome: 'untried', faults: [EXPECTED_MISSING] };
  try {
    const tried: Tried =
      'kind' in checked
        ? { outcomes: [checked], harm: await bench.examine() }
        : await bench.attack(checked);
    const [outcome] = tried.outcomes;
    if (outcome === undefined) throw new Error('it came to nothing');
    const wanted = expected.map(show).join(' or ');
    const faults = expected.some((each) => isAs(each, outcome))
      ? []
      : [`expected ${wanted}, got ${describe(outcome)}`];
    return { name, outcome: shorten(outcome), faults: [...faults, ...tried.harm] };
  } catch (error) {
    await bench.replace();
    return { name, outcome: 'broke', faults: [`the node did not survive it: ${error}`] };
  }
}

/** A lab that is there when it is needed. */
interface Bench {
  attack(code: CheckedText): Promise<Tried>;
  examine(): Promise<readonly string[]>;
  replace(): Promise<void>;
  end(): Promise<void>;
}

function makeBench(input: LabInput): Bench {
  let lab: Lab | undefined;
  const open = async (): Promise<Lab> => {
    lab ??= await openLab(input);
    return lab;
  };
  const replace = async (): Promise<void> => {
    const old = lab;
    lab = undefined;
    await old?.end();
  };
  return Object.freeze({
    replace,
    end: replace,
    examine: async () => (await open()).examine(),
    async attack(code: CheckedText) {
      const used = await open();
      const tried = await used.attack(code);
      const pid = await used.pidNow();
      const harm = pid === used.node.pid ? [] : [`the node is process ${pid} now`];
      // What it has set going belongs to it, and shall not slow down the next.
      if (!(await isAtRest(used))) await replace();
      return { ...tried, harm: [...tried.harm, ...harm] };
    },
  });
}

async function isAtRest({ node }: Lab): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < REST_MS_MAX; waitedMs += REST_STEP_MS) {
    if ((await node.status()).inbox.rows === 0) return true;
    await delay(REST_STEP_MS);
  }
  return false;
}

/** One word, or `value` and the JSON; nothing of a stranger that a terminal would obey. */
function shorten(outcome: Outcome): string {
  if (outcome.kind !== 'value') return outcome.kind;
  const text = describe(outcome).replace(/[^\x20-\x7e]/g, '?');
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}...`;
}

const SHOWN_MAX = 120;

const show = ({ kind, value }: { kind: string; value?: unknown }): string =>
  kind === 'value' ? `value ${JSON.stringify(value) ?? 'undefined'}` : kind;
