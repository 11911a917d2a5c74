// Walls kit: a process in the worker's place behind some of the walls, and what it could do there.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findBubblewrap } from '../../src/worker/bubblewrap-finder.ts';
import { childOf, launch } from '../../src/worker/launch.ts';
import {
  type BubblewrapTools,
  makeBubblewrapCommand,
  PROGRAM,
  type Wall,
} from '../../src/worker/level-bubblewrap.ts';
import { makeBareCommand } from '../../src/worker/level-none.ts';
import { type ProbeResult, probe } from '../../src/worker/probe.ts';
import { openVictims } from '../../src/worker/probe-victims.ts';
import type { LaunchParts, Sandbox } from '../../src/worker/sandbox.ts';
import { isProcessor, makeFilter } from '../../src/worker/seccomp.ts';
import { DEFAULT_SETTINGS } from '../../src/worker/settings.ts';
import type { Syscall } from '../../src/worker/syscalls.ts';
import { startHost } from '../worker/host-kit.ts';
import { fixture } from '../worker/sandbox-kit.ts';

/** What bubblewrap needs here. */
async function findTools(): Promise<BubblewrapTools> {
  const tools = await findBubblewrap();
  if ('reason' in tools) throw new Error(tools.reason);
  return tools;
}

interface ProbeOptions {
  readonly without?: readonly Wall[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Which attempts of the hostile probe get through behind all walls but some. */
export async function probeWithout({ without = [], env }: ProbeOptions): Promise<ProbeResult> {
  const tools = await findTools();
  const victims = await openVictims();
  try {
    return await probe({
      makeCommand: (parts) =>
        makeBubblewrapCommand(
          { ...parts, program: fixture('obedient.cjs') },
          tools,
          new Set(without),
        ),
      program: PROGRAM,
      victims,
      ...(env && { env }),
    });
  } finally {
    victims.close();
  }
}

/** The same without any wall, at the lowest level. */
export async function probeBare(): Promise<ProbeResult> {
  const victims = await openVictims();
  const program = fixture('obedient.cjs');
  try {
    const makeCommand = (parts: Omit<LaunchParts, 'program'>) =>
      makeBareCommand({ ...parts, program });
    return await probe({ makeCommand, program, victims });
  } finally {
    victims.close();
  }
}

/** Whether a worker starts, works and ends as told with one call taken out of its filter. */
export async function worksWithout(name?: Syscall): Promise<boolean> {
  const processor = isProcessor(process.arch) ? process.arch : 'x64';
  const filter = makeFilter(processor, name === undefined ? [] : [name]);
  const tools = { ...(await findTools()), filter };
  const program = fixture('obedient.cjs');
  const sandbox: Sandbox = {
    report: { level: 'full', open: [], line: '' },
    makeCommand: (settings) => makeBubblewrapCommand({ program, settings }, tools),
  };
  const { run, exit, replies, notes } = startHost(sandbox);
  run(WORK);
  await Promise.race([exit(), sleep(STUCK_MS)]);
  return replies().includes('worked') && notes.some((note) => note.includes('ended by 0'));
}

/** Enough for the collector to run in other threads. */
const WORK = `
  let all = [];
  for (let n = 0; n < 200000; n += 1) { all.push({ n }); if (all.length > 30000) all = []; }
  reply('worked');
  process.exit(0);`;
const STUCK_MS = 5_000;

/** The compiled program that makes one raw call; undefined without a compiler. */
export const rawCalls: string | undefined = compileRawCalls();

function compileRawCalls(): string | undefined {
  const compiler = ['/usr/bin/cc', '/usr/bin/gcc'].find((path) => existsSync(path));
  if (compiler === undefined) return undefined;
  const dir = mkdtempSync(join(tmpdir(), 'qrt-raw-'));
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
  const program = join(dir, 'raw-calls');
  const source = fileURLToPath(new URL('./fixtures/raw-calls.c', import.meta.url));
  execFileSync(compiler, ['-O1', '-o', program, source], { encoding: 'utf8' });
  return program;
}

/** A process with all that Node can do, behind all walls but some; `said` is its first write. */
export async function startInside(text: string, without: readonly Wall[] = []) {
  const command = makeBubblewrapCommand(
    { program: fixture('obedient.cjs'), settings: DEFAULT_SETTINGS, instead: ['-e', text] },
    await findTools(),
    new Set(without),
  );
  const child = launch(command);
  const pid = childOf(child);
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(() => Promise.reject(new Error('it said nothing')));
  const [said] = await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => undefined);
  return { child, pid: pid() ?? 0, said: String(said) };
}

/** Whether the walls can stand here at all; whether each does its work is for the tests to say. */
export const hasWalls: boolean = await canStand();

async function canStand(): Promise<boolean> {
  try {
    const { child } = await startInside("require('node:fs').writeSync(1, 'x')");
    child.kill('SIGKILL');
    return true;
  } catch (error) {
    if (process.env['QRT_TEST_SANDBOX'] === 'full') throw error;
    return false;
  }
}

/** What came of one raw call: `killed`, `done`, or the number of its error. */
export async function callRaw(name: string, without: readonly Wall[] = []): Promise<string> {
  const tools = { ...(await findTools()), node: rawCalls ?? '' };
  const command = makeBubblewrapCommand(
    { program: fixture('obedient.cjs'), settings: DEFAULT_SETTINGS, instead: [name] },
    tools,
    new Set(without),
  );
  return new Promise((resolve, reject) => {
    const child = launch(command);
    let said = '';
    let complaint = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    child.stdin.on('error', () => undefined);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === KILLED) resolve('killed');
      else if (code === 0) resolve(said === '0' ? 'done' : said);
      else reject(new Error(`${name} ended by ${code}: ${complaint}`));
    });
  });
}

/** What bubblewrap makes of SIGSYS. */
const KILLED = 128 + 31;
