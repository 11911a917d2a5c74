// Load: what the objects of three nodes do all the while, and whether it all came out right.
//
// The content is the same whenever the load is off: pumps and meters have sent and got numbers,
// askers have no open question, the bank has its money and clerks their tokens. Purses and rows that
// remember references come to their bounds within the first seconds.

import { BRANCH, PURSE } from '../simulator/workloads/bank.ts';
import { installAskers } from '../system/kill-askers.ts';
import { METER, pumpCode } from '../system/kill-guests.ts';
import {
  isAsker,
  judgeAsker,
  judgeNode,
  judgeStream,
  makeCompare,
  memoriesOf,
} from '../system/kill-judge.ts';
import type { World } from '../system/kit.ts';
import { CLERK, SWITCH } from './guests.ts';

/** The nodes. */
export const NAMES = ['A', 'B', 'C'] as const;
/** One of them. */
export type Name = (typeof NAMES)[number];

/** All load of a run. */
export interface Load {
  /** Commands that a node was sent so far, of which each is remembered for a day. */
  commandsTo(name: Name): number;
  turn(to: 'on' | 'off'): Promise<void>;
}

/** What the load came to. */
export interface LoadResult {
  /** Numbered messages, answers and tokens passed on, which is to say work of the bank. */
  readonly messages: number;
  readonly answers: number;
  readonly tokens: number;
  readonly problems: readonly string[];
}

const NEXT = { A: 'B', B: 'C', C: 'A' } as const satisfies Record<Name, Name>;
/** Of each pump. */
const WINDOW = 150;
const TOKENS = 4;
const VAULT = 1_000_000;

/** Installs everything in nodes that run and know each other; nothing works yet. */
export async function installLoad(world: World, seed: number): Promise<Load> {
  const commands: Record<Name, number> = { A: 0, B: 0, C: 0 };
  const install = (name: Name, file: string, code: string, more: readonly string[] = []) => {
    commands[name] += 1;
    return world.ok(['install', name, world.write(file, code), ...more]);
  };
  const tell = (name: Name, qrid: string, args: object, refs: readonly string[] = []) => {
    commands[name] += 1;
    return world.ok(['send', '-d', name, qrid, JSON.stringify(args), ...refs, '--wait']);
  };

  const pumps = await installStreams({ install, tell });
  const clerks = await installBank({ install, tell, seed });
  const askers: string[] = [];
  for (const name of NAMES) {
    const between = [name, NEXT[name]] as const;
    askers.push(...Object.values(await installAskers(world, { between, isMaking: false })));
    // To each of them an install and a message.
    for (const each of between) commands[each] += 2;
  }
  const main = await install('A', 'switch.js', SWITCH);
  const lists = { pumps, others: [...clerks, ...askers] };
  const refs = Object.entries(lists).flatMap(([list, qrids]) =>
    qrids.flatMap((qrid, at) => ['--ref', `${list}[${at}]=${qrid}`]),
  );
  const empty = Object.fromEntries(
    Object.entries(lists).map(([list, qrids]) => [list, qrids.map(() => null)]),
  );
  await tell('A', main, { op: 'meet', ...empty }, refs);
  return Object.freeze<Load>({
    commandsTo: (name) => commands[name],
    turn: async (op) => void (await tell('A', main, { op })),
  });
}

interface InstallInput {
  readonly install: (
    name: Name,
    file: string,
    code: string,
    more?: readonly string[],
  ) => Promise<string>;
  readonly tell: (
    name: Name,
    qrid: string,
    args: object,
    refs?: readonly string[],
  ) => Promise<string>;
}

/** A pump and its meter for each direction between two nodes; returns the pumps. */
async function installStreams({ install, tell }: InstallInput): Promise<readonly string[]> {
  const pumps: string[] = [];
  for (const from of NAMES) {
    for (const to of NAMES.filter((name) => name !== from)) {
      const pump = await install(from, 'pump.js', pumpCode(WINDOW));
      const meter = await install(to, 'meter.js', METER);
      const refs = ['--ref', `to=${meter}`, '--ref', `self=${pump}`];
      await tell(from, pump, { on: false, stream: `${from} to ${to}` }, refs);
      pumps.push(pump);
    }
  }
  return pumps;
}

/** A branch and its clerk for each node, the clerks in a ring; returns the clerks. */
async function installBank(input: InstallInput & { seed: number }): Promise<readonly string[]> {
  const { install, tell, seed } = input;
  const branches: string[] = [];
  const clerks: string[] = [];
  const power = ['--power', JSON.stringify({ purse: PURSE })];
  for (const name of NAMES) {
    const branch = await install(name, 'branch.js', BRANCH, power);
    await tell(name, branch, { op: 'found', amount: VAULT });
    await tell(name, branch, { op: 'open', amount: VAULT / 10 });
    branches.push(branch);
    clerks.push(await install(name, 'clerk.js', CLERK));
  }
  for (const [at, name] of NAMES.entries()) {
    for (const other of branches.filter((branch) => branch !== branches[at])) {
      await tell(name, branches[at]!, { op: 'join' }, ['--ref', `ref=${other}`]);
    }
    const next = clerks[(at + 1) % clerks.length];
    const refs = ['--ref', `branch=${branches[at]}`, '--ref', `next=${next}`];
    await tell(name, clerks[at]!, { op: 'meet', tokens: TOKENS, seed: seed + at }, refs);
  }
  return clerks;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads all nodes, which must be stopped and have nothing under way. */
export async function judgeLoad(world: World): Promise<LoadResult> {
  const problems: string[] = [];
  const compare = makeCompare(problems);
  const memories: Fields[] = [];
  for (const name of NAMES) {
    await judgeNode(world, name, compare);
    memories.push(...((await memoriesOf(world, name)) as readonly Fields[]));
  }
  const sum = (list: readonly Fields[], field: string): number =>
    list.reduce((total, { [field]: value = 0 }) => total + Number(value), 0);
  const meters = memories.filter(({ marks }) => marks !== undefined);
  const pumps = memories.filter(({ isAwake }) => isAwake !== undefined);
  compare('pumps', pumps.length, NAMES.length * (NAMES.length - 1));
  for (const pump of pumps) {
    const meter = meters.find(({ stream }) => stream === pump['stream']) ?? {};
    const found: string[] = [];
    judgeStream(makeCompare(found), { pump: pump as never, meter: meter as never });
    problems.push(...found.map((problem) => `${pump['stream']}: ${problem}`));
  }
  const askers = (memories as readonly unknown[]).filter(isAsker);
  compare('askers', askers.length, 2 * NAMES.length);
  for (const asker of askers) judgeAsker(compare, asker.pair, asker);
  const money = sum(memories, 'vault') + sum(memories, 'balance');
  compare('money', money, NAMES.length * VAULT);
  const clerks = memories.filter(({ role }) => role === 'clerk');
  compare('tokens', sum(clerks, 'parked'), NAMES.length * TOKENS);
  return {
    messages: sum(pumps, 'sent'),
    answers: askers.reduce((total, { told }) => total + told, 0),
    tokens: sum(clerks, 'passed'),
    problems,
  };
}
