// Lab: a node with victims in it, on which one attack after another is tried.

import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { decode } from '../../src/core/capdata-decode.ts';
import { isQrtError } from '../../src/core/errors.ts';
import { CODE_BYTES_INSTALL_MAX } from '../../src/core/limits.ts';
import type { SandboxLevel } from '../../src/core/sandbox.ts';
import type { TurnRow } from '../../src/core/turn-row.ts';
import { openBaseDir } from '../../src/node/base-dir.ts';
import { connectNode } from '../../src/node/control-client.ts';
import { guestProgram } from '../../src/node/program.ts';
import { checkCodes } from '../../src/worker/check.ts';
import type { Sandbox } from '../../src/worker/sandbox.ts';
import { findSandbox } from '../../src/worker/sandbox-finder.ts';
import {
  type AttackNode,
  type AttackNodeOptions,
  type CheckedText,
  type Installed,
  startAttackNode,
} from './node.ts';
import type { Outcome } from './outcome.ts';
import { ASKER, answerOf, NEIGHBOUR, VICTIM } from './victim.ts';

export interface LabOptions extends AttackNodeOptions {
  /** What an attack is granted beside memory and make_object. */
  readonly grants?: readonly string[];
  /** Whether its args hold `ref`, an object of another owner, and `list`; else they are empty. */
  readonly hasArgs?: boolean;
}

/** What came of one attack. */
export interface Tried {
  /** Of a call by another object, in each of two turns. */
  readonly outcomes: readonly Outcome[];
  /** Of a message of its own; absent when the attack was refused or killed before. */
  readonly direct?: Outcome;
  /** What is wrong with the node or with others in it. */
  readonly harm: readonly string[];
}

type Refused = Extract<Outcome, { kind: 'refused' }>;
/** A text that may become an object, or why not. */
export type Checked = CheckedText | Refused;

export interface Lab {
  readonly node: AttackNode;
  /** Tries a text that the check let pass. */
  attack(code: CheckedText): Promise<Tried>;
  /** What is wrong with the node and the victims now; nothing, it is hoped. */
  examine(): Promise<readonly string[]>;
  /** The process that answers on the node's socket now. */
  pidNow(): Promise<number | undefined>;
  end(): Promise<void>;
}

/** Starts a node and installs the victims. */
export async function openLab(options: LabOptions = {}): Promise<Lab> {
  const { grants = [], hasArgs = false } = options;
  const [neighbourCode, victimCode, askerCode, sinkCode] = await checkAll([
    NEIGHBOUR,
    VICTIM,
    ASKER,
    SINK,
  ]);
  const node = await startAttackNode(options);
  const install = (code: Checked | undefined, power = {}) => {
    if (code === undefined || !('hash' in code)) throw new Error('a victim was refused');
    return node.install(code, power);
  };
  const neighbour = await install(neighbourCode);
  const mark = {};
  const power = { value: { neighbour: mark }, refs: new Map([[mark, neighbour.qrid]]) };
  const [victim, asker] = [
    await install(victimCode, { power }),
    await install(askerCode, { power }),
  ];
  const sink = await install(sinkCode);
  const args = hasArgs
    ? { value: { ref: mark, list: [1, 2, 3] }, refs: new Map([[mark, sink.qrid]]) }
    : { value: {} };
  let asked = 0;

  const ask = async (target: Installed): Promise<{ outcome: Outcome; harm: string[] }> => {
    asked += 1;
    const to = {};
    const value = { n: asked, target: to, args: args.value };
    const refs = new Map([[to, target.qrid], ...(args.refs ?? [])]);
    const turn = await node.run(asker, { value, refs });
    if (turn.status !== 'done') return { outcome: outcomeOf(turn, undefined), harm: [] };
    const memory = readMemory(node, asker) as { value?: unknown; answer: unknown };
    const harm = isDeepStrictEqual(memory.answer, answerOf(asked))
      ? []
      : [`a neighbour in the same turn answered ${JSON.stringify(memory.answer)}`];
    return { outcome: outcomeOf(turn, memory.value), harm };
  };

  let count = 0;
  let lost = 0;
  const examine = async (): Promise<string[]> => {
    count += 1;
    const turn = await node.run(victim, { value: { n: count } });
    if (turn.status !== 'done') return [`the victim ${turn.status}: ${turn.failure?.message}`];
    const memory = readMemory(node, victim);
    if (isDeepStrictEqual(memory, { count, answer: answerOf(count) })) return [];
    return [`the victim holds ${JSON.stringify(memory)}`];
  };

  return Object.freeze<Lab>({
    node,
    examine,
    async attack(code) {
      const target = await node.install(code, { grants });
      const outcomes: Outcome[] = [];
      const harm: string[] = [];
      let direct: Outcome | undefined;
      const first = await ask(target);
      outcomes.push(first.outcome);
      harm.push(...first.harm);
      if (first.outcome.kind !== 'killed') {
        direct = outcomeOf(await node.run(target, args), undefined);
        const second = await ask(target);
        outcomes.push(second.outcome);
        harm.push(...second.harm);
      }
      const { workersLost } = await node.status();
      // The victim answers from the worker that ran the attack, unless that was killed.
      harm.push(...(await examine()));
      const isKilled = [...outcomes, direct].some((outcome) => outcome?.kind === 'killed');
      if (!isKilled && workersLost !== lost) harm.push(`a worker was lost: ${lastEnd(node)}`);
      lost = workersLost;
      await node.delete(target);
      return { outcomes, harm, ...(direct === undefined ? {} : { direct }) };
    },
    async pidNow() {
      const running = await connectNode(openBaseDir(node.dir));
      running?.close();
      return running?.hello.pid;
    },
    end: () => node.end(),
  });
}

/** An object that others hold a reference to. */
const SINK = '(args, power) => { power.memory.got = (power.memory.got ?? 0) + 1; return "sunk"; }';

/** Checks texts as `qrt install` does; each is what may be evaluated, or how it was refused. */
export async function checkAll(
  texts: readonly string[],
  levels?: readonly SandboxLevel[],
): Promise<readonly Checked[]> {
  const program = guestProgram();
  const sandbox = await findSandbox({ program, ...(levels && { levels }) });
  // Halves at once: a worker ends with the first text that it refuses.
  const middle = Math.ceil(texts.length / 2);
  const halves = [texts.slice(0, middle), texts.slice(middle)];
  const found = await Promise.all(halves.map((half) => checkInOrder(half, sandbox)));
  return found.flat();
}

async function checkInOrder(texts: readonly string[], sandbox: Sandbox): Promise<Checked[]> {
  const found: Checked[] = [];
  let together = texts.length;
  while (found.length < texts.length) {
    const codes = texts
      .slice(found.length, found.length + together)
      .map((text) => ({ text, bytesMax: CODE_BYTES_INSTALL_MAX }));
    try {
      for (const result of await checkCodes({ sandbox, codes })) {
        found.push('text' in result ? result : refusalOf(result.reason));
      }
      together = texts.length;
    } catch (error) {
      // Whichever text broke the worker: alone it is seen which.
      if (!isQrtError(error, 'QRT_WORKER_BROKEN')) throw error;
      if (codes.length === 1) found.push(refusalOf(error.message, error.code));
      together = 1;
    }
  }
  return found;
}

function refusalOf(message: string, code = 'QRT_CODE_REFUSED'): Refused {
  return { kind: 'refused', code, message };
}

function outcomeOf({ status, failure }: TurnRow, value: unknown): Outcome {
  switch (status) {
    case 'done':
      return { kind: 'value', value };
    case 'quarantined':
      return { kind: 'killed', cause: failure?.message ?? '' };
    case 'failed': {
      const { name = '', message = '', code } = failure ?? {};
      return { kind: 'throws', name, message, ...(code === undefined ? {} : { code }) };
    }
  }
}

/** What the node says of how its last worker ended. */
function lastEnd({ dir }: AttackNode): string {
  const lines = readFileSync(openBaseDir(dir).log, 'utf8').split('\n');
  return lines.findLast((line) => line.includes(' ended: ')) ?? 'nothing is said of it';
}

function readMemory(node: AttackNode, object: Installed): unknown {
  const stored = node.memory(object);
  return decode(stored, { makeReference: () => 'a reference' });
}
